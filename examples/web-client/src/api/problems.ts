/** What an operation ends with when it has no result. Switch on `code`; `message` is for people. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly requestId: string | null = null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

interface GraphQLError {
  message: string;
  extensions?: { code?: string; requestId?: string; retryAfterSeconds?: number };
}

export function problemIn(errors: readonly GraphQLError[], response?: Response): Problem {
  const first = errors[0];
  const { code = 'UNKNOWN', requestId = null, retryAfterSeconds } = first?.extensions ?? {};
  const header = Number(response?.headers.get('Retry-After') ?? NaN);
  const seconds = retryAfterSeconds ?? (Number.isFinite(header) ? header : null);
  return new Problem(code, first?.message ?? 'Something went wrong.', requestId, seconds);
}

/** A refused request always answers JSON; what does not is a proxy's page, or nobody. */
export async function problemOf(response: Response): Promise<Problem> {
  try {
    return problemIn((await response.json()).errors, response);
  } catch {
    return new Problem('UNAVAILABLE', `The server answered ${response.status}.`);
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DOMException && error.name === 'AbortError') {
    return new Problem('ABANDONED', 'Nobody waits for this any more.');
  }
  // `fetch` throws a TypeError for everything between us and the server, CORS included.
  if (error instanceof TypeError) return new Problem('OFFLINE', 'The server cannot be reached.');
  return new Problem('UNKNOWN', error instanceof Error ? error.message : String(error));
}
