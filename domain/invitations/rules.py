"""The machine of an invitation, its pace, and what its letters may say (P11-P13, R32)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from domain.access.rules import Limit


class InvitationState(StrEnum):
    """Silent invitations move by the clock alone, as if their letters had gone out."""

    CREATED = "created"
    SENT = "sent"
    REMINDED_1 = "reminded_1"
    REMINDED_2 = "reminded_2"
    ACCEPTED = "accepted"
    OPTED_OUT = "opted_out"
    BOUNCED = "bounced"
    EXPIRED = "expired"


class InvitationEvent(StrEnum):
    WRITE = "write"  # the first letter, then at most two reminders
    ACCEPT = "accept"
    OPT_OUT = "opt_out"
    BOUNCE = "bounce"
    EXPIRE = "expire"


_S, _E = InvitationState, InvitationEvent
_ENDS: Final = {
    _E.ACCEPT: _S.ACCEPTED,
    _E.OPT_OUT: _S.OPTED_OUT,
    _E.BOUNCE: _S.BOUNCED,
    _E.EXPIRE: _S.EXPIRED,
}
MOVES: Final[Mapping[tuple[InvitationState, InvitationEvent], InvitationState]] = {
    (_S.CREATED, _E.WRITE): _S.SENT,
    (_S.SENT, _E.WRITE): _S.REMINDED_1,
    (_S.REMINDED_1, _E.WRITE): _S.REMINDED_2,
    **{
        (state, event): end
        for state in (_S.SENT, _S.REMINDED_1, _S.REMINDED_2)
        for event, end in _ENDS.items()
    },
}
LIVE: Final = frozenset({_S.CREATED, _S.SENT, _S.REMINDED_1, _S.REMINDED_2})
REMINDER_PAUSE: Final = timedelta(hours=72)
LIFETIME: Final = timedelta(days=30)
NAME_LENGTH_MAX: Final = 60
LABEL_LENGTH_MAX: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationLetter:
    """`number` counts from 1; the second and the third are reminders."""

    number: int
    inviter: str | None = field(repr=False)  # None: their name would advertise something
    code: str
    token: str = field(repr=False)
    to: str = field(repr=False)
    language: str


class AddressRefused(Exception):
    """The mail server will never take letters to this address."""


class InvitationMailer(Protocol):
    """Raises `AddressRefused`, or whatever went wrong; then it is tried again."""

    async def invite(self, letter: InvitationLetter, *, invitation_id: UUID) -> None: ...


def next_state(state: InvitationState, event: InvitationEvent) -> InvitationState | None:
    return MOVES.get((state, event))


def next_at(state: InvitationState, *, created_at: datetime, now: datetime) -> datetime:
    """When the clock writes again, at least 72 hours later, or ends it."""
    end = created_at + LIFETIME
    return end if state is InvitationState.REMINDED_2 else min(end, now + REMINDER_PAUSE)


def is_label(label: str) -> bool:
    """It stays when the address is erased, so it must not be one."""
    return 0 < len(label.strip()) <= LABEL_LENGTH_MAX and "@" not in label and label.isprintable()


def name_in_letter(name: str) -> str | None:
    """P11: in the member's name, but no advertisement of theirs."""
    plain = " ".join(name.split())
    is_name = len(plain) <= NAME_LENGTH_MAX and not any(
        each.isdigit() or each in "/@:<>[]{}\\|#$%&=?!*" for each in plain
    )
    has_domain = any("." in word.strip(".") for word in plain.split())
    return plain if is_name and not has_domain else None


def invitation_limits(inviter: str) -> tuple[Limit, ...]:
    return (Limit(f"invitation:{inviter}", capacity=20, per_second=1 / 3_600),)
