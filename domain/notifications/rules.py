"""Who is told of what, and how. Pure functions only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from domain.events.rules import EventKind


class Topic(StrEnum):
    MESSAGES = "messages"
    WORK = "work"
    CAMPAIGNS = "campaigns"
    REWARDS = "rewards"
    INVITATIONS = "invitations"
    SEARCHES = "searches"
    DEADLINES = "deadlines"
    DISPUTES = "disputes"
    PAYOUTS = "payouts"
    DEPOSITS = "deposits"
    SECURITY = "security"
    POLICIES = "policies"
    SUSPENSIONS = "suspensions"
    TICKETS = "tickets"


class Channel(StrEnum):
    EMAIL = "email"
    INBOX = "inbox"
    BOTH = "both"


class MailState(StrEnum):
    UNWANTED = "unwanted"
    WANTED = "wanted"
    SENDING = "sending"
    SENT = "sent"
    NOBODY = "nobody"  # the member is no longer there


class Side(StrEnum):
    """Of an event: `member_id`, `employer_id`, both, or both but who did it."""

    MEMBER = "member"
    EMPLOYER = "employer"
    BOTH = "both"
    OTHER = "other"


# Members may refuse letters about these; of all others they are always told (P20).
OPTIONAL: Final = frozenset(
    {Topic.MESSAGES, Topic.WORK, Topic.CAMPAIGNS, Topic.REWARDS, Topic.SEARCHES, Topic.INVITATIONS}
)

_KINDS: Final[Mapping[tuple[Topic, Side], tuple[EventKind, ...]]] = {
    (Topic.MESSAGES, Side.OTHER): (EventKind.MESSAGE_SENT,),
    (Topic.WORK, Side.MEMBER): (EventKind.ASSIGNMENT_APPROVED, EventKind.RATING_VISIBLE),
    (Topic.REWARDS, Side.MEMBER): (EventKind.REFERRAL_REWARDED, EventKind.ASSIGNMENT_BONUS_SENT),
    (Topic.SEARCHES, Side.MEMBER): (EventKind.SEARCH_FOUND,),
    (Topic.CAMPAIGNS, Side.EMPLOYER): (
        EventKind.CAMPAIGN_RUNNING,
        EventKind.CAMPAIGN_DECLINED,
        EventKind.CAMPAIGN_PAUSED,
        EventKind.CAMPAIGN_PAUSED_SYSTEM,
        EventKind.CAMPAIGN_PAUSED_ADMIN,
        EventKind.CAMPAIGN_EXHAUSTED,
        EventKind.CAMPAIGN_FINISHED,
    ),
    (Topic.INVITATIONS, Side.MEMBER): (EventKind.CAMPAIGN_INVITED,),
    (Topic.DEADLINES, Side.EMPLOYER): (EventKind.CAMPAIGN_REVIEW_DUE,),
    (Topic.DEADLINES, Side.MEMBER): (
        EventKind.ASSIGNMENT_REJECTED,
        EventKind.ASSIGNMENT_REVISION_REQUESTED,
    ),
    (Topic.DISPUTES, Side.EMPLOYER): (EventKind.DISPUTE_AWAITING_ANSWER,),
    (Topic.DISPUTES, Side.MEMBER): (
        EventKind.DISPUTE_AWAITING_WORKER,
        EventKind.DISPUTE_SEATED,
    ),
    (Topic.DISPUTES, Side.BOTH): (
        EventKind.DISPUTE_MEDIATION,
        EventKind.DISPUTE_OFFERED,
        EventKind.DISPUTE_PANEL,
        EventKind.DISPUTE_DECIDED,
        EventKind.DISPUTE_APPEALED,
        EventKind.DISPUTE_FINAL,
    ),
    (Topic.PAYOUTS, Side.MEMBER): (
        EventKind.PAYOUT_REQUESTED,
        EventKind.PAYOUT_HELD,
        EventKind.PAYOUT_PAID,
        EventKind.PAYOUT_UNCLAIMED,
        EventKind.PAYOUT_UNCLAIMED_REMINDER,
        EventKind.PAYOUT_FAILED,
        EventKind.PAYOUT_CANCELLED,
        EventKind.PAYOUT_RETURNED,
        EventKind.PAYOUT_REFUNDED,
        EventKind.PAYOUT_REVERSED,
    ),
    (Topic.DEPOSITS, Side.EMPLOYER): (
        EventKind.DEPOSIT_SETTLED,
        EventKind.DEPOSIT_FAILED,
        EventKind.DEPOSIT_EXPIRED,
        EventKind.DEPOSIT_MISMATCHED,
        EventKind.DEPOSIT_UNDERPAID,
        EventKind.DEPOSIT_OVERPAID,
        EventKind.DEPOSIT_DISPUTED,
        EventKind.DEPOSIT_PARTLY_REFUNDED,
        EventKind.DEPOSIT_REFUNDED,
        EventKind.DEPOSIT_REFUND_FAILED,
    ),
    (Topic.SECURITY, Side.MEMBER): (
        EventKind.DESTINATION_ADDED,
        EventKind.DESTINATION_REMOVED,
        EventKind.SESSION_BEGUN,
    ),
    (Topic.POLICIES, Side.MEMBER): (EventKind.POLICY_POSTED,),
    (Topic.SUSPENSIONS, Side.MEMBER): (
        EventKind.SUSPENSION_HUMAN_REVIEW,
        EventKind.SUSPENSION_IMPOSED,
        EventKind.SUSPENSION_DISMISSED,
        EventKind.SUSPENSION_APPEALED,
        EventKind.SUSPENSION_UPHELD,
        EventKind.SUSPENSION_REVERSED,
        EventKind.ALLOWANCE_SET,
    ),
    (Topic.TICKETS, Side.MEMBER): (EventKind.TICKET_ANSWERED, EventKind.TICKET_RESOLVED),
}
NOTIFIED: Final[Mapping[EventKind, tuple[Topic, Side]]] = {
    kind: told for told, kinds in _KINDS.items() for kind in kinds
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    payout_channel: Channel = Channel.BOTH
    muted: frozenset[Topic] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How one member is told."""

    is_in_inbox: bool
    is_mailed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Says what happened and until when; never to whom else, or what was written."""

    kind: EventKind
    deadline_at: datetime | None
    to: str = field(repr=False)
    language: str
    code: str | None = field(default=None, repr=False)  # confirms what the letter tells of


class NoticeMailer(Protocol):
    """Raises when it could not; then it is tried again."""

    async def send(self, letter: Letter, *, notification_id: UUID) -> None: ...


def recipients(
    kind: EventKind, *, member_id: UUID | None, employer_id: UUID | None, actor_id: UUID | None
) -> Iterator[UUID]:
    """`actor_id` is who did it, where that decides; each recipient once."""
    told = NOTIFIED.get(kind)
    if told is None:
        return
    both = tuple(dict.fromkeys(each for each in (member_id, employer_id) if each is not None))
    match told[1]:
        case Side.MEMBER:
            yield from both if member_id is None else (member_id,)
        case Side.EMPLOYER:
            yield from () if employer_id is None else (employer_id,)
        case Side.BOTH:
            yield from both
        case Side.OTHER:
            yield from (each for each in both if each != actor_id)


def told(kind: EventKind, choice: Choice) -> Told:
    """P18: payouts as the member chose; P20: nobody can refuse what is mandatory."""
    topic = NOTIFIED[kind][0]
    if topic is Topic.PAYOUTS:
        return Told(
            is_in_inbox=choice.payout_channel is not Channel.EMAIL,
            is_mailed=choice.payout_channel is not Channel.INBOX,
        )
    return Told(is_in_inbox=True, is_mailed=topic not in choice.muted & OPTIONAL)
