"""What a payout and its attempts may become, and what is booked when. Pure functions only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.money import (
    AMOUNT_MICROS_MAX,
    EXPONENTS,
    Money,
    is_bookable,
    minor_step,
    split_payable,
)
from domain.payouts.provider import (
    Observation,
    ObservedState,
    PayoutManifest,
)
from domain.provider import CurrencyLimits, Exchange

FIELD_LENGTH_MAX: Final = 200
FIELD_COUNT_MAX: Final = 20
VISIBLE_CHARACTERS: Final = 4
# After a send that certainly did not arrive; the last one repeats.
SEND_DELAYS: Final = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 3600))
LEASE_MARGIN: Final = timedelta(seconds=10)  # after a send's deadline nobody waits for it any more
ROUTE_DELAY: Final = timedelta(minutes=1)  # an open payout without attempt is routed again
RATE_TOLERANCE: Final = Decimal("0.01")  # of what an exchange should give: providers round


class PayoutState(StrEnum):
    REQUESTED = "requested"  # the money has left the earnings; screening happens here
    HELD = "held"  # kept back by us, with a reason the worker sees
    APPROVED = "approved"
    QUEUED = "queued"  # in a batch, or waiting for another one
    SENDING = "sending"  # intent and key are committed, no answer yet
    UNKNOWN = "unknown"  # nobody knows; ended by a look-up only
    PENDING = "pending"
    UNCLAIMED = "unclaimed"
    ON_HOLD = "on_hold"  # kept back by the provider
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    REFUNDED = "refunded"
    REVERSED = "reversed"


class AttemptState(StrEnum):
    PREPARED = "prepared"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    UNCLAIMED = "unclaimed"
    PAID = "paid"
    CANCELLED = "cancelled"
    FAILED = "failed"
    RETURNED = "returned"
    REFUNDED = "refunded"
    REVERSED = "reversed"
    REJECTED = "rejected"  # certainly not executed
    MISSING = "missing"  # the provider confirmed that it does not have it


class BatchState(StrEnum):
    PREPARED = "prepared"
    SENDING = "sending"
    SENT = "sent"
    CLOSED = "closed"  # nothing more to ask


class DestinationState(StrEnum):
    ACTIVE = "active"
    REMOVED = "removed"


class ClosedReason(StrEnum):
    """Why an attempt was certainly not executed."""

    WITHDRAWN = "withdrawn"  # by us, before anything was sent
    UNSUPPORTED = "unsupported"  # not by this provider: another one may
    BATCH_REFUSED = "batch_refused"  # because of another item
    INVALID = "invalid"  # because of its own destination
    MISSING = "missing"
    REFUSED = "refused"  # the provider said no, and does not have it
    RESOLVED = "resolved"  # people found out that it was not paid


class RunState(StrEnum):
    OPEN = "open"  # collected; people look at it
    RELEASED = "released"
    CANCELLED = "cancelled"  # its payouts wait for the next one


class FrozenReason(StrEnum):
    """Why an attempt takes no automatic step any more; staff decide."""

    MISMATCH = "mismatch"  # the provider moved another amount
    CONFLICT = "conflict"  # states that this provider cannot follow one another
    CLOSED_ATTEMPT_SEEN = "closed_attempt_seen"  # it may be paid twice
    MISSING_ITEM = "missing_item"  # gone from a batch that the provider has
    STEP_REFUSED = "step_refused"  # begun, and the provider does not go on with it


class Objection(StrEnum):
    """What a provider answered a send with that only look-ups can explain."""

    REFUSED = "refused"  # the batch as a whole, with no item named
    DUPLICATE = "duplicate"  # it says that it has had this reference before


class Verdict(StrEnum):
    """What people found out about an attempt."""

    PAID = "paid"
    NOT_PAID = "not_paid"
    RETURNED = "returned"


class ResolutionState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"


class Problem(StrEnum):
    """Public reasons on a payout; clients switch on them."""

    NO_ROUTE = "no_route"
    DESTINATION_COOLING_DOWN = "destination_cooling_down"  # it was added a short while ago
    DESTINATION_REMOVED = "destination_removed"  # before it was sent; it can only be cancelled
    DESTINATION_UNCONFIRMED = "destination_unconfirmed"  # the code of the letter is not given yet
    HELD_BY_MEMBER = "held_by_member"  # all of them, until the member says otherwise (C12)
    WAITS_FOR_RUN = "waits_for_run"
    AWAITS_RELEASE = "awaits_release"  # by two people
    SCREENING = "screening"  # people look at it
    SCREENING_DENIED = "screening_denied"  # nobody lets it out
    VERIFICATION_NEEDED = "verification_needed"  # the worker says who they are, then it goes on
    IDENTITY_REVIEW = "identity_review"  # people compare the worker with an entry of a list
    TAX_NOTICE = "tax_notice"  # the tax office doubts the worker's number; they answer
    PROVIDER_REFUSED = "provider_refused"
    IN_DOUBT = "in_doubt"  # an earlier attempt may have arrived after all
    DESTINATION_INVALID = "destination_invalid"
    PROVIDER_DECLINED = "provider_declined"
    RETURNED = "returned"


_P = PayoutState
AT_PROVIDER: Final = frozenset({_P.PENDING, _P.UNCLAIMED, _P.ON_HOLD})
CREDITED: Final = frozenset({_P.FAILED, _P.CANCELLED, _P.RETURNED, _P.REFUNDED, _P.REVERSED})
BOUNCED: Final = frozenset({_P.RETURNED, _P.REVERSED})  # after it was paid: nobody kept it there
OPEN: Final = frozenset(_P) - CREDITED - {_P.PAID}  # their money is on `worker:payout`
CANCELLABLE: Final = frozenset({_P.REQUESTED, _P.HELD, _P.APPROVED, _P.QUEUED})
_AFTER_SEND: Final = AT_PROVIDER | {_P.PAID} | CREDITED

MOVES: Final[Mapping[PayoutState, frozenset[PayoutState]]] = {
    _P.REQUESTED: frozenset({_P.HELD, _P.APPROVED, _P.CANCELLED}),
    _P.HELD: frozenset({_P.APPROVED, _P.CANCELLED}),
    _P.APPROVED: frozenset({_P.QUEUED, _P.HELD, _P.CANCELLED}),
    _P.QUEUED: frozenset({_P.SENDING, _P.HELD, _P.CANCELLED, _P.FAILED}),
    _P.SENDING: _AFTER_SEND | {_P.UNKNOWN, _P.QUEUED},
    _P.UNKNOWN: _AFTER_SEND | {_P.QUEUED},  # queued: only after a confirmed "missing"
    _P.PENDING: _AFTER_SEND,
    _P.UNCLAIMED: _AFTER_SEND,
    _P.ON_HOLD: _AFTER_SEND,
    _P.PAID: frozenset({_P.RETURNED, _P.REFUNDED, _P.REVERSED}),
    # The money is back already. What follows is news, not money.
    _P.CANCELLED: frozenset({_P.FAILED, _P.RETURNED, _P.REFUNDED, _P.REVERSED}),
    _P.FAILED: frozenset({_P.RETURNED, _P.REFUNDED, _P.REVERSED}),
    _P.RETURNED: frozenset({_P.REFUNDED, _P.REVERSED}),
    _P.REFUNDED: frozenset({_P.REVERSED}),
    _P.REVERSED: frozenset(),
}

RANK: Final[Mapping[AttemptState, int]] = {
    AttemptState.PREPARED: 0,
    AttemptState.SENDING: 10,
    AttemptState.UNKNOWN: 20,
    AttemptState.ACCEPTED: 30,
    AttemptState.PENDING: 40,
    AttemptState.ON_HOLD: 50,
    AttemptState.UNCLAIMED: 60,
    AttemptState.PAID: 70,
    AttemptState.CANCELLED: 72,
    AttemptState.FAILED: 75,
    AttemptState.RETURNED: 80,
    AttemptState.REFUNDED: 90,
    AttemptState.REVERSED: 100,
}
NOT_DELIVERED: Final = frozenset({AttemptState.CANCELLED, AttemptState.FAILED})
NOT_EXECUTED: Final = frozenset({AttemptState.REJECTED, AttemptState.MISSING})
OPEN_AT_PROVIDER: Final = frozenset(
    {
        AttemptState.ACCEPTED,
        AttemptState.PENDING,
        AttemptState.ON_HOLD,
        AttemptState.UNCLAIMED,
    }
)
UNDECIDED: Final = OPEN_AT_PROVIDER | {
    AttemptState.PREPARED,
    AttemptState.SENDING,
    AttemptState.UNKNOWN,
}

_PAYOUT_OF_ATTEMPT: Final[Mapping[AttemptState, PayoutState]] = {
    AttemptState.PREPARED: PayoutState.QUEUED,
    AttemptState.ACCEPTED: PayoutState.PENDING,
    AttemptState.REJECTED: PayoutState.QUEUED,
    AttemptState.MISSING: PayoutState.QUEUED,
}


def may_move(*, source: PayoutState, target: PayoutState) -> bool:
    """The same state again is fine: providers repeat themselves."""
    return source is target or target in MOVES[source]


def payout_state(attempt: AttemptState) -> PayoutState:
    """What the last attempt makes of its payout."""
    return _PAYOUT_OF_ATTEMPT.get(attempt) or PayoutState(attempt.value)


def join(first: AttemptState, second: AttemptState) -> AttemptState:
    """The state after both observations, whichever came first: a join in a semilattice."""
    if AttemptState.PAID in (first, second) and (first in NOT_DELIVERED or second in NOT_DELIVERED):
        return AttemptState.RETURNED
    return first if RANK[first] >= RANK[second] else second


def merged(*, current: AttemptState, observed: ObservedState) -> AttemptState:
    """After a look-up, which reads the present: open states may move in any direction."""
    seen = AttemptState(observed.value)
    if current in OPEN_AT_PROVIDER and seen in OPEN_AT_PROVIDER:
        return seen
    return join(current, seen)


def conflict(
    *, current: AttemptState, observed: ObservedState, after_paid: frozenset[ObservedState]
) -> bool:
    """Whether this provider says something that its manifest rules out."""
    seen = AttemptState(observed.value)
    if current is AttemptState.PAID and RANK[seen] > RANK[AttemptState.PAID]:
        return observed not in after_paid
    if seen is AttemptState.PAID and current in NOT_DELIVERED:
        return ObservedState(current.value) not in after_paid
    return False


@dataclass(frozen=True, slots=True)
class AmountProblem:
    """`payable` of an inexact amount is the part that this provider can pay."""

    too_low: Money | None = None
    too_high: Money | None = None
    payable: Money | None = None


def amount_problem(*, amount: Money, limits: CurrencyLimits) -> AmountProblem | None:
    if amount.micros % minor_step(limits.exponent):
        return AmountProblem(payable=split_payable(amount, limits.exponent)[0])
    if amount < limits.minimum:
        return AmountProblem(too_low=limits.minimum)
    if amount > limits.maximum:
        return AmountProblem(too_high=limits.maximum)
    return None


def is_mismatch(*, sent: Money, observation: Observation) -> bool:
    """Whether the provider says that it moved or changed what cannot belong to `sent`.

    One side of an exchange is what we asked for; the other is what our balance there paid, or
    what arrived. A fee says nothing about the payment, however odd it is.
    """
    exchange, amount = observation.exchange, observation.amount
    amounts = {(sent.micros, sent.currency)}
    if exchange is not None:
        if not _is_exchange_of(sent, exchange):
            return True
        amounts |= {(each.micros, each.currency) for each in (exchange.source, exchange.target)}
    return amount is not None and (amount.micros, amount.currency) not in amounts


def bookable_fee(fee: Money | None) -> Money | None:
    """None for what no account holds: then the provider's statement has an open line for it."""
    return fee if fee is not None and is_bookable(fee) else None


def _is_exchange_of(sent: Money, exchange: Exchange) -> bool:
    source, target = exchange.source, exchange.target
    if source.currency == target.currency or sent not in (source, target) or exchange.rate <= 0:
        return False
    if source.currency not in EXPONENTS or not 0 < source.micros <= AMOUNT_MICROS_MAX:
        return False  # our books hold no account for it
    expected = source.micros * exchange.rate
    step = minor_step(EXPONENTS.get(target.currency, 0))
    return abs(target.micros - expected) <= max(Decimal(step), expected * RATE_TOLERANCE)


def delay_of(*, count: int, delays: Sequence[timedelta]) -> timedelta:
    """The wait after `count` tries; the last one repeats."""
    assert delays
    return delays[min(count, len(delays) - 1)]


def missing_counts_from(*, last_sent_at: datetime, manifest: PayoutManifest) -> datetime:
    """Before that, "missing" may only mean that the provider is not done yet."""
    return last_sent_at + manifest.send_deadline + manifest.lookup.settle_delay


def window_is_open(*, first_sent_at: datetime, now: datetime, manifest: PayoutManifest) -> bool:
    """Whether the same reference still pays once."""
    window = manifest.idempotency.window
    return window is None or now < first_sent_at + window - manifest.idempotency.margin


def items_digest(items: Iterable[tuple[str, Money, bytes]]) -> bytes:
    """Of what a batch pays to whom: (item_ref, amount, fingerprint of the destination)."""
    content = sorted(
        (item_ref, amount.micros, amount.currency, fingerprint.hex())
        for item_ref, amount, fingerprint in items
    )
    return hashlib.sha256(json.dumps(content).encode()).digest()


def destination_content(
    *, kind: str, country: str, currency: str, fields: Mapping[str, str]
) -> bytes:
    """Canonical text of a destination, for its fingerprint and the step-up bound to it."""
    content = [kind, country, currency, sorted(fields.items())]
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def sealed_context(destination_id: UUID) -> bytes:
    return f"destination:{destination_id}:fields".encode()


def payload_context(batch_id: UUID) -> bytes:
    return f"payout_batch:{batch_id}:payload".encode()


def masked(value: str) -> str:
    """Enough for its owner to recognise, too little for anybody else."""
    name, at, host = value.partition("@")
    if at:
        return f"{name[:1]}…@{host}"
    return f"…{value[-VISIBLE_CHARACTERS:]}" if len(value) > VISIBLE_CHARACTERS * 2 else "…"
