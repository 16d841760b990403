import { createClient, type RequestParams } from 'graphql-sse';

import { API_URL } from '../config';
import type { TypedDocumentString } from '../gql/graphql';
import { asProblem, Problem, problemIn, problemOf } from './problems';
import { bodyOf, headers, sendTexts } from './request';
import { wait } from './wait';

const SILENCE_SECONDS_MAX = 40; // the server says something every 15
const STEADY_SECONDS = 5; // who held that long begins counting failures anew
const DELAY_SECONDS_MAX = 15;

// After these it goes on: from the cursor, with whoever is signed in by then, a little later.
const GOES_ON = new Set([
  'DOCUMENT_NOT_FOUND',
  'ENDED',
  'EVENTS_EXPIRED',
  'INTERNAL',
  'INVALID_CURSOR',
  'OFFLINE',
  'RECONNECT',
  'SILENT',
  'THROTTLED',
  'TOKEN_ENDED',
  'UNAVAILABLE',
  'UNKNOWN',
]);

export type LiveState = 'connecting' | 'live' | 'waiting' | 'ended';

export interface Follower<Result> {
  /** Each event once and in order. */
  onEvent: (result: Result) => void;
  /** The stream begins here, with nothing to go on from: load what the events would change. */
  onFresh: () => void;
  onState: (state: LiveState) => void;
  /** `UNAUTHENTICATED`, or what no patience helps against. */
  onEnd: (problem: Problem) => void;
}

/**
 * Follows a subscription until the returned function is called, across lost connections, restarts
 * of the server and new sessions: each time from the cursor of the last event.
 */
export function follow<Result>(
  document: TypedDocumentString<Result, { after?: string | null }>,
  cursorOf: (result: Result) => string,
  follower: Follower<Result>,
): () => void {
  const stop = new AbortController();
  void keepFollowing(document, cursorOf, follower, stop.signal);
  return () => stop.abort();
}

async function keepFollowing<Result>(
  document: TypedDocumentString<Result, { after?: string | null }>,
  cursorOf: (result: Result) => string,
  follower: Follower<Result>,
  signal: AbortSignal,
): Promise<void> {
  let cursor: string | null = null;
  let failures = 0;
  follower.onState('connecting');
  while (!signal.aborted) {
    const began = performance.now();
    let problem = new Problem('ENDED', 'The stream has ended.');
    try {
      const onOpen = () => {
        follower.onState('live');
        if (cursor === null) follower.onFresh();
      };
      for await (const result of stream<Result>(bodyOf(document, { after: cursor }), signal, onOpen)) {
        cursor = cursorOf(result);
        follower.onEvent(result);
      }
    } catch (error) {
      problem = asProblem(error);
    }
    if (signal.aborted) return;
    const { code, retryAfterSeconds } = problem;
    if (!GOES_ON.has(code)) {
      follower.onState('ended');
      return follower.onEnd(problem);
    }
    if (code === 'EVENTS_EXPIRED' || code === 'INVALID_CURSOR') cursor = null;
    if (code === 'DOCUMENT_NOT_FOUND') sendTexts();
    follower.onState('waiting');
    const lasted = (performance.now() - began) / 1000;
    failures = lasted > STEADY_SECONDS ? 1 : failures + 1;
    await wait(Math.max(delayAfter(failures), retryAfterSeconds ?? 0), signal);
  }
}

/** Longer each time, and never the same for all: a server that restarts is not overrun. */
function delayAfter(failures: number): number {
  return Math.min(DELAY_SECONDS_MAX, 0.25 * 2 ** failures) * (0.5 + Math.random() / 2);
}

/** One connection. Throws `Problem` for whatever ends it. */
async function* stream<Result>(
  body: unknown,
  signal: AbortSignal,
  onOpen: () => void,
): AsyncGenerator<Result> {
  const connection = new AbortController();
  let problem: Problem | null = null; // graphql-sse makes other errors of those of `fetchFn`
  const client = createClient({
    url: API_URL,
    credentials: 'include',
    headers, // graphql-sse adds `Accept` and `Content-Type`
    retryAttempts: 0, // it would go on without the cursor
    fetchFn: async (url: string, init: RequestInit) => {
      try {
        const either = AbortSignal.any([connection.signal, init.signal!]);
        const response = await fetch(url, { ...init, signal: either });
        return watched(await requireStream(response), connection);
      } catch (error) {
        problem = asProblem(error);
        throw error;
      }
    },
  });
  const leave = () => client.dispose();
  signal.addEventListener('abort', leave);
  try {
    const results = client.iterate<Result>(body as RequestParams, { connected: onOpen });
    for await (const { data, errors } of results) {
      if (errors?.length) throw problemIn(errors as Parameters<typeof problemIn>[0]);
      if (data) yield data;
    }
  } catch (error) {
    throw problem ?? error;
  } finally {
    signal.removeEventListener('abort', leave);
    client.dispose();
  }
}

async function requireStream(response: Response): Promise<Response> {
  const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream');
  if (!response.ok || !isStream) throw await problemOf(response);
  return response;
}

/** A connection that died without a word, such as while the phone slept, looks like a quiet one. */
function watched(response: Response, connection: AbortController): Response {
  const giveUp = () => connection.abort(new Problem('SILENT', 'The stream fell silent.'));
  let timer = setTimeout(giveUp, SILENCE_SECONDS_MAX * 1000);
  const listen = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, out) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENCE_SECONDS_MAX * 1000);
      out.enqueue(chunk);
    },
    flush: () => clearTimeout(timer),
  });
  return new Response(response.body!.pipeThrough(listen), response);
}
