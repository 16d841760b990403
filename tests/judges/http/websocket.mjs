// TOKEN=... node websocket.mjs URL < subscription.json
// subscription.json: {"query", "variables", "count"}, a subscription that replays `count` events.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const url = process.argv[2];
const { count, ...subscription } = JSON.parse(readFileSync(0, 'utf8'));

const connect = (authorization = `Bearer ${process.env.TOKEN}`, webSocketImpl = WebSocket) =>
  createClient({ url, webSocketImpl, retryAttempts: 0, connectionParams: { authorization } });

async function outcome(client, request, wanted = Infinity) {
  const results = [];
  try {
    for await (const result of client.iterate(request)) {
      results.push(result);
      if (results.length === wanted) break;
    }
  } catch (failure) {
    return { results, failure };
  }
  return { results };
}

const codeOf = ({ failure }) => failure?.[0]?.extensions?.code;

const client = connect();
const query = await outcome(client, { query: '{ __typename }' });
assert.equal(query.results[0].data.__typename, 'Query');

const [events, syntax] = await Promise.all([
  outcome(client, subscription, count),
  outcome(client, { query: 'subscription {' }),
]);
assert.equal(codeOf(syntax), 'SYNTAX_ERROR');
assert.equal(events.failure, undefined, 'a syntax error elsewhere must not close the socket');
assert.equal(events.results.length, count);
assert.ok(events.results.every(({ errors }) => !errors));

const invalid = await outcome(client, { query: 'subscription { nope }' });
assert.equal(codeOf(invalid), 'VALIDATION_FAILED');

const two = 'query A { a: __typename } query B { b: __typename }';
const named = await outcome(client, { query: two, operationName: 'B' });
assert.deepEqual(named.results[0].data, { b: 'Query' });
assert.equal(codeOf(await outcome(client, { query: two })), 'OPERATION_NAME_REQUIRED');

const unknown = await outcome(client, { query: '', documentId: 'sha256:00' });
assert.equal(codeOf(unknown), 'DOCUMENT_NOT_FOUND');

const stranger = await outcome(connect('Bearer wrong'), { query: '{ __typename }' });
assert.equal(stranger.failure.code, 4403);

class ForeignOrigin extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { headers: { origin: 'https://evil.example' } });
  }
}
const foreign = await outcome(connect(undefined, ForeignOrigin), { query: '{ __typename }' });
assert.match(foreign.failure.message, /403/);

console.log('graphql-transport-ws: all checks pass');
process.exit(0);
