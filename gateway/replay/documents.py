"""The GraphQL operations that a replay over HTTP sends, as any frontend would."""

from __future__ import annotations

from typing import Final

ERRORS: Final = """
    errors {
      code message path
      ... on NotEligibleError { reasons }
      ... on TooManyAttemptsError { retryAfterSeconds }
    }
"""

REGISTER: Final = f"""
    mutation Register($input: MemberRegisterInput!) {{
      memberRegister(input: $input) {{ member {{ id }} {ERRORS} }}
    }}
"""
LOG_IN: Final = f"""
    mutation LogIn($input: SessionCreateInput!) {{
      sessionCreate(input: $input) {{ token member {{ id }} {ERRORS} }}
    }}
"""
OPEN_LINK: Final = f"""
    mutation OpenLink($input: ReferralLinkCreateInput!) {{
      referralLinkCreate(input: $input) {{ referralLink {{ code }} {ERRORS} }}
    }}
"""
MY_CAMPAIGN: Final = """
    query MyCampaign {
      viewer {
        campaigns(first: 1) { nodes { id state cost { total { amount currency } } } }
      }
    }
"""
CREATE_CAMPAIGN: Final = f"""
    mutation CreateCampaign($input: CampaignCreateInput!) {{
      campaignCreate(input: $input) {{ campaign {{ id }} {ERRORS} }}
    }}
"""
TASKS: Final = """
    query Tasks($id: ID!, $after: Cursor) {
      campaign(id: $id) {
        tasks(first: 100, after: $after) {
          nodes { id externalReference }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
"""
ADD_TASKS: Final = f"""
    mutation AddTasks($input: CampaignAddTasksInput!) {{
      campaignAddTasks(input: $input) {{ tasks {{ id externalReference }} {ERRORS} }}
    }}
"""
START_DEPOSIT: Final = f"""
    mutation StartDeposit($input: DepositStartInput!) {{
      depositStart(input: $input) {{ deposit {{ id state }} {ERRORS} }}
    }}
"""
DEPOSIT: Final = """
    query Deposit($id: ID!) { node(id: $id) { ... on Deposit { state } } }
"""
FUND: Final = f"""
    mutation Fund($input: CampaignFundInput!) {{
      campaignFund(input: $input) {{ campaign {{ state }} {ERRORS} }}
    }}
"""
PUBLISH: Final = f"""
    mutation Publish($input: CampaignPublishInput!) {{
      campaignPublish(input: $input) {{ campaign {{ state }} {ERRORS} }}
    }}
"""
WAIVE_LIMITS: Final = f"""
    mutation Waive($input: RejectionLimitWaiveInput!) {{
      rejectionLimitWaive(input: $input) {{ isWaived {ERRORS} }}
    }}
"""
ASSIGNMENTS: Final = """
    query Assignments($id: ID!, $states: [AssignmentState!], $after: Cursor) {
      campaign(id: $id) {
        assignments(first: 100, after: $after, where: { state: { in: $states } }) {
          nodes { id state worker { id } task { externalReference } ratings { author { id } } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
"""
MY_ASSIGNMENTS: Final = """
    query MyAssignments($states: [AssignmentState!], $after: Cursor) {
      viewer {
        assignments(first: 100, after: $after, where: { state: { in: $states } }) {
          nodes { id state task { id } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
"""
CLAIM: Final = f"""
    mutation Claim($input: AssignmentClaimInput!) {{
      assignmentClaim(input: $input) {{ assignment {{ id }} {ERRORS} }}
    }}
"""
SUBMIT: Final = f"""
    mutation Submit($input: AssignmentSubmitInput!) {{
      assignmentSubmit(input: $input) {{ assignment {{ state }} {ERRORS} }}
    }}
"""
APPROVE: Final = f"""
    mutation Approve($input: AssignmentApproveInput!) {{
      assignmentApprove(input: $input) {{ assignment {{ state }} {ERRORS} }}
    }}
"""
REJECT: Final = f"""
    mutation Reject($input: AssignmentRejectInput!) {{
      assignmentReject(input: $input) {{ assignment {{ state }} {ERRORS} }}
    }}
"""
RATE: Final = f"""
    mutation Rate($input: RatingGiveInput!) {{
      ratingGive(input: $input) {{ {ERRORS} }}
    }}
"""
REWARDS: Final = """
    query Rewards($after: Cursor) {
      viewer {
        referrals(first: 100, after: $after) {
          nodes { rewards { amount currency } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
"""
PURSE: Final = """
    query Purse {
      viewer {
        balances { currency earnings { amount } }
        destinations(first: 1) { nodes { id } }
      }
    }
"""
BEGIN_STEP_UP: Final = f"""
    mutation BeginStepUp($input: StepUpBeginInput!) {{
      stepUpBegin(input: $input) {{ stepUpId {ERRORS} }}
    }}
"""
COMPLETE_STEP_UP: Final = f"""
    mutation CompleteStepUp($input: StepUpCompleteInput!) {{
      stepUpComplete(input: $input) {{ token {ERRORS} }}
    }}
"""
ADD_DESTINATION: Final = f"""
    mutation AddDestination($input: DestinationAddInput!) {{
      destinationAdd(input: $input) {{ destination {{ id }} {ERRORS} }}
    }}
"""
REQUEST_PAYOUT: Final = f"""
    mutation RequestPayout($input: PayoutRequestInput!) {{
      payoutRequest(input: $input) {{ payout {{ id }} {ERRORS} }}
    }}
"""
PAYOUTS: Final = """
    query Payouts { viewer { payouts(first: 100) { nodes { state } } } }
"""
AGREEMENT: Final = """
    query Agreement { viewer { taxProfile { selfBilling { textVersion } } } }
"""
AGREE: Final = f"""
    mutation Agree($input: SelfBillingAcceptInput!) {{
      selfBillingAccept(input: $input) {{ {ERRORS} }}
    }}
"""
ISSUE: Final = f"""
    mutation Issue($input: InvoiceIssueInput!) {{
      invoiceIssue(input: $input) {{ document {{ number }} {ERRORS} }}
    }}
"""
DOCUMENTS: Final = """
    query Documents($kinds: [DocumentKind!]) {
      viewer { documents(first: 1, where: { kind: { in: $kinds } }) { totalCount } }
    }
"""
