import { html, type TemplateResult } from 'lit-html';

import { signIn } from '../api/session';
import { attempt, state } from '../state';

export function signInPage(onSignedIn: () => Promise<void>): TemplateResult {
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const email = String(fields.get('email'));
    const password = String(fields.get('password'));
    if (await attempt(() => signIn(email, password))) await onSignedIn();
  };
  return html`
    <section class="narrow">
      <h1 tabindex="-1">Sign in</h1>
      <form class="card" @submit=${onSubmit}>
        <label>
          E-mail
          <input name="email" type="email" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit" ?disabled=${state.busy > 0}>Sign in</button>
      </form>
      <p class="faint">
        In the demo of <code>make run</code>: <code>worker@demo.example</code>, with the password
        that it prints.
      </p>
    </section>
  `;
}
