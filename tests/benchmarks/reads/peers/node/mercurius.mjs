// mercurius with its JIT and loaders.
import { readFileSync } from 'node:fs'
import fastify from 'fastify'
import mercurius from 'mercurius'
import * as database from './database.mjs'

const instant = (name) => (row) => row[name].toISOString()

const app = fastify()
app.register(mercurius, {
  schema: readFileSync(process.env.PEER_SCHEMA, 'utf8'),
  jit: 1,
  context: (request) => ({ viewer: request.headers['x-viewer'] }),
  resolvers: {
    Query: {
      campaign: async (_, { id }, { viewer }) => (await database.campaigns([id], viewer))[0],
      board: (_, { category, first }, { viewer }) => database.board(viewer, category, first),
    },
    Mutation: {
      claim: async (_, { campaignId }, { viewer }) => (await database.claim(campaignId, viewer))[0],
    },
    Campaign: { createdAt: instant('createdAt') },
    Assignment: { claimedAt: instant('claimedAt'), deadlineAt: instant('deadlineAt') },
  },
  loaders: {
    Campaign: {
      async employer(queries) {
        const keys = queries.map(({ obj }) => obj.employerId)
        return database.inOrder(keys, await database.members(keys))
      },
      async assignments(queries, { viewer }) {
        const keys = queries.map(({ obj }) => obj.id)
        const rows = await database.assignments(keys, viewer, queries[0].params.first)
        return database.grouped(keys, rows, 'campaignId')
      },
    },
    Assignment: {
      async worker(queries) {
        const keys = queries.map(({ obj }) => obj.workerId)
        return database.inOrder(keys, await database.members(keys))
      },
      async ratings(queries, { viewer }) {
        const keys = queries.map(({ obj }) => obj.id)
        return database.grouped(keys, await database.ratings(keys, viewer), 'assignmentId')
      },
    },
  },
})
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
