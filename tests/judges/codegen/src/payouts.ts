// A paginated list as a frontend writes it: its result must be typed.
import { graphql } from './gql';
import type { PayoutPageQuery, PayoutState } from './gql/graphql';

export const payoutPage = graphql(`
  query PayoutPage($first: Int!, $after: Cursor) {
    viewer {
      payouts(first: $first, after: $after) {
        nodes {
          id
          state
          amount {
            amount
            currency
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export function statesOf(page: PayoutPageQuery): PayoutState[] {
  return page.viewer?.payouts?.nodes.map(({ state }) => state) ?? [];
}

export function amountsOf(page: PayoutPageQuery): string[] {
  return page.viewer?.payouts?.nodes.map(({ amount }) => amount.amount) ?? [];
}
