// node audit.mjs URL: every audit of the GraphQL-over-HTTP specification must pass.
import { auditServer } from 'graphql-http';

const AUDITS = 61;

const results = await auditServer({ url: process.argv[2] });
for (const { id, name, status, reason } of results) {
  if (status !== 'ok') console.log(status, id, name, reason ?? '');
}
const passed = results.filter(({ status }) => status === 'ok').length;
console.log(`${passed} of ${results.length} audits pass`);
process.exit(passed === AUDITS && results.length === AUDITS ? 0 : 1);
