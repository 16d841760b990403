"""What an assignment may become, what may be handed in, and what each step books."""

from __future__ import annotations

from domain.assignments.rules.content import (
    Decision,
    ItemKind,
    ItemRole,
    ReasonCode,
    Rejection,
    SubmissionItem,
    items_problem,
    rejection_problem,
)
from domain.assignments.rules.eligibility import ClaimFacts, ClaimReason, claim_reasons
from domain.assignments.rules.postings import (
    Booking,
    approval,
    hand_in,
    refused_to_employer,
    refused_to_escrow,
)
from domain.assignments.rules.states import (
    MOVES,
    REVISION_TIME,
    AssignmentEvent,
    AssignmentState,
    DecidedBy,
    available_events,
    next_state,
)

__all__ = [
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
    "SubmissionItem",
    "approval",
    "available_events",
    "claim_reasons",
    "hand_in",
    "items_problem",
    "next_state",
    "refused_to_employer",
    "refused_to_escrow",
    "rejection_problem",
]
