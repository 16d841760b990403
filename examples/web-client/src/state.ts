/** All that the page knows. Pages are functions of it; whoever changes it calls `update`. */
import { asProblem } from './api/problems';
import type { LiveState } from './api/live';
import type { SignedIn } from './api/session';
import type {
  AssignmentPartsFragment,
  CampaignCardFragment,
  CampaignPageQuery,
} from './gql/graphql';

export type Assignment = AssignmentPartsFragment;
export type Campaign = NonNullable<CampaignPageQuery['campaign']>;

/** What a list has so far, and from where it goes on: null at its end. */
export interface Pages<Item> {
  items: Item[];
  next: string | null;
}

export interface State {
  viewer: SignedIn | null;
  isStarting: boolean;
  /** How many things that somebody asked for are under way. */
  busy: number;
  live: LiveState;
  /** What just went wrong, in the language of the viewer. */
  problem: string | null;
  campaigns: (Pages<CampaignCardFragment> & { count: number | null }) | null;
  campaign: Campaign | null;
  /** Whatever came by, from pages, mutations and events; the newest version of each. */
  assignments: Map<string, Assignment>;
  workNext: string | null;
  answerCounts: Map<string, number>;
}

export const state: State = nothing();

function nothing(): State {
  return {
    viewer: null,
    isStarting: false,
    busy: 0,
    live: 'connecting',
    problem: null,
    campaigns: null,
    campaign: null,
    assignments: new Map(),
    workNext: null,
    answerCounts: new Map(),
  };
}

const changed = new EventTarget();

export function onChange(render: () => void): void {
  changed.addEventListener('change', render);
}

export function update(parts: Partial<State>): void {
  Object.assign(state, parts);
  changed.dispatchEvent(new Event('change'));
}

/** Nothing of one person is left for the next. */
export function forget(): void {
  update(nothing());
}

export function keep(assignments: readonly (Assignment | null | undefined)[]): void {
  for (const each of assignments) if (each) state.assignments.set(each.id, each);
  update({});
}

/**
 * Runs what somebody asked for by a click, and says what went wrong: the reason of the refusal, or
 * of the failure. Returns whether it worked.
 */
export async function attempt(
  act: () => Promise<readonly { message: string }[] | void>,
): Promise<boolean> {
  update({ busy: state.busy + 1, problem: null });
  try {
    const refusals = (await act()) ?? [];
    if (refusals.length) update({ problem: refusals.map((each) => each.message).join(' ') });
    return refusals.length === 0;
  } catch (error) {
    tell(error);
    return false;
  } finally {
    update({ busy: Math.max(0, state.busy - 1) });
  }
}

/** What nobody asked for: it locks no button, and takes no message away. */
export async function quietly(act: () => Promise<void>): Promise<void> {
  await act().catch(tell);
}

export function tell(error: unknown): void {
  const { code, message, requestId } = asProblem(error);
  if (code === 'ABANDONED') return;
  update({ problem: requestId ? `${message} (${requestId})` : message });
}
