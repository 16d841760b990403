// Starts GraphiQL on the endpoint beside it. The "Headers" tab carries the login.
'use strict';

const HEADERS = JSON.stringify({ Authorization: 'Bearer PASTE_A_TOKEN_HERE' }, null, 2);

const WELCOME = `# Piecerate. Sign in, then paste the token into the "Headers" tab below
# (without a token, remove the header: anybody may read running campaigns).

mutation SignIn {
  sessionCreate(input: { email: "worker@demo.example", password: "see what make run printed" }) {
    token
    errors { code message }
  }
}

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

const fetchWithoutPlaceholder = (input, init) => {
  const headers = new Headers(init.headers);
  if ((headers.get('Authorization') || '').includes('PASTE_A_TOKEN_HERE')) {
    headers.delete('Authorization');
  }
  return fetch(input, { ...init, headers });
};

const fetcher = GraphiQL.createFetcher({ url: '/graphql', fetch: fetchWithoutPlaceholder });

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: WELCOME,
    defaultHeaders: HEADERS,
    defaultEditorToolsVisibility: 'headers',
    shouldPersistHeaders: true,
  }),
);
