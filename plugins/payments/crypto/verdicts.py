"""What the chain's facts mean for one item. Pure: nothing is read, signed or sent here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.payouts.provider import ObservedState
from plugins.payments.crypto.chain import Facts, Mined, Numbers
from plugins.payments.crypto.states import SIGNED_MAX, ItemState, Purpose

FINAL_CODES: Final = frozenset({"FINAL", "REVERTED", "VOIDED"})


class Step(StrEnum):
    """What `advance` is called with. Each of them broadcasts the newest transaction."""

    REBROADCAST = "REBROADCAST"
    BUMP = "BUMP"
    VOID = "VOID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`is_for_people`: the chain is final, and nothing of it is ours."""

    state: ObservedState | None
    code: str
    step: Step | None = None
    is_missing: bool = False
    is_for_people: bool = False
    wants_bump: bool = False  # sign one that pays more, then `step` broadcasts it


def verdict_on(
    item: ItemState, facts: Facts, numbers: Numbers, *, stuck_after: timedelta, now: datetime
) -> Verdict:
    """`numbers` were read before `facts`."""
    if facts.mined is not None:
        return _mined(item, facts.mined, numbers)
    is_late = now - item.signed_at >= stuck_after
    if facts.pool:
        return _pooled(item, facts, numbers, is_late=is_late)
    return _gone(item, numbers, is_late=is_late)


def _gone(item: ItemState, numbers: Numbers, *, is_late: bool) -> Verdict:
    """Neither mined nor in the pool."""
    if numbers.final_count is not None and numbers.final_count > item.nonce:
        return Verdict(state=None, code="FOREIGN_NONCE", is_for_people=True)
    if numbers.count > item.nonce:
        return Verdict(state=ObservedState.PENDING, code="NONCE_TAKEN_NOT_FINAL")
    if not item.was_sent:
        return Verdict(state=None, code="MISSING", is_missing=True)
    if is_late and _is_underpriced(item, numbers):
        return _bump(item, code="DROPPED_UNDERPRICED")
    return Verdict(state=ObservedState.PENDING, code="DROPPED", step=Step.REBROADCAST)


def _mined(item: ItemState, mined: Mined, numbers: Numbers) -> Verdict:
    if mined.is_success is None:
        return Verdict(state=None, code="UNKNOWN_STATUS")
    if not mined.is_canonical:
        return Verdict(state=ObservedState.PENDING, code="REORGANIZED")
    if numbers.final_number is None or mined.block_number > numbers.final_number:
        return Verdict(state=ObservedState.PENDING, code="MINED_NOT_FINAL")
    if not mined.is_success:
        return Verdict(state=ObservedState.FAILED, code="REVERTED")
    purpose = next(each.purpose for each in item.signed if each.hash == mined.hash)
    if purpose is Purpose.VOID:
        return Verdict(state=ObservedState.CANCELLED, code="VOIDED")
    return Verdict(state=ObservedState.PAID, code="FINAL")


def _pooled(item: ItemState, facts: Facts, numbers: Numbers, *, is_late: bool) -> Verdict:
    if item.newest.hash not in facts.pool:
        # A replacement that was signed and committed, but has not arrived.
        step = Step.VOID if item.newest.purpose is Purpose.VOID else Step.BUMP
        return Verdict(state=ObservedState.PENDING, code="REPLACEMENT_NOT_SENT", step=step)
    is_next = numbers.count == item.nonce
    if is_late and (is_next or _is_underpriced(item, numbers)):
        return _bump(item, code="STUCK")
    if not is_next:
        return Verdict(state=ObservedState.PENDING, code=f"QUEUED_BEHIND_{numbers.count}")
    return Verdict(state=ObservedState.PENDING, code="IN_POOL")


def _bump(item: ItemState, *, code: str) -> Verdict:
    if len(item.signed) >= SIGNED_MAX:
        return Verdict(state=ObservedState.PENDING, code=f"{code}_TOO_OFTEN")
    return Verdict(state=ObservedState.PENDING, code=code, step=Step.BUMP, wants_bump=True)


def _is_underpriced(item: ItemState, numbers: Numbers) -> bool:
    return item.newest.fees.max_fee < numbers.head.base_fee
