"""Why somebody leaves, what may be in the way, and what a receipt says of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.members.rules import MemberState


class ErasureReason(StrEnum):
    CLOSED = "closed"  # the member left
    UNDER_AGE = "under_age"  # P16: somebody who may not be here


class Obstacle(StrEnum):
    """What has to end first, because money or a decision hangs on it."""

    BALANCE = "balance"
    PAYOUT = "payout"
    DEPOSIT = "deposit"
    WORK = "work"
    CAMPAIGN = "campaign"
    DISPUTE = "dispute"
    APPEAL = "appeal"  # of a suspension: what was lost may be paid
    DOCUMENT = "document"  # work that no invoice shows yet


class Fate(StrEnum):
    """What happens to a table's rows of the member."""

    DELETED = "deleted"
    EMPTIED = "emptied"  # the rows stay for what refers to them, nothing personal in them
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReport:
    """A line of the receipt; `kept_until` where a day is known."""

    store: str
    fate: Fate
    row_count: int | None
    why: str
    kept_until: datetime | None = None


CLOSABLE: Final = frozenset(
    {
        MemberState.REGISTERED,
        MemberState.ACTIVE,
        MemberState.RESTRICTED,
        MemberState.SUSPENDED,
    }
)
# Under age nobody can be paid: what is left on an account is for finance to settle (P16).
HINDERING: Final[Mapping[ErasureReason, frozenset[Obstacle]]] = {
    ErasureReason.CLOSED: frozenset(Obstacle),
    ErasureReason.UNDER_AGE: frozenset(Obstacle) - {Obstacle.BALANCE},
}


def closing_content(member_id: UUID) -> bytes:
    """What a step-up to leave is bound to."""
    return b"close\0" + member_id.bytes
