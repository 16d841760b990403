"""Letters that tell a member what happened: no names, no amounts, nothing that others wrote."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final
from uuid import UUID

from domain.events.rules import EventKind
from domain.notifications.reads import is_mandatory
from domain.notifications.rules import Letter
from gateway.notices.words import ENGLISH, WORDS, Said

__all__ = ["letter_of", "said_of"]

_SAID: Final = {
    EventKind.MESSAGE_SENT: Said.MESSAGE,
    EventKind.CAMPAIGN_INVITED: Said.INVITED,
    EventKind.CAMPAIGN_REVIEW_DUE: Said.REVIEW_DUE,
    EventKind.ASSIGNMENT_APPROVED: Said.APPROVED,
    EventKind.ASSIGNMENT_REJECTED: Said.REJECTED,
    EventKind.ASSIGNMENT_REVISION_REQUESTED: Said.REVISION,
    EventKind.RATING_VISIBLE: Said.RATED,
    EventKind.SEARCH_FOUND: Said.FOUND,
    EventKind.REFERRAL_REWARDED: Said.REWARD,
    EventKind.ASSIGNMENT_BONUS_SENT: Said.BONUS,
    EventKind.DISPUTE_AWAITING_ANSWER: Said.ANSWER_DUE,
    EventKind.DISPUTE_AWAITING_WORKER: Said.FRAUD_CLAIMED,
    EventKind.DISPUTE_SEATED: Said.SEATED,
    EventKind.PAYOUT_REQUESTED: Said.PAYOUT_REQUESTED,
    EventKind.PAYOUT_PAID: Said.PAYOUT_PAID,
    EventKind.PAYOUT_UNCLAIMED: Said.PAYOUT_WAITS,
    EventKind.PAYOUT_UNCLAIMED_REMINDER: Said.PAYOUT_WAITS,
    EventKind.DEPOSIT_EXPIRED: Said.DEPOSIT_UNPAID,
    EventKind.DESTINATION_ADDED: Said.DESTINATION,
    EventKind.DESTINATION_REMOVED: Said.DESTINATION,
    EventKind.SESSION_BEGUN: Said.SESSION,
    EventKind.POLICY_POSTED: Said.POLICY,
    EventKind.ALLOWANCE_SET: Said.ALLOWANCE,
    EventKind.TICKET_ANSWERED: Said.TICKET,
    EventKind.TICKET_RESOLVED: Said.TICKET,
}
_OTHERWISE: Final = {
    "campaign": Said.CAMPAIGN,
    "deposit": Said.DEPOSIT,
    "dispute": Said.DISPUTE,
    "payout": Said.PAYOUT,
    "suspension": Said.SUSPENSION,
}


def said_of(kind: EventKind) -> Said:
    """A line of its own, or that of its subject."""
    return _SAID.get(kind) or _OTHERWISE[kind.value.partition("_")[0]]


def letter_of(letter: Letter, *, notification_id: UUID, sender: str) -> EmailMessage:
    """The same notification has the same Message-ID, also when it is sent again after a crash."""
    words = WORDS.get(letter.language, ENGLISH)
    line = words.lines[said_of(letter.kind)]
    parts = [line]
    if letter.deadline_at is not None:
        parts.append(words.deadline.format(until=f"{letter.deadline_at:%Y-%m-%d %H:%M}"))
    if letter.code is not None:
        parts.append(words.confirm.format(code=letter.code))
    parts.append(words.mandatory if is_mandatory(letter.kind) else words.optional)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = line.rstrip(".")
    message["Message-ID"] = f"<{notification_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(parts) + "\n")
    return message
