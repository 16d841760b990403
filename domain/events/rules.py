"""What can happen, and where a reader stands in the feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

EVENTS_KEPT: Final = timedelta(days=30)


class EventKind(StrEnum):
    """The subject and what became of it; the triggers of migrations 0009 and 0023 write it."""

    CAMPAIGN_FUNDED = "campaign_funded"
    CAMPAIGN_PENDING_REVIEW = "campaign_pending_review"
    CAMPAIGN_DECLINED = "campaign_declined"
    CAMPAIGN_RUNNING = "campaign_running"
    CAMPAIGN_PAUSED = "campaign_paused"
    CAMPAIGN_PAUSED_SYSTEM = "campaign_paused_system"
    CAMPAIGN_PAUSED_ADMIN = "campaign_paused_admin"
    CAMPAIGN_BLOCKED = "campaign_blocked"
    CAMPAIGN_EXHAUSTED = "campaign_exhausted"
    CAMPAIGN_STOPPING = "campaign_stopping"
    CAMPAIGN_FINISHED = "campaign_finished"
    CAMPAIGN_ARCHIVED = "campaign_archived"
    CAMPAIGN_INVITED = "campaign_invited"
    CAMPAIGN_REVIEW_DUE = "campaign_review_due"
    ASSIGNMENT_CLAIMED = "assignment_claimed"
    ASSIGNMENT_SUBMITTED = "assignment_submitted"
    ASSIGNMENT_RETURNED = "assignment_returned"
    ASSIGNMENT_EXPIRED = "assignment_expired"
    ASSIGNMENT_REVOKED = "assignment_revoked"
    ASSIGNMENT_REVISION_REQUESTED = "assignment_revision_requested"
    ASSIGNMENT_WITHDRAWN = "assignment_withdrawn"
    ASSIGNMENT_APPROVED = "assignment_approved"
    ASSIGNMENT_PARTLY_APPROVED = "assignment_partly_approved"
    ASSIGNMENT_REJECTED = "assignment_rejected"
    ASSIGNMENT_DISPUTED = "assignment_disputed"
    ASSIGNMENT_CLOSED_REJECTED = "assignment_closed_rejected"
    ASSIGNMENT_BONUS_SENT = "assignment_bonus_sent"
    VERIFICATION_STARTED = "verification_started"
    VERIFICATION_PENDING = "verification_pending"
    VERIFICATION_NEEDS_INPUT = "verification_needs_input"
    VERIFICATION_VERIFIED = "verification_verified"
    VERIFICATION_DECLINED = "verification_declined"
    VERIFICATION_EXPIRED = "verification_expired"
    VERIFICATION_REVOKED = "verification_revoked"
    DEPOSIT_INITIATED = "deposit_initiated"
    DEPOSIT_PENDING = "deposit_pending"
    DEPOSIT_SETTLED = "deposit_settled"
    DEPOSIT_FAILED = "deposit_failed"
    DEPOSIT_EXPIRED = "deposit_expired"
    DEPOSIT_MISMATCHED = "deposit_mismatched"
    DEPOSIT_UNDERPAID = "deposit_underpaid"
    DEPOSIT_OVERPAID = "deposit_overpaid"
    DEPOSIT_DISPUTED = "deposit_disputed"
    DEPOSIT_WON = "deposit_won"
    DEPOSIT_LOST = "deposit_lost"
    DEPOSIT_PARTLY_REFUNDED = "deposit_partly_refunded"
    DEPOSIT_REFUNDED = "deposit_refunded"
    DEPOSIT_REFUND_FAILED = "deposit_refund_failed"
    DEPOSIT_EXTRA_ARRIVED = "deposit_extra_arrived"
    PAYOUT_REQUESTED = "payout_requested"
    PAYOUT_HELD = "payout_held"
    PAYOUT_APPROVED = "payout_approved"
    PAYOUT_QUEUED = "payout_queued"
    PAYOUT_SENDING = "payout_sending"
    PAYOUT_UNKNOWN = "payout_unknown"
    PAYOUT_PENDING = "payout_pending"
    PAYOUT_UNCLAIMED = "payout_unclaimed"
    PAYOUT_UNCLAIMED_REMINDER = "payout_unclaimed_reminder"
    PAYOUT_ON_HOLD = "payout_on_hold"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_CANCELLED = "payout_cancelled"
    PAYOUT_RETURNED = "payout_returned"
    PAYOUT_REFUNDED = "payout_refunded"
    PAYOUT_REVERSED = "payout_reversed"
    SPENDING_MADE = "spending_made"
    DISPUTE_AWAITING_ANSWER = "dispute_awaiting_answer"
    DISPUTE_AWAITING_WORKER = "dispute_awaiting_worker"
    DISPUTE_MEDIATION = "dispute_mediation"
    DISPUTE_OFFERED = "dispute_offered"
    DISPUTE_PANEL = "dispute_panel"
    DISPUTE_SEATED = "dispute_seated"  # somebody is asked to vote; the subject is their seat
    DISPUTE_DECIDED = "dispute_decided"
    DISPUTE_APPEALED = "dispute_appealed"
    DISPUTE_FINAL = "dispute_final"
    SUSPENSION_HUMAN_REVIEW = "suspension_human_review"
    SUSPENSION_IMPOSED = "suspension_imposed"
    SUSPENSION_DISMISSED = "suspension_dismissed"
    SUSPENSION_APPEALED = "suspension_appealed"
    SUSPENSION_UPHELD = "suspension_upheld"
    SUSPENSION_REVERSED = "suspension_reversed"
    MESSAGE_SENT = "message_sent"
    MESSAGE_MASKED = "message_masked"
    ALLOWANCE_SET = "allowance_set"
    SESSION_BEGUN = "session_begun"
    DESTINATION_ADDED = "destination_added"
    DESTINATION_REMOVED = "destination_removed"
    RATING_VISIBLE = "rating_visible"
    SEARCH_FOUND = "search_found"
    REFERRAL_REWARDED = "referral_rewarded"
    DOCUMENT_ISSUED = "document_issued"
    POLICY_POSTED = "policy_posted"
    TICKET_OPENED = "ticket_opened"
    TICKET_ANSWERED = "ticket_answered"
    TICKET_RESOLVED = "ticket_resolved"


class Subject(StrEnum):
    """What an event is about."""

    CAMPAIGN = "campaign"
    ASSIGNMENT = "assignment"
    DEPOSIT = "deposit"
    PAYOUT = "payout"
    SPENDING = "spending"
    DISPUTE = "dispute"
    MESSAGE = "message"
    SESSION = "session"
    DESTINATION = "destination"
    RATING = "rating"
    SEARCH = "search"  # by a saved one a campaign was found, which is the subject
    REFERRAL = "referral"
    DOCUMENT = "document"
    VERIFICATION = "verification"
    POLICY = "policy"
    SUSPENSION = "suspension"
    ALLOWANCE = "allowance"  # of claims; the subject is the member
    TICKET = "ticket"


def subject_of(kind: EventKind) -> Subject:
    return Subject(kind.value.partition("_")[0])


# What changes the list of campaigns that can be claimed, for everybody who shows it.
MARKET_KINDS: Final = frozenset(
    {
        EventKind.CAMPAIGN_RUNNING,
        EventKind.CAMPAIGN_PAUSED,
        EventKind.CAMPAIGN_PAUSED_SYSTEM,
        EventKind.CAMPAIGN_PAUSED_ADMIN,
        EventKind.CAMPAIGN_EXHAUSTED,
        EventKind.CAMPAIGN_STOPPING,
        EventKind.CAMPAIGN_FINISHED,
        EventKind.CAMPAIGN_BLOCKED,
    }
)
# Of those who hear of their subject only who is meant.
PERSONAL_KINDS: Final = frozenset(
    {
        EventKind.CAMPAIGN_INVITED,
        EventKind.CAMPAIGN_REVIEW_DUE,
        EventKind.SEARCH_FOUND,
        EventKind.DISPUTE_SEATED,
    }
)
# Whoever showed it must forget it: told to those as well who cannot see it any more (P32).
TAKEN_DOWN: Final = frozenset({EventKind.CAMPAIGN_BLOCKED})
MARKET: Final = UUID(int=0)  # the topic of all who watch campaigns; the id of nothing


@dataclass(frozen=True, slots=True, order=True)
class EventPosition:
    """Readers go by transaction, then by row: the order in which events may be read."""

    tx: int
    seq: int


BEGINNING: Final = EventPosition(0, 0)
