// TOKEN=... node sse.mjs URL < subscription.json   (the same file as for websocket.mjs)
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createClient } from 'graphql-sse';

const { count, ...subscription } = JSON.parse(readFileSync(0, 'utf8'));
const client = createClient({
  url: process.argv[2],
  headers: { authorization: `Bearer ${process.env.TOKEN}` },
  retryAttempts: 0,
});

async function results(request, wanted = Infinity) {
  const received = [];
  for await (const result of client.iterate(request)) {
    received.push(result);
    if (received.length === wanted) break;
  }
  return received;
}

const codes = (received) => received.map(({ errors }) => errors?.[0]?.extensions?.code);

const events = await results(subscription, count);
assert.equal(events.length, count);
assert.ok(events.every(({ errors }) => !errors));

assert.equal((await results({ query: '{ __typename }' }))[0].data.__typename, 'Query');
assert.deepEqual(codes(await results({ query: 'subscription { nope }' })), ['VALIDATION_FAILED']);
assert.deepEqual(codes(await results({ query: 'subscription {' })), ['SYNTAX_ERROR']);

console.log('graphql-sse: all checks pass');
process.exit(0);
