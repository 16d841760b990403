import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../../schema.graphql',
  documents: ['../../../docs/operations/*.graphql', 'src/**/*.ts', '!src/gql/**'],
  generates: {
    './src/gql/': {
      preset: 'client',
      presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        // Every scalar of the SDL: with strictScalars one that is missing is an error.
        scalars: {
          CountryCode: 'string',
          Cursor: 'string',
          Date: 'string',
          DateTime: 'string',
          Decimal: 'string',
          EmailAddress: 'string',
          URL: 'string',
        },
        strictScalars: true,
        defaultScalarType: 'unknown',
      },
    },
  },
};

export default config;
