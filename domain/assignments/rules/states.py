"""The state machine of an assignment, as data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

REVISION_TIME: Final = timedelta(hours=24)  # R6
DECISION_TIME_MIN: Final = timedelta(hours=24)  # R6: after a revision, delivered or not
REMINDER_PERCENTS: Final = (50, 90)  # R5: of the review time
DISPUTE_TIME: Final = timedelta(days=7)  # R12: a rejection is final only after it


# R21: who is of this level and has proven so much is paid out at once.
MATURE_LEVEL: Final = 4
MATURE_VERIFICATION: Final = 2


class AssignmentState(StrEnum):
    CLAIMED = "claimed"
    SUBMITTED = "submitted"  # the reward is in the worker's own pending account
    RETURNED = "returned"
    EXPIRED = "expired"
    REVOKED = "revoked"  # its campaign was blocked; it may still be handed in by the deadline
    REVISION_REQUESTED = "revision_requested"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"  # a ruling gave the worker a share
    REJECTED = "rejected"  # not final: the reward stays ring-fenced
    DISPUTED = "disputed"  # contested: it stays so until the dispute is final
    CLOSED_REJECTED = "closed_rejected"


class AssignmentEvent(StrEnum):
    SUBMIT = "submit"
    RETURN = "return"
    EXPIRE = "expire"
    REVOKE = "revoke"
    APPROVE = "approve"
    REJECT = "reject"
    ASK_REVISION = "ask_revision"
    LAPSE_REVISION = "lapse_revision"  # nobody delivered: the last submission counts
    WITHDRAW = "withdraw"
    REVERSE = "reverse"  # the employer takes a rejection back
    CLOSE = "close"
    DISPUTE = "dispute"
    RULE_FOR_WORKER = "rule_for_worker"
    RULE_AGAINST_WORKER = "rule_against_worker"
    RULE_SPLIT = "rule_split"


class DecidedBy(StrEnum):
    EMPLOYER = "employer"
    TIME = "time"
    CODE = "code"
    CONSENSUS = "consensus"
    STAFF = "staff"
    RULING = "ruling"
    PLATFORM = "platform"  # we were late in a dispute: nobody was in the wrong


_S, _E = AssignmentState, AssignmentEvent
MOVES: Final[Mapping[tuple[AssignmentState, AssignmentEvent], AssignmentState]] = {
    (_S.CLAIMED, _E.SUBMIT): _S.SUBMITTED,
    (_S.CLAIMED, _E.RETURN): _S.RETURNED,
    (_S.CLAIMED, _E.EXPIRE): _S.EXPIRED,
    (_S.CLAIMED, _E.REVOKE): _S.REVOKED,
    (_S.REVOKED, _E.SUBMIT): _S.SUBMITTED,
    (_S.REVOKED, _E.RETURN): _S.RETURNED,
    (_S.REVOKED, _E.EXPIRE): _S.RETURNED,  # it was not the worker who let it go
    (_S.SUBMITTED, _E.APPROVE): _S.APPROVED,
    (_S.SUBMITTED, _E.REJECT): _S.REJECTED,
    (_S.SUBMITTED, _E.ASK_REVISION): _S.REVISION_REQUESTED,
    (_S.REVISION_REQUESTED, _E.SUBMIT): _S.SUBMITTED,
    (_S.REVISION_REQUESTED, _E.LAPSE_REVISION): _S.SUBMITTED,
    (_S.REVISION_REQUESTED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.REVISION_REQUESTED, _E.APPROVE): _S.APPROVED,
    (_S.REJECTED, _E.REVERSE): _S.APPROVED,
    (_S.REJECTED, _E.CLOSE): _S.CLOSED_REJECTED,
    (_S.CLOSED_REJECTED, _E.REVERSE): _S.APPROVED,
    (_S.REJECTED, _E.DISPUTE): _S.DISPUTED,
    (_S.DISPUTED, _E.RULE_FOR_WORKER): _S.APPROVED,
    (_S.DISPUTED, _E.RULE_SPLIT): _S.PARTLY_APPROVED,
    (_S.DISPUTED, _E.RULE_AGAINST_WORKER): _S.CLOSED_REJECTED,
}
_WORKER_EVENTS: Final = (_E.SUBMIT, _E.RETURN, _E.WITHDRAW, _E.DISPUTE)
# Until the review time has passed.
IN_TIME: Final = frozenset({_E.REJECT, _E.ASK_REVISION})
_EMPLOYER_EVENTS: Final = (_E.APPROVE, _E.REJECT, _E.ASK_REVISION, _E.REVERSE)


def next_state(state: AssignmentState, event: AssignmentEvent) -> AssignmentState | None:
    """None: this event is illegal in this state."""
    return MOVES.get((state, event))


def available_events(
    state: AssignmentState, *, for_worker: bool, is_due: bool = False
) -> tuple[AssignmentEvent, ...]:
    """What that side may do now, so that no frontend repeats this table. What `is_due` waits for
    the sweep that pays it, and can only be approved.
    """
    mine = _WORKER_EVENTS if for_worker else _EMPLOYER_EVENTS
    barred = IN_TIME if is_due else frozenset()
    return tuple(event for event in mine if (state, event) in MOVES and event not in barred)
