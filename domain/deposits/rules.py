"""What a deposit may become, and what is booked when. Pure functions only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.deposits.provider import DepositManifest, DepositObservation, ObservedDeposit
from domain.money import Money, minor_step
from domain.provider import CurrencyLimits

REFERENCE_LENGTH_MAX: Final = 140
URL_LENGTH_MAX: Final = 2_000
NOTE_LENGTH_MAX: Final = 1_000
# Between tries to announce a deposit to a provider that does not answer; the last one repeats.
CREATE_DELAYS: Final = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 3600))
# Between look-ups of a refund whose end nobody knows yet; the last one repeats.
REFUND_DELAYS: Final = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720))
# Look-ups of a refund that is done: a payer's bank may give it back weeks later.
REFUND_WATCH: Final = tuple(timedelta(days=each) for each in (1, 3, 7, 14, 30))
REFUND_HEARD_FOR: Final = timedelta(days=180)  # then its news is for people
SAID_LENGTH_MAX: Final = 140
DISPUTE_DELAY: Final = timedelta(hours=12)
OVERDUE_AFTER: Final = timedelta(minutes=1)
LEASE_MARGIN: Final = timedelta(seconds=10)  # after a call's deadline nobody waits for it any more
SETTLE_DELAY: Final = timedelta(minutes=5)  # before that "I do not have it" may only mean "not yet"
AGREEMENT_GAP: Final = timedelta(minutes=10)  # between two look-ups that both say so
# What was paid on the last day, before holidays, stands in a statement by then.
STATEMENT_DELAY: Final = timedelta(days=5)
NOT_PAID_IN_TIME: Final = "NOT_PAID_IN_TIME"
NEWS_GAP: Final = timedelta(seconds=30)  # between look-ups, however much news there is


class DepositState(StrEnum):
    INITIATED = "initiated"  # committed here, perhaps not known to the provider
    PENDING = "pending"
    SETTLED = "settled"  # the money is the employer's
    FAILED = "failed"
    EXPIRED = "expired"  # nobody paid in time
    MISMATCHED = "mismatched"  # something else arrived: two people decide
    UNDERPAID = "underpaid"  # less arrived: as above
    OVERPAID = "overpaid"  # more arrived: as above
    DISPUTED = "disputed"  # the payer's bank took it back, for now
    WON = "won"  # the dispute: the money is here again
    LOST = "lost"  # the dispute: the money is gone
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"


class RefundState(StrEnum):
    PREPARED = "prepared"  # the money is set aside, nothing was sent
    SENDING = "sending"
    UNKNOWN = "unknown"  # nobody knows; ended by a look-up only
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class ArrivalState(StrEnum):
    """What became of one payment of a payer."""

    COUNTED = "counted"  # it belongs to its deposit
    UNALLOCATED = "unallocated"  # nobody asked for it: two people decide
    CREDITED = "credited"  # to an employer
    SENT_BACK = "sent_back"  # to the payer, by hand
    OURS = "ours"  # our own money, such as a top-up


class Decision(StrEnum):
    """What two people may do with a frozen deposit."""

    CREDIT = "credit"  # what arrived, to the employer
    DISMISS = "dismiss"  # nothing is booked; the money is dealt with elsewhere


_S = DepositState
OPEN: Final = frozenset({_S.INITIATED, _S.PENDING})
FROZEN: Final = frozenset({_S.MISMATCHED, _S.UNDERPAID, _S.OVERPAID})
REFUNDABLE: Final = frozenset({_S.SETTLED, _S.WON, _S.PARTLY_REFUNDED})
CREDITED: Final = REFUNDABLE | {_S.DISPUTED, _S.LOST, _S.REFUNDED}  # once, and for ever
WATCHED: Final = CREDITED | FROZEN | {_S.EXPIRED}  # late payers pay after the end
ALLOCATIONS: Final = frozenset({ArrivalState.CREDITED, ArrivalState.SENT_BACK, ArrivalState.OURS})
MOVES: Final[Mapping[DepositState, frozenset[DepositState]]] = {
    _S.INITIATED: frozenset({_S.PENDING, _S.SETTLED, _S.FAILED, _S.EXPIRED}) | FROZEN,
    _S.PENDING: frozenset({_S.SETTLED, _S.FAILED, _S.EXPIRED}) | FROZEN,
    _S.SETTLED: frozenset({_S.DISPUTED, _S.PARTLY_REFUNDED, _S.REFUNDED}),
    _S.FAILED: frozenset({_S.MISMATCHED}),  # money came after all
    _S.EXPIRED: frozenset({_S.MISMATCHED}),
    _S.MISMATCHED: frozenset({_S.SETTLED, _S.FAILED}),
    _S.UNDERPAID: frozenset({_S.SETTLED, _S.FAILED, _S.OVERPAID}),  # the rest came
    _S.OVERPAID: frozenset({_S.SETTLED, _S.FAILED}),
    _S.DISPUTED: frozenset({_S.WON, _S.LOST}),
    _S.WON: frozenset({_S.DISPUTED, _S.PARTLY_REFUNDED, _S.REFUNDED}),
    _S.LOST: frozenset(),
    _S.PARTLY_REFUNDED: frozenset({_S.DISPUTED, _S.REFUNDED, _S.SETTLED}),
    _S.REFUNDED: frozenset({_S.PARTLY_REFUNDED, _S.SETTLED}),  # a refund failed late
}
_ENDS: Final[Mapping[ObservedDeposit, DepositState]] = {
    ObservedDeposit.FAILED: _S.FAILED,
    ObservedDeposit.EXPIRED: _S.EXPIRED,
}
_RULINGS: Final[Mapping[ObservedDeposit, DepositState]] = {
    ObservedDeposit.WON: _S.WON,
    ObservedDeposit.LOST: _S.LOST,
}
_REFUNDS: Final = frozenset({ObservedDeposit.REFUNDED, ObservedDeposit.PARTLY_REFUNDED})


def may_move(*, source: DepositState, target: DepositState) -> bool:
    """The same state again is fine: providers repeat themselves."""
    return source is target or target in MOVES[source]


def next_state(
    *,
    current: DepositState,
    observation: DepositObservation | None,
    asked: Money,
    unknown_refund: Money,
    was_disputed: bool = False,
    arrived: Money | None = None,
) -> DepositState:
    """One step towards what was observed; asked again it takes the next, until nothing moves.

    A status nobody knows changes nothing. What was missed in between is made up for: a
    deposit that is disputed when it is first looked at has settled before. `unknown_refund` is
    what the provider says was refunded, and we know nothing of; `arrived` is what came before.
    """
    if observation is None or observation.state is None:
        return current
    seen = observation.state
    if current in OPEN | FROZEN:
        is_open = current in OPEN
        return (
            _from_open(seen, observation, asked)
            if is_open
            else _from_frozen(current, observation, asked, arrived)
        )
    if current in (_S.FAILED, _S.EXPIRED):
        has_come = seen not in (*_ENDS, ObservedDeposit.PENDING, ObservedDeposit.APPROVED)
        return _S.MISMATCHED if has_come else current
    if current is _S.DISPUTED:
        is_given_up = seen in _REFUNDS  # the claim was accepted: the money stays away
        return _S.LOST if is_given_up else _RULINGS.get(seen, current)
    if current in REFUNDABLE:
        return _from_settled(current, seen, unknown_refund, was_disputed=was_disputed)
    return current


def _from_open(
    seen: ObservedDeposit, observation: DepositObservation, asked: Money
) -> DepositState:
    if seen in (ObservedDeposit.PENDING, ObservedDeposit.APPROVED):
        return _S.PENDING
    return _ENDS.get(seen) or _arrived(observation, asked)


def _from_frozen(
    current: DepositState, observation: DepositObservation, asked: Money, arrived: Money | None
) -> DepositState:
    """Underpaid so far: the rest may come. What is not money of this deposit stays for people."""
    if current is _S.MISMATCHED or arrived is None or not has_grown(observation, arrived=arrived):
        return current
    target = _arrived(observation, asked)
    return target if target in MOVES[current] else current


def has_grown(observation: DepositObservation | None, *, arrived: Money | None) -> bool:
    """Whether the provider names more than it did before."""
    if observation is None or observation.state in (*_ENDS, None):
        return False
    amount = observation.amount
    if amount is None or (arrived is not None and amount.currency != arrived.currency):
        return False
    return arrived is None or arrived < amount


def net_of(
    observation: DepositObservation | None, *, dismissed: Money
) -> DepositObservation | None:
    """Without what two people have dismissed already; None when nothing else came."""
    amount = None if observation is None else observation.amount
    if observation is None or amount is None or amount.currency != dismissed.currency:
        return observation
    if dismissed.micros == 0:
        return observation
    rest = amount - dismissed
    return replace(observation, amount=rest) if rest.micros > 0 else None


def _from_settled(
    current: DepositState, seen: ObservedDeposit, unknown_refund: Money, *, was_disputed: bool
) -> DepositState:
    if seen is ObservedDeposit.DISPUTED:
        return _S.DISPUTED
    if seen is ObservedDeposit.WON:
        return current if was_disputed else _S.DISPUTED  # "won" is said for ever after
    if seen is ObservedDeposit.LOST:
        return _S.DISPUTED
    if seen is ObservedDeposit.REFUNDED and unknown_refund.micros > 0:
        return _S.REFUNDED
    if seen is ObservedDeposit.PARTLY_REFUNDED and unknown_refund.micros > 0:
        return _S.PARTLY_REFUNDED
    return current


def _arrived(observation: DepositObservation, asked: Money) -> DepositState:
    """Without an amount from the provider nobody has confirmed anything."""
    amount, fee = observation.amount, observation.fee
    if amount is None or amount.currency != asked.currency or amount.micros <= 0:
        return _S.MISMATCHED
    if fee is not None and not is_plausible_fee(fee, amount=amount):
        return _S.MISMATCHED
    if amount < asked:
        return _S.UNDERPAID
    return _S.OVERPAID if asked < amount else _S.SETTLED


def is_plausible_fee(fee: Money, *, amount: Money) -> bool:
    return fee.currency == amount.currency and 0 <= fee.micros < amount.micros


def unknown_refund(
    *, observation: DepositObservation | None, credited: Money, known: Money
) -> Money:
    """What the provider says it gave back beyond `known`, which counts ours under way too."""
    nothing = Money(0, credited.currency)
    if observation is None or observation.state not in _REFUNDS:
        return nothing
    said = observation.refunded
    if said is None:
        is_whole = observation.state is ObservedDeposit.REFUNDED
        said = credited if is_whole else nothing
    if said.currency != credited.currency or said <= known:
        return nothing
    return min(said, credited) - known


def look_up_delay(
    *,
    state: DepositState,
    look_up_count: int,
    watch_count: int,
    manifest: DepositManifest,
) -> timedelta | None:
    """When to ask again; None: no more, unless there is news."""
    if state in OPEN:
        return delay_of(count=look_up_count, delays=manifest.look_up_delays)
    if state is _S.DISPUTED:
        return DISPUTE_DELAY
    if state in WATCHED and watch_count < len(manifest.after_settled_delays):
        return manifest.after_settled_delays[watch_count]
    return None


def over_at(
    *, expires_at: datetime | None, started_at: datetime, manifest: DepositManifest
) -> datetime | None:
    """When nobody has paid, and nobody will; None: its provider says so itself."""
    if manifest.expires_after is None:
        return None
    return (expires_at or started_at + manifest.expires_after) + STATEMENT_DELAY


def window_is_open(*, first_at: datetime | None, now: datetime, manifest: DepositManifest) -> bool:
    """Whether the same reference still moves money once."""
    window = manifest.idempotency_window
    return first_at is None or window is None or now < first_at + window


def amount_fault(*, amount: Money, limits: CurrencyLimits) -> str | None:
    """Why this provider does not take the amount; None when it does."""
    if amount.micros % minor_step(limits.exponent):
        return f"at most {limits.exponent} decimals"
    if amount < limits.minimum:
        return f"at least {limits.minimum}"
    if amount > limits.maximum:
        return f"at most {limits.maximum} at once"
    return None


def delay_of(*, count: int, delays: Sequence[timedelta]) -> timedelta:
    """The wait after `count` tries; the last one repeats."""
    assert delays
    return delays[min(count, len(delays) - 1)]
