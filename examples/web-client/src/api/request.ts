/** What every request has, over HTTP and for streams. */
import { CLIENT } from '../config';
import type { TypedDocumentString } from '../gql/graphql';
import { language } from './language';

/** Only where the browser keeps no cookie. In memory: a script that breaks in later finds nothing. */
let token: string | null = null;
let person = new AbortController();

export function useToken(value: string): void {
  token = value;
}

/** Lasts as long as the person who is asking. */
export function signalOfPerson(): AbortSignal {
  return person.signal;
}

/** Nothing that one person asked for arrives when the next one sits there. */
export function forgetPerson(): void {
  token = null;
  person.abort();
  person = new AbortController();
}

/** `npm run dev` sends texts; a build sends ids, until a server says that it does not know them. */
let sendsIds: boolean = import.meta.env.PROD;

export function sendTexts(): void {
  sendsIds = false;
}

export function headers(): Record<string, string> {
  return {
    'Accept-Language': language(),
    'X-Client-Name': CLIENT.name,
    'X-Client-Version': CLIENT.version,
    ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
  };
}

export type Body = { variables: unknown } & ({ documentId: string } | { query: string });

/** Never both: codegen hashes a normalised text, not the one that it hands to us. */
export function bodyOf(document: TypedDocumentString<unknown, never>, variables: unknown): Body {
  const documentId: unknown = document.__meta__?.['hash'];
  return sendsIds && typeof documentId === 'string'
    ? { documentId, variables }
    : { query: document.toString(), variables };
}
