import { html, render, type TemplateResult } from 'lit-html';

import { signedOut } from './api/execute';
import { follow } from './api/live';
import { forgetPerson } from './api/request';
import { signOut, viewer } from './api/session';
import { ViewerChanged } from './documents';
import type { ViewerChangedSubscription } from './gql/graphql';
import { campaignPage, loadCampaign } from './pages/campaign';
import { campaignsPage, loadCampaigns } from './pages/campaigns';
import { signInPage } from './pages/sign-in';
import { loadWork, workPage } from './pages/work';
import { attempt, forget, keep, onChange, quietly, state, tell, update } from './state';
import { frame } from './views/frame';

const root = document.querySelector<HTMLElement>('#app')!;
const ENDED = 'Your session has ended. Sign in again.';
let unfollow: () => void = () => {};

onChange(() => render(frame(page(), location.hash || '#/', () => void leave()), root));
addEventListener('hashchange', () => void attempt(load).then(focusTitle));
signedOut.addEventListener('signedout', () => gone(ENDED));
void start();

async function start(): Promise<void> {
  update({ isStarting: true });
  await attempt(async () => update({ viewer: await viewer() }));
  update({ isStarting: false });
  if (state.viewer) await enter();
}

async function enter(): Promise<void> {
  unfollow();
  unfollow = follow(ViewerChanged, (result) => result.viewerChanged.cursor, {
    onEvent: ({ viewerChanged }) => void quietly(() => take(viewerChanged)),
    onFresh: () => void quietly(refresh),
    onState: (live) => update({ live }),
    onEnd: (problem) => (problem.code === 'UNAUTHENTICATED' ? gone(ENDED) : tell(problem)),
  });
  await attempt(load);
  focusTitle();
}

/** Where the stream begins, and again where it could not go on. */
async function refresh(): Promise<void> {
  update({ viewer: await viewer() });
  await load();
}

async function take(event: ViewerChangedSubscription['viewerChanged']): Promise<void> {
  if (event.viewer && state.viewer) {
    update({ viewer: { ...state.viewer, balances: event.viewer.balances ?? null } });
  }
  if (event.__typename !== 'AssignmentEvent' || !event.assignment) return;
  keep([event.assignment]);
  const { campaign } = state; // places and obstacles have changed with it
  if (campaign && campaign.id === event.assignment.campaign?.id) await load();
}

async function load(): Promise<void> {
  if (!state.viewer) return;
  const id = campaignId();
  if (id) await loadCampaign(id);
  else if (location.hash === '#/work') await loadWork();
  else await loadCampaigns();
}

function page(): TemplateResult {
  if (state.isStarting) return html`<p class="faint" role="status">Loading …</p>`;
  if (!state.viewer) return signInPage(arrive);
  if (campaignId()) return campaignPage();
  return location.hash === '#/work' ? workPage() : campaignsPage();
}

async function arrive(): Promise<void> {
  if (await attempt(async () => update({ viewer: await viewer() }))) await enter();
}

async function leave(): Promise<void> {
  if (await attempt(signOut)) gone(null);
}

function gone(problem: string | null): void {
  unfollow();
  forgetPerson();
  forget();
  update({ problem });
  focusTitle();
}

function campaignId(): string | null {
  const found = /^#\/campaigns\/(.+)$/.exec(location.hash);
  return found?.[1] ? decodeURIComponent(found[1]) : null;
}

/** Screen readers announce the new page. */
function focusTitle(): void {
  root.querySelector<HTMLElement>('h1')?.focus();
}
