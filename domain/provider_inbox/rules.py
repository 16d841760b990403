"""When news is fresh, when it is tried again, and whether a line agrees with the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.money import Money
from domain.payouts.provider import FileReport, ObservedState
from domain.provider_news import LineKind

WEBHOOK_BYTES_MAX: Final = 1024 * 1024
WEBHOOK_WINDOW: Final = timedelta(seconds=300)  # both ways: clocks differ in both directions
EVENT_ID_LENGTH_MAX: Final = 255
NOTE_LENGTH_MAX: Final = 1_000
FILE_RETRY: Final = timedelta(minutes=5)  # of a confirmed file that could not be carried out
RAW_KEPT: Final = timedelta(days=90)  # then nobody replays it any more
RETRIED_FOR: Final = timedelta(days=30)  # what nobody was found for by then is for staff
# Between tries to find whom news is about; the last one repeats.
RETRY_DELAYS: Final = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720))
FILE_BYTES_MAX: Final = 20 * 1024 * 1024
# Banks and providers book later than they tell, and we learn of a payment later than they book.
LINE_GRACE: Final = timedelta(days=2)
REPORT_GRACE: Final = timedelta(days=3)
LINES_LATE: Final = timedelta(minutes=30)  # a report is never complete up to this very moment


class EventState(StrEnum):
    RECEIVED = "received"
    MATCHED = "matched"  # a look-up was asked for
    UNMATCHED = "unmatched"  # of nothing we know; tried again
    IGNORED = "ignored"  # of a type that changes nothing
    UNREADABLE = "unreadable"  # genuine, but its provider fails to read it


class LineState(StrEnum):
    WAITING = "waiting"  # disagrees, but time may still heal it
    MATCHED = "matched"
    EXCEPTION = "exception"  # for people
    EXPLAINED = "explained"  # by people


class FileState(StrEnum):
    WAITING = "waiting"  # for a second person; nothing of it counts
    CONFIRMED = "confirmed"  # by that person; a job carries it out
    APPLIED = "applied"
    DECLINED = "declined"
    SUPERSEDED = "superseded"  # read again, for what was unclear in it


class Reason(StrEnum):
    """Why a line does not agree with the books."""

    UNKNOWN_REF = "unknown_ref"  # names nothing of ours
    NO_REF = "no_ref"  # names nothing at all
    AMOUNT_DIFFERS = "amount_differs"
    FEE_DIFFERS = "fee_differs"
    NOT_BOOKED_HERE = "not_booked_here"  # moved there, not with us
    BOOKED_TWICE = "booked_twice"  # moved there more than once


PROGRESS: Final = frozenset(
    {
        ObservedState.ACCEPTED,
        ObservedState.PENDING,
        ObservedState.ON_HOLD,
        ObservedState.UNCLAIMED,
    }
)
ENDING: Final = frozenset(ObservedState) - PROGRESS
HEALED_BY_TIME: Final = frozenset({Reason.NOT_BOOKED_HERE, Reason.FEE_DIFFERS})
MOVING: Final = frozenset({LineKind.PAYOUT, LineKind.RETURN, LineKind.REVERSAL, LineKind.DEPOSIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOutcome:
    """What a file says of payments, added up by what we sent: the first thing to compare."""

    state: ObservedState
    count: int
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class FileArrivals:
    """What a file says came to our account; `named_count` name a deposit of ours."""

    count: int
    named_count: int
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A stored line, as far as its agreement with the books goes."""

    id: UUID
    kind: LineKind
    amount: Money
    booked_at: datetime
    received_at: datetime
    is_settled: bool  # matched or explained already


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What our books say of one attempt or deposit at this instance; what left us is below zero.

    `moved` is without fees, `fee` is above zero. `asked` is what it was all about.
    """

    asked: Money
    moved: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class Verdict:
    state: LineState
    reason: Reason | None = None


MATCHED: Final = Verdict(LineState.MATCHED)


def needs_second(report: FileReport) -> bool:
    """Whether more than progress is told: what ends a payment and what arrived move money, and
    lines are what our books are held against.
    """
    said = [*(each.state for each in report.items), *(each.state for each in report.batches)]
    return bool(report.lines or report.arrivals) or any(state in ENDING for state in said)


def content_context(file_id: UUID) -> bytes:
    return f"provider_file:{file_id}:content".encode()


def is_fresh(*, signed_at: datetime | None, received_at: datetime) -> bool:
    """A provider that signs no time is held by its event ids alone."""
    return signed_at is None or abs(received_at - signed_at) <= WEBHOOK_WINDOW


def retry_at(*, received_at: datetime, try_count: int, now: datetime) -> datetime | None:
    """When an unmatched event is tried again; None when it is left to people."""
    if now - received_at >= RETRIED_FOR:
        return None
    return now + RETRY_DELAYS[min(try_count, len(RETRY_DELAYS) - 1)]


def verdicts(*, lines: Sequence[Line], booked: Booked, now: datetime) -> dict[UUID, Verdict]:
    """Of the open lines among all that are about one attempt, batch or deposit.

    Their sum counts, not their order. What is settled stays so; the others are at fault.
    """
    moving = sorted((each for each in lines if each.kind in MOVING), key=_order)
    fees = sorted((each for each in lines if each.kind is LineKind.FEE), key=_order)
    found = _judged(moving, _reason_of_moves(moving, booked), now)
    return found | _judged(fees, _reason_of_fees(fees, booked), now)


def waited(
    *, reason: Reason, received_at: datetime, now: datetime, may_heal: bool = False
) -> Verdict:
    """What time may heal is no exception before it had that time."""
    if (may_heal or reason in HEALED_BY_TIME) and now - received_at < LINE_GRACE:
        return Verdict(LineState.WAITING, reason)
    return Verdict(LineState.EXCEPTION, reason)


def _judged(lines: Sequence[Line], reason: Reason | None, now: datetime) -> dict[UUID, Verdict]:
    open_ones = [each for each in lines if not each.is_settled]
    if reason is None:
        return {each.id: MATCHED for each in open_ones}
    if reason is Reason.BOOKED_TWICE and len(open_ones) == len(lines):
        first, *others = open_ones  # one of them was meant
        return {first.id: MATCHED, **_all(others, reason, now)}
    return _all(open_ones, reason, now)


def _all(lines: Sequence[Line], reason: Reason, now: datetime) -> dict[UUID, Verdict]:
    return {each.id: waited(reason=reason, received_at=each.received_at, now=now) for each in lines}


def _reason_of_moves(lines: Sequence[Line], booked: Booked) -> Reason | None:
    if any(each.amount.currency != booked.moved.currency for each in lines):
        return Reason.AMOUNT_DIFFERS
    said = sum(each.amount.micros for each in lines)
    asked = booked.asked.micros
    if said == booked.moved.micros:
        return None
    if said in (0, asked):
        return Reason.NOT_BOOKED_HERE
    count, rest = divmod(said, asked)
    return Reason.BOOKED_TWICE if rest == 0 and count > 1 else Reason.AMOUNT_DIFFERS


def _reason_of_fees(lines: Sequence[Line], booked: Booked) -> Reason | None:
    if any(each.amount.currency != booked.fee.currency for each in lines):
        return Reason.FEE_DIFFERS
    said = -sum(each.amount.micros for each in lines)
    return None if said == booked.fee.micros else Reason.FEE_DIFFERS


def _order(line: Line) -> tuple[datetime, UUID]:
    return line.booked_at, line.id
