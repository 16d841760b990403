import { graphql } from 'relay-runtime';

export const query = graphql`
  query CampaignsQuery($count: Int!, $cursor: Cursor) {
    ...Campaigns_query @arguments(count: $count, cursor: $cursor)
  }
`;

export const list = graphql`
  fragment Campaigns_query on Query
  @refetchable(queryName: "CampaignsPaginationQuery")
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "Cursor" }) {
    campaigns(first: $count, after: $cursor) @connection(key: "Campaigns_campaigns") {
      edges {
        node {
          ...Campaigns_campaign
        }
      }
    }
  }
`;

export const item = graphql`
  fragment Campaigns_campaign on Campaign @refetchable(queryName: "CampaignsItemQuery") {
    id
    title
    reward {
      amount
      currency
    }
    viewerCanClaim
  }
`;

export const claim = graphql`
  mutation CampaignsClaimMutation($input: AssignmentClaimInput!) {
    assignmentClaim(input: $input) {
      assignment {
        id
        state
        deadlineAt
      }
      campaign {
        ...Campaigns_campaign
      }
      errors {
        __typename
        code
        message
        path
        ... on NotEligibleError {
          reasons
        }
      }
    }
  }
`;
