import { html, nothing, type TemplateResult } from 'lit-html';

import { choose, isLanguage, language, LANGUAGES } from '../api/language';
import { state, update } from '../state';
import { money } from './format';

const LIVE_WORDS = {
  connecting: 'Connecting …',
  live: 'Live',
  waiting: 'Reconnecting …',
  ended: 'Not live',
};

export function frame(page: TemplateResult, route: string, onSignOut: () => void): TemplateResult {
  return html`
    <header class="bar">
      <a class="brand" href="#/">Piecerate</a>
      ${state.viewer ? navigation(route) : nothing}
      <div class="aside">
        ${languages()}
        ${state.viewer
          ? html`<button class="quiet" type="button" ?disabled=${state.busy > 0} @click=${onSignOut}>
              Sign out
            </button>`
          : nothing}
      </div>
    </header>
    ${state.viewer ? balances() : nothing}
    <main>
      <p class="problem" role="alert" lang=${language()} ?hidden=${!state.problem}>
        ${state.problem}
      </p>
      ${page}
    </main>
  `;
}

function navigation(route: string): TemplateResult {
  const link = (to: string, text: string) => html`
    <a href=${to} aria-current=${route === to ? 'page' : nothing}>${text}</a>
  `;
  return html`<nav aria-label="Pages">${link('#/', 'Campaigns')} ${link('#/work', 'My work')}</nav>`;
}

function balances(): TemplateResult {
  const found = state.viewer?.balances ?? [];
  return html`
    <section class="balances" aria-label="Balances">
      <p class="live" data-state=${state.live} role="status">${LIVE_WORDS[state.live]}</p>
      <dl aria-live="polite" data-test="balances">
        ${found.map(
          (each) => html`
            <div>
              <dt>Earned</dt>
              <dd data-test=${`earned-${each.currency}`}>${money(each.earnings)}</dd>
            </div>
            <div>
              <dt>Handed in</dt>
              <dd>${money(each.pending)}</dd>
            </div>
          `,
        )}
      </dl>
      ${found.length ? nothing : html`<p class="faint">Nothing earned yet.</p>`}
    </section>
  `;
}

function languages(): TemplateResult {
  const onChange = (event: Event) => {
    const { value } = event.target as HTMLSelectElement;
    if (isLanguage(value)) choose(value);
    update({ problem: null });
  };
  return html`
    <label class="language">
      <span class="unseen">Language of messages</span>
      <select @change=${onChange}>
        ${Object.entries(LANGUAGES).map(
          ([code, name]) => html`
            <option value=${code} lang=${code} ?selected=${code === language()}>${name}</option>
          `,
        )}
      </select>
    </label>
  `;
}
