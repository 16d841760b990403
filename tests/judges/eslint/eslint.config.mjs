import graphql from '@graphql-eslint/eslint-plugin';

// Values: they are told apart by what they say, so they have no id. Everything else is a Node.
const values = [
  'Balance',
  'CampaignCost',
  'DepositRefund',
  'DestinationProblem',
  'Finance',
  'FrozenDeposit',
  'Instructions',
  'LinkContent',
  'Money',
  'PageInfo',
  'PayoutDestinationMethod',
  'PayoutDoubt',
  'PayoutDoubts',
  'PayoutInstruction',
  'PayoutMethodCurrency',
  'PayoutMethods',
  'PayoutOversight',
  'PayoutProviderForm',
  'PayoutQuote',
  'PayoutResolution',
  'PayoutRoute',
  'PayoutRun',
  'PayoutRunShare',
  'PlaceCounts',
  'ProviderEvent',
  'RateLimit',
  'RatingSummary',
  'ReferralLink',
  'RefusedWebhooks',
  'RouteCandidate',
  'RouteDecision',
  'RoutingCondition',
  'RoutingPreview',
  'RoutingRule',
  'RoutingRuleset',
  'RoutingVersion',
  'ScoreItem',
  'StatementDrift',
  'StatementLine',
  'StatementProgress',
  'TextContent',
  'TextItem',
  'TrialBalance',
  'TrialBalanceLine',
];

const recommended = graphql.configs['flat/schema-recommended'].rules;
const relay = graphql.configs['flat/schema-relay'].rules;

const strict = {
  ...recommended,
  ...relay,
  '@graphql-eslint/strict-id-in-types': ['error', {
    acceptedIdNames: ['id'],
    acceptedIdTypes: ['ID'],
    exceptions: {
      suffixes: ['Connection', 'Edge', 'Payload', 'Error', 'Query', 'Mutation', 'Subscription'],
      types: values,
    },
  }],
  '@graphql-eslint/relay-edge-types': ['error', {
    withEdgeSuffix: true,
    shouldImplementNode: true,
    listTypeCanWrapOnlyEdgeType: false,
  }],
  '@graphql-eslint/relay-arguments': ['error', { includeBoth: true }],
  '@graphql-eslint/require-description': ['error', {
    types: true,
    FieldDefinition: true,
    InputValueDefinition: true,
    EnumValueDefinition: true,
    DirectiveDefinition: true,
    rootField: true,
    ignoredSelectors: [ // Strawberry prints neither of these descriptions
      'DirectiveDefinition[name.value=oneOf]',
      'DirectiveDefinition > InputValueDefinition',
    ],
  }],
  '@graphql-eslint/input-name': ['error', { checkInputType: true, caseSensitiveInputType: false }],
  '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
  '@graphql-eslint/require-deprecation-reason': 'error',
  '@graphql-eslint/require-nullable-fields-with-oneof': 'error',
};

export default [{
  files: ['**/*.graphql'],
  languageOptions: {
    parser: graphql.parser,
    parserOptions: { graphQLConfig: { schema: './schema.graphql' } },
  },
  plugins: { '@graphql-eslint': graphql },
  rules: strict,
}];
