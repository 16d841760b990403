import { API_URL } from '../config';
import type { TypedDocumentString } from '../gql/graphql';
import { asProblem, Problem, problemIn, problemOf } from './problems';
import { bodyOf, headers, sendTexts, signalOfPerson } from './request';
import { wait } from './wait';

const ATTEMPTS_MAX = 5;
const WAIT_SECONDS_MAX = 30; // for longer, people decide themselves

/** Who wants to know that the session has ended. */
export const signedOut = new EventTarget();

/**
 * Runs a query or mutation, and again where the server says that this is safe.
 *
 * User errors are part of the result. Throws `Problem` for everything else, also when only a part
 * of the answer is missing: this client shows no half pages.
 */
export async function execute<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  ...[variables]: Variables extends Record<string, never> ? [] : [variables: Variables]
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(document, variables);
    } catch (error) {
      const problem = asProblem(error);
      const seconds = problem.retryAfterSeconds ?? 0.25 * 2 ** attempt;
      if (problem.code === 'UNAUTHENTICATED') signedOut.dispatchEvent(new Event('signedout'));
      if (attempt === ATTEMPTS_MAX || seconds > WAIT_SECONDS_MAX) throw problem;
      if (problem.code === 'DOCUMENT_NOT_FOUND') sendTexts();
      else if (mayRepeat(problem, document, variables)) await wait(seconds);
      else throw problem;
    }
  }
}

async function once<Result>(
  document: TypedDocumentString<Result, never>,
  variables: unknown,
): Promise<Result> {
  const response = await fetch(API_URL, {
    method: 'POST',
    credentials: 'include',
    signal: signalOfPerson(),
    headers: {
      ...headers(),
      Accept: 'application/graphql-response+json',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(bodyOf(document, variables)),
  });
  if (!response.ok) throw await problemOf(response);
  const { data, errors } = await response.json();
  if (errors?.length) throw problemIn(errors, response);
  return data;
}

/** What is null only beside an error; and an error was thrown. */
export function given<Value>(value: Value | null | undefined): Value {
  if (value == null) throw new Problem('UNKNOWN', 'The answer is incomplete.');
  return value;
}

/**
 * After `THROTTLED` nothing has happened. After the others nobody knows: only what reads, or has an
 * idempotency key, is sent again. The variables are the same, so the key is the same, and it
 * happens once.
 */
function mayRepeat(
  { code }: Problem,
  document: TypedDocumentString<unknown, never>,
  variables: unknown,
): boolean {
  if (code === 'THROTTLED') return true;
  const isQuery = document.toString().trimStart().startsWith('query');
  const isLost = code === 'OFFLINE' || code === 'UNAVAILABLE';
  if (isQuery) return isLost;
  return (isLost || code === 'DEADLINE_EXCEEDED') && hasKey(variables);
}

function hasKey(variables: unknown): boolean {
  const { input } = (variables ?? {}) as { input?: { idempotencyKey?: string } };
  return Boolean(input?.idempotencyKey);
}
