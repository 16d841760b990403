"""What an assignment may become, what may be handed in, and what each step books."""

from __future__ import annotations

from domain.assignments.rules.content import (
    Decision,
    ItemKind,
    ItemRole,
    SubmissionItem,
    items_problem,
)
from domain.assignments.rules.eligibility import ClaimFacts, ClaimReason, claim_reasons
from domain.assignments.rules.postings import (
    Booking,
    approval,
    awarded,
    hand_in,
    late_approval,
    refused_to_employer,
    refused_to_escrow,
    split_approval,
)
from domain.assignments.rules.rejection import (
    BREAKER_TIME,
    ReasonCode,
    Rejection,
    RequestState,
    ReviewCounts,
    is_too_fast,
    rejection_problem,
    reversible_until,
)
from domain.assignments.rules.states import (
    MOVES,
    REVISION_TIME,
    AssignmentEvent,
    AssignmentState,
    DecidedBy,
    available_events,
    next_state,
    payable_at,
)

__all__ = [
    "BREAKER_TIME",
    "MOVES",
    "REVISION_TIME",
    "AssignmentEvent",
    "AssignmentState",
    "Booking",
    "ClaimFacts",
    "ClaimReason",
    "DecidedBy",
    "Decision",
    "ItemKind",
    "ItemRole",
    "ReasonCode",
    "Rejection",
    "RequestState",
    "ReviewCounts",
    "SubmissionItem",
    "approval",
    "available_events",
    "awarded",
    "claim_reasons",
    "hand_in",
    "is_too_fast",
    "items_problem",
    "late_approval",
    "next_state",
    "payable_at",
    "refused_to_employer",
    "refused_to_escrow",
    "rejection_problem",
    "reversible_until",
    "split_approval",
]
