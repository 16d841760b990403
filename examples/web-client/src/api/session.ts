import { SignIn, SignOut, Viewer } from '../documents';
import type { TokenDelivery, ViewerQuery } from '../gql/graphql';
import { execute, given } from './execute';
import { useToken } from './request';

export type SignedIn = NonNullable<ViewerQuery['viewer']>;

/** Null for nobody. */
export async function viewer(): Promise<SignedIn | null> {
  return (await execute(Viewer)).viewer ?? null;
}

/**
 * By cookie, which no script can read. Where the browser does not keep it, because this page and
 * the API are different sites, by a token that lasts as long as the page.
 */
export async function signIn(email: string, password: string): Promise<{ message: string }[]> {
  const byCookie = await create(email, password, 'COOKIE');
  if (byCookie.errors.some((each) => each.code !== 'COOKIE_IMPOSSIBLE')) return byCookie.errors;
  if (byCookie.errors.length === 0 && (await viewer())) return [];
  const byToken = await create(email, password, 'TOKEN');
  if (byToken.token) useToken(byToken.token);
  return byToken.errors;
}

export async function signOut(): Promise<void> {
  await execute(SignOut, { input: {} });
}

async function create(email: string, password: string, delivery: TokenDelivery) {
  const answer = await execute(SignIn, { input: { email, password, delivery } });
  return given(answer.sessionCreate);
}
