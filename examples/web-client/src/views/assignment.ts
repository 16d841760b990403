import { html, nothing, type TemplateResult } from 'lit-html';

import { execute, given } from '../api/execute';
import { done, keyOf } from '../api/keys';
import { GiveBack, Submit } from '../documents';
import { attempt, keep, state, update, type Assignment } from '../state';
import { instant, money, words } from './format';
import { task } from './task';

const ANSWERS_MAX = 10;

export function assignment(item: Assignment, { isTitled }: { isTitled: boolean }): TemplateResult {
  const may = (step: (typeof item.availableTransitions)[number]) =>
    item.availableTransitions.includes(step);
  return html`
    <article class="card" data-test="assignment" data-state=${item.state}>
      <header>
        <h3>
          ${isTitled && item.campaign
            ? html`<a href=${`#/campaigns/${encodeURIComponent(item.campaign.id)}`}
                >${item.campaign.title}</a
              >`
            : html`Task ${item.task?.position}`}
        </h3>
        <span class="state" role="status">${words(item.state)}</span>
      </header>
      ${item.task ? html`<p>${task(item.task)}</p>` : nothing}
      <p class="facts">
        <span>${money(item.reward)}</span>
        <span>Claimed ${instant(item.claimedAt)}</span>
        ${may('SUBMIT') ? html`<span>Due ${instant(item.deadlineAt)}</span>` : nothing}
      </p>
      ${item.reviews?.map((each) => (each.text ? html`<blockquote>${each.text}</blockquote>` : nothing))}
      ${may('SUBMIT') ? answers(item, may('RETURN')) : nothing}
    </article>
  `;
}

function answers(item: Assignment, mayReturn: boolean): TemplateResult {
  const count = state.answerCounts.get(item.id) ?? 1;
  const more = () => {
    state.answerCounts.set(item.id, count + 1);
    update({});
  };
  return html`
    <form @submit=${(event: SubmitEvent) => void submit(event, item)}>
      ${Array.from(
        { length: count },
        (_, index) => html`
          <label>
            ${count > 1 ? `Answer ${index + 1}` : 'Your answer'}
            <textarea name="answer" rows="2" maxlength="10000" required></textarea>
          </label>
        `,
      )}
      <div class="buttons">
        <button type="submit" ?disabled=${state.busy > 0}>Hand in</button>
        <button
          type="button"
          class="quiet"
          ?disabled=${count >= ANSWERS_MAX}
          @click=${more}
        >
          Add an answer
        </button>
        ${mayReturn
          ? html`<button
              type="button"
              class="quiet"
              ?disabled=${state.busy > 0}
              @click=${() => void giveBack(item)}
            >
              Give back
            </button>`
          : nothing}
      </div>
    </form>
  `;
}

async function submit(event: SubmitEvent, item: Assignment): Promise<void> {
  event.preventDefault();
  const texts = new FormData(event.target as HTMLFormElement).getAll('answer').map(String);
  const wish = {
    assignmentId: item.id,
    items: texts.map((text) => ({ content: { text: { text } } })),
  };
  await attempt(async () => {
    const input = { ...wish, idempotencyKey: keyOf(wish) };
    const { assignment: submitted, errors } = given(
      (await execute(Submit, { input })).assignmentSubmit,
    );
    if (errors.length === 0) done(wish);
    keep([submitted]);
    return errors;
  });
}

async function giveBack(item: Assignment): Promise<void> {
  await attempt(async () => {
    const input = { assignmentId: item.id };
    const { assignment: returned, errors } = given(
      (await execute(GiveBack, { input })).assignmentReturn,
    );
    keep([returned]);
    return errors;
  });
}
