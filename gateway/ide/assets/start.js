// Starts GraphiQL on the endpoint beside it. The token of a sign-in is kept in memory alone.
'use strict';

const WELCOME = `# Piecerate. Anybody may read running campaigns; sign in above for the rest.

query RunningCampaigns {
  campaigns(first: 5) {
    nodes { id title reward { amount currency } placeCounts { open } }
  }
}

query Me {
  viewer {
    name
    balances { currency earnings { amount } }
  }
}
`;

const SIGN_IN = `mutation SignIn($input: SessionCreateInput!) {
  sessionCreate(input: $input) { token member { id } errors { message } }
}`;

const SIGN_OUT = 'mutation SignOut { sessionEnd(input: {}) { errors { message } } }';

const element = (id) => document.getElementById(id);
const socketUrl = new URL('/graphql', location.href);
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';

// A cookie of a frontend on this address must not sign anybody in here.
const send = (input, init) => fetch(input, { ...init, credentials: 'omit' });
const fetcher = GraphiQL.createFetcher({
  url: '/graphql',
  fetch: send,
  subscriptionUrl: socketUrl.href,
});

// GraphiQL remembers tabs and a history with the headers in them: without those it may.
const withoutHeaders = (name, value) => {
  if (name.endsWith(':headers')) {
    return '';
  }
  return JSON.stringify(JSON.parse(value), (key, each) => (key === 'headers' ? undefined : each));
};
const storage = {
  getItem: (name) => localStorage.getItem(name),
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
  get length() {
    return localStorage.length;
  },
  setItem: (name, value) => {
    const hasToken = /bearer/i.test(value);
    try {
      localStorage.setItem(name, hasToken ? withoutHeaders(name, value) : value);
    } catch {
      localStorage.removeItem(name); // not JSON, or no room: forgetting is safe
    }
  },
};

const root = ReactDOM.createRoot(element('graphiql'));
let token = null;

const headersOf = (bearer) =>
  bearer ? JSON.stringify({ Authorization: `Bearer ${bearer}` }, null, 2) : '';

const show = () => {
  root.render(
    React.createElement(GraphiQL, {
      fetcher,
      storage,
      defaultQuery: WELCOME,
      defaultHeaders: headersOf(token),
      headers: headersOf(token),
      defaultEditorToolsVisibility: 'headers',
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    }),
  );
  element('sign-in').hidden = token !== null;
  element('sign-out').hidden = token === null;
  for (const button of document.querySelectorAll('.demo')) {
    button.hidden = token !== null;
  }
};

const ask = async (query, variables) => {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' };
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  }
  const answer = await send('/graphql', {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
  });
  return answer.json();
};

const signIn = async (email, password, name) => {
  element('said').value = 'Signing in …';
  try {
    const answer = await ask(SIGN_IN, { input: { email, password } });
    const payload = answer.data?.sessionCreate;
    const errors = [...(answer.errors ?? []), ...(payload?.errors ?? [])];
    token = payload?.token ?? null;
    element('said').value = token ? `Signed in as ${name}` : errors.map((each) => each.message).join(' ');
  } catch {
    element('said').value = 'The server does not answer.';
  }
  show();
};

element('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  event.target.elements.password.value = '';
  await signIn(form.get('email'), form.get('password'), form.get('email'));
});

for (const button of document.querySelectorAll('.demo')) {
  button.addEventListener('click', () =>
    signIn(button.dataset.email, button.dataset.password, button.dataset.email),
  );
}

element('sign-out').addEventListener('click', async () => {
  const ended = ask(SIGN_OUT).catch(() => null); // the token is forgotten whatever is answered
  token = null;
  element('said').value = 'Signed out';
  show();
  await ended;
});

show();
