"""The kinds of events, each with what it means for a frontend."""

from __future__ import annotations

from domain.events.rules import EventKind
from schema.enums import show_enum

show_enum(
    EventKind,
    description="What happened. New kinds may appear: ignore those you do not know.",
    values={
        EventKind.CAMPAIGN_FUNDED: "The money of every place is in escrow.",
        EventKind.CAMPAIGN_RUNNING: "Published, or resumed after a pause.",
        EventKind.CAMPAIGN_PAUSED: "No new claims for now.",
        EventKind.CAMPAIGN_EXHAUSTED: "No place is left; decisions are still due.",
        EventKind.CAMPAIGN_STOPPING: "Stopped; what is claimed or handed in goes on.",
        EventKind.CAMPAIGN_FINISHED: "Everything is decided; what was left went back.",
        EventKind.ASSIGNMENT_CLAIMED: "A worker took a place.",
        EventKind.ASSIGNMENT_SUBMITTED: "Work was handed in, perhaps again.",
        EventKind.ASSIGNMENT_RETURNED: "The worker gave the place back.",
        EventKind.ASSIGNMENT_EXPIRED: "The time to hand in ran out.",
        EventKind.ASSIGNMENT_REVISION_REQUESTED: "The employer wants it changed.",
        EventKind.ASSIGNMENT_WITHDRAWN: "The worker took the work back.",
        EventKind.ASSIGNMENT_APPROVED: "Approved and paid to the worker's earnings.",
        EventKind.ASSIGNMENT_REJECTED: "Rejected; the employer may still reverse it.",
        EventKind.ASSIGNMENT_CLOSED_REJECTED: "The rejection is final.",
        EventKind.DEPOSIT_INITIATED: "Asked for; the provider may not know of it yet.",
        EventKind.DEPOSIT_PENDING: "The provider waits for the money.",
        EventKind.DEPOSIT_SETTLED: "The money is on the balance.",
        EventKind.DEPOSIT_FAILED: "No money came.",
        EventKind.DEPOSIT_MISMATCHED: "Another amount came; a person looks into it.",
        EventKind.PAYOUT_REQUESTED: "Asked for; the money left the earnings.",
        EventKind.PAYOUT_HELD: "Kept back by the platform; `problem` says why.",
        EventKind.PAYOUT_APPROVED: "Cleared for sending.",
        EventKind.PAYOUT_QUEUED: "Waits in a batch.",
        EventKind.PAYOUT_SENDING: "On its way to the provider.",
        EventKind.PAYOUT_UNKNOWN: "The provider did not answer; it is being looked up.",
        EventKind.PAYOUT_PENDING: "The provider has it.",
        EventKind.PAYOUT_UNCLAIMED: "The receiver must collect it at the provider.",
        EventKind.PAYOUT_ON_HOLD: "Kept back by the provider.",
        EventKind.PAYOUT_PAID: "Delivered; it may still come back.",
        EventKind.PAYOUT_FAILED: "Not paid; the money is back on the earnings.",
        EventKind.PAYOUT_CANCELLED: "Cancelled; the money is back on the earnings.",
        EventKind.PAYOUT_RETURNED: "It came back after it was paid.",
        EventKind.PAYOUT_REFUNDED: "The provider gave it back.",
        EventKind.PAYOUT_REVERSED: "The provider reversed it.",
        EventKind.RATING_VISIBLE: "A rating of the viewer can be read.",
        EventKind.REFERRAL_REWARDED: "A referral earned the viewer a reward.",
        EventKind.DOCUMENT_ISSUED: "An invoice or a self-bill was issued.",
    },
)
