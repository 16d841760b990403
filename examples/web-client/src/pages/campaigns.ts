import { html, nothing, type TemplateResult } from 'lit-html';

import { execute, given } from '../api/execute';
import { OpenCampaigns } from '../documents';
import type { CampaignCategory, CampaignOrderField, CampaignWhere } from '../gql/graphql';
import { attempt, state, update } from '../state';
import { money, words } from '../views/format';

// Every value, or the compiler complains: a new category is not forgotten here.
const CATEGORIES = Object.keys({
  APP_DOWNLOAD: 0,
  CONTENT_CREATION: 0,
  DATA_ENTRY: 0,
  LABELING: 0,
  OTHER: 0,
  SOCIAL: 0,
  SURVEY: 0,
  WEBSITE_TESTING: 0,
} satisfies Record<CampaignCategory, 0>) as CampaignCategory[];

const wanted = { title: '', category: '', order: 'PUBLISHED_AT' as CampaignOrderField };
let loads = 0;

function where(): CampaignWhere {
  return {
    ...(wanted.title ? { title: { contains: wanted.title } } : {}),
    ...(wanted.category ? { category: { eq: wanted.category as CampaignCategory } } : {}),
  };
}

/** The first page, or the one after `after`. */
export async function loadCampaigns(after: string | null = null): Promise<void> {
  loads += 1;
  const load = loads;
  const { campaigns } = await execute(OpenCampaigns, {
    where: where(),
    orderBy: [{ field: wanted.order, direction: 'DESC' }],
    after,
  });
  if (load !== loads) return; // somebody has asked for something else
  const { nodes, pageInfo, totalCount } = given(campaigns);
  const before = after ? (state.campaigns?.items ?? []) : [];
  update({
    campaigns: {
      items: [...before, ...nodes],
      next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null,
      count: totalCount ?? null,
    },
  });
}

export function campaignsPage(): TemplateResult {
  const { campaigns } = state;
  return html`
    <h1 tabindex="-1">Open campaigns</h1>
    ${filter()}
    <p class="faint" role="status">
      ${campaigns ? `${campaigns.count ?? campaigns.items.length} found` : 'Loading …'}
    </p>
    <ul class="cards">
      ${campaigns?.items.map(
        (each) => html`
          <li class="card" data-test="campaign">
            <h2><a href=${`#/campaigns/${encodeURIComponent(each.id)}`}>${each.title}</a></h2>
            <p class="facts">
              <strong>${money(each.reward)}</strong>
              <span>${words(each.category)}</span>
              ${each.placeCounts
                ? html`<span>${each.placeCounts.open} of ${each.placeCounts.total} places open</span>`
                : nothing}
            </p>
          </li>
        `,
      )}
    </ul>
    ${campaigns?.next
      ? html`<button
          type="button"
          ?disabled=${state.busy > 0}
          @click=${() => void attempt(() => loadCampaigns(campaigns.next))}
        >
          Show more
        </button>`
      : nothing}
  `;
}

function filter(): TemplateResult {
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    wanted.title = String(fields.get('title')).trim();
    wanted.category = String(fields.get('category'));
    wanted.order = fields.get('order') as CampaignOrderField;
    void attempt(loadCampaigns);
  };
  return html`
    <form class="filter" role="search" @submit=${onSubmit} @change=${onSubmit}>
      <label>
        Title contains
        <input name="title" type="search" maxlength="100" .value=${wanted.title} />
      </label>
      <label>
        Kind of work
        <select name="category">
          <option value="">All</option>
          ${CATEGORIES.map(
            (each) => html`
              <option value=${each} ?selected=${each === wanted.category}>${words(each)}</option>
            `,
          )}
        </select>
      </label>
      <label>
        Order
        <select name="order">
          <option value="PUBLISHED_AT">Newest first</option>
          <option value="REWARD" ?selected=${wanted.order === 'REWARD'}>Best paid first</option>
        </select>
      </label>
    </form>
  `;
}
