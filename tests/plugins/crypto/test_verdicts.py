"""What the chain says of an item, and what that means."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest

from domain.payouts.provider import ObservedState
from plugins.guard import STATE_BYTES_MAX
from plugins.payments.crypto.chain import Facts, Head, Mined, Numbers
from plugins.payments.crypto.ethereum import SignedBytes
from plugins.payments.crypto.states import SIGNED_MAX, ItemState, Purpose, state_of
from plugins.payments.crypto.transactions import Fees
from plugins.payments.crypto.verdicts import Step, verdict_on
from tests.plugins.crypto.make import NOW

STUCK = timedelta(minutes=10)


def item_state(*purposes: Purpose, is_sent: bool = True) -> ItemState:
    state = ItemState(nonce=5, gas=60_000, signed=(), signed_at=NOW)
    for number, purpose in enumerate(purposes):
        state = state.and_signed(
            SignedBytes(raw="0x" + "ab" * 210, hash=f"0x{number:064x}"),
            purpose=purpose,
            fees=Fees(max_fee=10**11, tip=10**10),
            now=NOW,
        )
    hashes = frozenset(each.hash for each in state.signed)
    return state.with_sent(hashes) if is_sent else state


def test_what_the_core_keeps_comes_back_and_fits() -> None:
    """Also after the last bump that there may be, with the longest numbers."""
    state = replace(
        item_state(*[Purpose.PAYMENT] * SIGNED_MAX),
        cost={"gas_wei": "9" * 30, "gas_rate": "3000.00", "gas_rate_at": NOW.isoformat()},
    )

    assert state_of(state.kept()) == state
    assert len(json.dumps(state.kept()).encode()) <= STATE_BYTES_MAX


def numbers(*, count: int = 5, final_count: int | None = 5, base_fee: int = 10**9) -> Numbers:
    return Numbers(
        head=Head(number=200, base_fee=base_fee, at=NOW),
        final_number=136,
        count=count,
        final_count=final_count,
    )


def mined(*, block: int = 136, is_success: bool | None = True, is_canonical: bool = True) -> Facts:
    return Facts(
        mined=Mined(
            hash=f"0x{0:064x}",
            is_success=is_success,
            block_number=block,
            is_canonical=is_canonical,
            at=NOW,
            wei=1,
            logs=(),
        )
    )


POOL = Facts(pool=frozenset({f"0x{0:064x}"}))
PENDING = ObservedState.PENDING


class Row(NamedTuple):
    item: str
    facts: Facts
    seen: Numbers
    told: tuple[ObservedState | None, str, Step | None]
    is_late: bool = False


ROWS = (
    Row("payment", mined(), numbers(), (ObservedState.PAID, "FINAL", None)),
    Row("void", mined(), numbers(), (ObservedState.CANCELLED, "VOIDED", None)),
    Row("payment", mined(block=137), numbers(), (PENDING, "MINED_NOT_FINAL", None)),
    Row("payment", mined(is_success=False), numbers(), (ObservedState.FAILED, "REVERTED", None)),
    Row(
        "payment", mined(block=137, is_success=False), numbers(), (PENDING, "MINED_NOT_FINAL", None)
    ),
    Row("payment", mined(is_canonical=False), numbers(), (PENDING, "REORGANIZED", None)),
    Row("payment", mined(is_success=None), numbers(), (None, "UNKNOWN_STATUS", None)),
    Row("payment", POOL, numbers(), (PENDING, "IN_POOL", None)),
    Row("payment", POOL, numbers(), (PENDING, "STUCK", Step.BUMP), is_late=True),
    Row("payment", POOL, numbers(count=3), (PENDING, "QUEUED_BEHIND_3", None), is_late=True),
    Row(
        "payment",
        POOL,
        numbers(count=3, base_fee=10**12),
        (PENDING, "STUCK", Step.BUMP),
        is_late=True,
    ),
    Row("replaced", POOL, numbers(), (PENDING, "REPLACEMENT_NOT_SENT", Step.BUMP), is_late=True),
    Row("cancelled", POOL, numbers(), (PENDING, "REPLACEMENT_NOT_SENT", Step.VOID)),
    Row(
        "exhausted",
        Facts(pool=frozenset({f"0x{SIGNED_MAX - 1:064x}"})),
        numbers(),
        (PENDING, "STUCK_TOO_OFTEN", None),
        is_late=True,
    ),
    Row("payment", Facts(), numbers(), (PENDING, "DROPPED", Step.REBROADCAST)),
    Row("payment", Facts(), numbers(), (PENDING, "DROPPED", Step.REBROADCAST), is_late=True),
    Row(
        "payment",
        Facts(),
        numbers(base_fee=10**12),
        (PENDING, "DROPPED_UNDERPRICED", Step.BUMP),
        is_late=True,
    ),
    Row("unsent", Facts(), numbers(), (None, "MISSING", None), is_late=True),
    Row("unsent", Facts(), numbers(count=6), (PENDING, "NONCE_TAKEN_NOT_FINAL", None)),
    Row("payment", Facts(), numbers(count=6, final_count=6), (None, "FOREIGN_NONCE", None)),
    Row("unsent", Facts(), numbers(count=6, final_count=6), (None, "FOREIGN_NONCE", None)),
    Row(
        "payment",
        Facts(),
        numbers(count=6, final_count=None),
        (PENDING, "NONCE_TAKEN_NOT_FINAL", None),
        is_late=True,
    ),
    Row(
        "unsent", Facts(), numbers(count=5, final_count=None), (None, "MISSING", None), is_late=True
    ),
)


@pytest.mark.parametrize("row", ROWS)
def test_what_the_chain_says_is_what_we_say(row: Row) -> None:
    """The table of the design, row by row.

    Only what is missing may be sent as if for the first time, and only what is final is told
    as done.
    """
    item = {
        "payment": item_state(Purpose.PAYMENT),
        "void": item_state(Purpose.VOID),
        "unsent": item_state(Purpose.PAYMENT, is_sent=False),
        "replaced": item_state(Purpose.PAYMENT, Purpose.PAYMENT),
        "cancelled": item_state(Purpose.PAYMENT, Purpose.VOID),
        "exhausted": item_state(*[Purpose.PAYMENT] * SIGNED_MAX),
    }[row.item]
    now = NOW + STUCK if row.is_late else NOW

    verdict = verdict_on(item, row.facts, row.seen, stuck_after=STUCK, now=now)

    assert (verdict.state, verdict.code, verdict.step) == row.told
    assert verdict.is_missing is (verdict.code == "MISSING")
    assert verdict.wants_bump is (verdict.code in {"STUCK", "DROPPED_UNDERPRICED"})
