// PostGraphile 5 over our tables; row-level security is its permission rule.
import { createServer } from 'node:http'
import { grafserv } from 'postgraphile/grafserv/node'
import { makePgService } from 'postgraphile/adaptors/pg'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { postgraphile } from 'postgraphile'
import pg from 'pg'

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ pool: new pg.Pool({ max: 10 }), schemas: ['public', 'bench'] })],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: {
    context: (request) => ({
      pgSettings: {
        role: 'bench_peer',
        'bench.viewer': request.node?.req.headers['x-viewer'] ?? '',
      },
    }),
  },
}
const server = createServer()
const instance = postgraphile(preset)
await instance.createServ(grafserv).addTo(server)
if (process.env.PRINT_SCHEMA) {
  const { printSchema } = await import('graphql')
  console.log(printSchema(await instance.getSchema()))
}
server.listen(Number(process.env.PORT), '127.0.0.1')
