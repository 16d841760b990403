import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';

import { execute, given } from '../api/execute';
import { Problem } from '../api/problems';
import { CampaignPage, Claim } from '../documents';
import type { ClaimReason } from '../gql/graphql';
import { attempt, keep, state, update, type Campaign } from '../state';
import { assignment } from '../views/assignment';
import { money, words } from '../views/format';

const OBSTACLES: Record<ClaimReason, string> = {
  ADULT_CONTENT: 'This is for people from 21 on who asked to see such content.',
  AGE: 'This is for people of another age.',
  ALLOWANCE_USED: 'You have used up the claims that you are allowed today.',
  ALREADY_DONE: 'You have done every task here.',
  APPROVED_COUNT: 'This asks for another number of approved pieces of work.',
  BLOCKED: 'You and this employer do not work with each other.',
  COOLING_DOWN: 'You let three claims expire, or gave three places back; a day after the first of them you can go on.',
  POLICY: 'Read the policies that are in force, and agree to them.',
  COUNTRY: 'This is for people in other countries.',
  COUNTRY_SHARE: 'People of your country have their share of this.',
  DAY_LIMIT: 'This takes no more claims today.',
  HOUR_LIMIT: 'This takes no more claims for now: try again within the hour.',
  DEVICE: 'This is for other devices than yours.',
  FAVOURITE: 'This is for people whom the employer has chosen.',
  LANGUAGE: 'This is for people who speak other languages.',
  LEVEL: 'This asks for another level than yours.',
  LIVE_CLAIM: 'Hand in or give back what you have claimed, then you can claim again.',
  NOT_A_WORKER: 'You may not work at present.',
  NOT_RUNNING: 'This campaign takes no claims now.',
  NOT_YET: 'This campaign has not begun.',
  NO_PLACE_LEFT: 'No place is left for you.',
  OUT_OF_HOURS: 'This campaign takes no claims at this hour.',
  OWN_CAMPAIGN: 'This campaign is your own.',
  RESTRICTED: 'You may begin nothing new at present; your suspensions say why.',
  SKILL: 'This asks for a skill that you have not shown yet.',
  SUCCESS_RATE: 'This asks for another rate of success than yours.',
  TEST_TAKEN: 'You have taken this test; it can be taken again later, if at all.',
  VERIFICATION_LEVEL: 'This asks for another level of verification than yours.',
  WORKER_LIMIT: 'You have done as much here as one person may.',
};

let wanted: string | null = null;

/** Campaign and the viewer's own work in it; called again whenever that changed. */
export async function loadCampaign(id: string): Promise<void> {
  if (state.campaign?.id !== id) update({ campaign: null });
  wanted = id;
  const { campaign, viewer } = await execute(CampaignPage, { id });
  if (wanted !== id) return; // somebody went on
  keep(viewer?.assignments?.nodes ?? []);
  update({ campaign: campaign ?? null });
  if (!campaign) throw new Problem('NOT_FOUND', 'This campaign cannot be seen.');
}

/** Without a task of choice: the next one that this worker has not done. */
async function claim(before: Campaign): Promise<void> {
  await attempt(async () => {
    const input = { campaignId: before.id };
    const { assignment: claimed, campaign, errors } = given(
      (await execute(Claim, { input })).assignmentClaim,
    );
    keep([claimed]);
    if (campaign) update({ campaign: { ...before, ...campaign } });
    return errors;
  });
}

export function campaignPage(): TemplateResult {
  const { campaign } = state;
  if (!campaign) return html`<h1 tabindex="-1">Campaign</h1>`;
  const own = [...state.assignments.values()]
    .filter((each) => each.campaign?.id === campaign.id)
    .sort((a, b) => b.claimedAt.localeCompare(a.claimedAt));
  return html`
    <p><a href="#/">All campaigns</a></p>
    <h1 tabindex="-1">${campaign.title}</h1>
    <p class="facts">
      <strong>${money(campaign.reward)}</strong>
      <span>${words(campaign.category)}</span>
      <span>${words(campaign.state)}</span>
      ${campaign.placeCounts
        ? html`<span>
            ${campaign.placeCounts.open} of ${campaign.placeCounts.total} places open
          </span>`
        : nothing}
      <span>${campaign.claimMinutes} minutes to hand in</span>
    </p>
    ${instructions(campaign)}
    <section aria-labelledby="own">
      <h2 id="own">Your work here</h2>
      ${own.length ? nothing : html`<p class="faint">None yet.</p>`}
      ${repeat(own, (each) => each.id, (each) => assignment(each, { isTitled: false }))}
      ${claiming(campaign)}
    </section>
  `;
}

function instructions({ instructions: found }: Campaign): TemplateResult {
  if (!found) return html``;
  return html`
    <section class="card" aria-labelledby="instructions">
      <h2 id="instructions">Instructions</h2>
      <p class="text">${found.text}</p>
      ${found.clauses.length
        ? html`<ol class="clauses">
            ${found.clauses.map((each) => html`<li value=${each.id}>${each.text}</li>`)}
          </ol>`
        : nothing}
    </section>
  `;
}

function claiming(campaign: Campaign): TemplateResult {
  return campaign.viewerCanClaim
    ? html`<button
        type="button"
        ?disabled=${state.busy > 0}
        @click=${() => void claim(campaign)}
      >
        Claim the next task
      </button>`
    : html`<p class="faint">
        ${campaign.viewerClaimObstacles?.map((each) => OBSTACLES[each] ?? words(each)).join(' ')}
      </p>`;
}
