/** Every operation of this client. `npm run generate` turns them into types and document ids. */
import { graphql } from './gql';

graphql(`
  fragment MoneyParts on Money {
    amount
    currency
  }
`);

graphql(`
  fragment BalanceParts on Balance {
    currency
    earnings {
      ...MoneyParts
    }
    pending {
      ...MoneyParts
    }
  }
`);

graphql(`
  fragment CampaignCard on Campaign {
    id
    title
    category
    state
    reward {
      ...MoneyParts
    }
    placeCounts {
      open
      total
    }
    viewerCanClaim
    viewerClaimObstacles
  }
`);

graphql(`
  fragment TaskParts on Task {
    id
    position
    state
    content {
      __typename
      ... on TextContent {
        text
      }
      ... on LinkContent {
        text
        url
      }
    }
  }
`);

graphql(`
  fragment AssignmentParts on Assignment {
    id
    state
    claimedAt
    deadlineAt
    availableTransitions
    reward {
      ...MoneyParts
    }
    campaign {
      id
      title
    }
    task {
      ...TaskParts
    }
    reviews {
      id
      decision
      text
    }
  }
`);

export const SignIn = graphql(`
  mutation SignIn($input: SessionCreateInput!) {
    sessionCreate(input: $input) {
      token
      errors {
        __typename
        code
        message
        path
      }
    }
  }
`);

export const SignOut = graphql(`
  mutation SignOut($input: SessionEndInput!) {
    sessionEnd(input: $input) {
      errors {
        code
        message
      }
    }
  }
`);

export const Viewer = graphql(`
  query Viewer {
    viewer {
      id
      name
      balances {
        ...BalanceParts
      }
    }
  }
`);

export const OpenCampaigns = graphql(`
  query OpenCampaigns($where: CampaignWhere, $orderBy: [CampaignOrder!], $after: Cursor) {
    campaigns(where: $where, orderBy: $orderBy, first: 10, after: $after) {
      nodes {
        ...CampaignCard
      }
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const CampaignPage = graphql(`
  query CampaignPage($id: ID!) {
    campaign(id: $id) {
      ...CampaignCard
      claimMinutes
      reviewDays
      instructions {
        version
        text
        clauses {
          id
          text
        }
      }
    }
    viewer {
      assignments(where: { campaignId: { eq: $id } }, first: 20) {
        nodes {
          ...AssignmentParts
        }
      }
    }
  }
`);

export const MyAssignments = graphql(`
  query MyAssignments($after: Cursor) {
    viewer {
      assignments(first: 10, after: $after) {
        nodes {
          ...AssignmentParts
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export const Claim = graphql(`
  mutation Claim($input: AssignmentClaimInput!) {
    assignmentClaim(input: $input) {
      assignment {
        ...AssignmentParts
      }
      campaign {
        ...CampaignCard
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const Submit = graphql(`
  mutation Submit($input: AssignmentSubmitInput!) {
    assignmentSubmit(input: $input) {
      replayed
      assignment {
        ...AssignmentParts
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const GiveBack = graphql(`
  mutation GiveBack($input: AssignmentReturnInput!) {
    assignmentReturn(input: $input) {
      assignment {
        ...AssignmentParts
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const ViewerChanged = graphql(`
  subscription ViewerChanged($after: Cursor) {
    viewerChanged(after: $after) {
      __typename
      id
      kind
      cursor
      viewer {
        balances {
          ...BalanceParts
        }
      }
      ... on AssignmentEvent {
        assignment {
          ...AssignmentParts
        }
      }
    }
  }
`);
