import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';

import { execute } from '../api/execute';
import { MyAssignments } from '../documents';
import { attempt, keep, state, update } from '../state';
import { assignment } from '../views/assignment';

export async function loadWork(after: string | null = null): Promise<void> {
  const found = (await execute(MyAssignments, { after })).viewer?.assignments;
  keep(found?.nodes ?? []);
  update({ workNext: found?.pageInfo.hasNextPage ? (found.pageInfo.endCursor ?? null) : null });
}

export function workPage(): TemplateResult {
  const items = [...state.assignments.values()].sort((a, b) =>
    b.claimedAt.localeCompare(a.claimedAt),
  );
  return html`
    <h1 tabindex="-1">My work</h1>
    ${items.length ? nothing : html`<p class="faint">Nothing claimed yet.</p>`}
    ${repeat(items, (each) => each.id, (each) => assignment(each, { isTitled: true }))}
    ${state.workNext
      ? html`<button
          type="button"
          ?disabled=${state.busy > 0}
          @click=${() => void attempt(() => loadWork(state.workNext))}
        >
          Show more
        </button>`
      : nothing}
  `;
}
