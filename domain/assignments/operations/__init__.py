"""Everything that changes an assignment, one module per verb.

An assignment's row is locked before its task's, everywhere; a claim, which makes the
assignment, locks the task alone.
"""

from __future__ import annotations

from domain.assignments.operations.allowance import forget_allowance, limit_claims
from domain.assignments.operations.begin_upload import begin_upload
from domain.assignments.operations.block import block_campaign
from domain.assignments.operations.bulk import Verdict, VerdictOutcome, review_assignments
from domain.assignments.operations.by_rule import approve_by_rule
from domain.assignments.operations.claim import NotEligible, claim_assignment
from domain.assignments.operations.clock import (
    advance_campaigns,
    approve_overdue,
    close_rejections,
    expire_assignments,
    lapse_revisions,
)
from domain.assignments.operations.consensus import weigh_answers
from domain.assignments.operations.contest import contest, contest_all, settle_contested
from domain.assignments.operations.fraud import (
    is_reward_there,
    pay_back_fraud,
    require_approved,
)
from domain.assignments.operations.oversee import decide_rejection, waive_rejection_limits
from domain.assignments.operations.reject import (
    ChecksPassed,
    Rejected,
    RejectionsUsedUp,
    reject_assignment,
    reverse_rejection,
)
from domain.assignments.operations.remind import remind_reviews
from domain.assignments.operations.review import Reviewed, approve_assignment, ask_revision
from domain.assignments.operations.settle import ask_for_fee_invoice
from domain.assignments.operations.submit import (
    DeadlinePassed,
    HandedIn,
    Withdrawn,
    return_assignment,
    submit_assignment,
    withdraw_assignment,
)
from domain.assignments.operations.watch import watch_campaigns

__all__ = [
    "ChecksPassed",
    "DeadlinePassed",
    "HandedIn",
    "NotEligible",
    "Rejected",
    "RejectionsUsedUp",
    "Reviewed",
    "Verdict",
    "VerdictOutcome",
    "Withdrawn",
    "advance_campaigns",
    "approve_assignment",
    "approve_by_rule",
    "approve_overdue",
    "ask_for_fee_invoice",
    "ask_revision",
    "begin_upload",
    "block_campaign",
    "claim_assignment",
    "close_rejections",
    "contest",
    "contest_all",
    "decide_rejection",
    "expire_assignments",
    "forget_allowance",
    "is_reward_there",
    "lapse_revisions",
    "limit_claims",
    "pay_back_fraud",
    "reject_assignment",
    "remind_reviews",
    "require_approved",
    "return_assignment",
    "reverse_rejection",
    "review_assignments",
    "settle_contested",
    "submit_assignment",
    "waive_rejection_limits",
    "watch_campaigns",
    "weigh_answers",
    "withdraw_assignment",
]
