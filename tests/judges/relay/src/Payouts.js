import { graphql } from 'relay-runtime';

export const query = graphql`
  query PayoutsQuery($count: Int!, $cursor: Cursor) {
    viewer {
      ...Payouts_viewer @arguments(count: $count, cursor: $cursor)
    }
  }
`;

export const list = graphql`
  fragment Payouts_viewer on Viewer
  @refetchable(queryName: "PayoutsPaginationQuery")
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "Cursor" }) {
    payouts(first: $count, after: $cursor) @connection(key: "Payouts_payouts") {
      edges {
        node {
          id
          state
          amount { amount currency }
        }
      }
    }
  }
`;

export const request = graphql`
  mutation PayoutsRequestMutation($input: PayoutRequestInput!) {
    payoutRequest(input: $input) {
      payout { id state }
      replayed
      errors {
        __typename
        code
        message
        path
        ... on BalanceTooLowError { available { amount currency } }
      }
    }
  }
`;
