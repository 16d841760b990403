"""What came to a deposit's address, whatever strangers send there."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.deposits.provider import DepositRequest, ObservedDeposit
from domain.money import Money
from plugins.payments.crypto.deposits import observed
from plugins.payments.crypto.transactions import whole_micros_of

O = ObservedDeposit  # noqa: E741  # a table of observations
AT = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
ASKED = DepositRequest(
    deposit_ref="DZZ000000000001",
    amount=Money(100_000_000, "USD"),
    employer_id=UUID(int=1),
    reference="",
    return_url="",
    provider_ref="0xabc@17",
)
COIN = 10**18  # of a token with 18 decimals


@pytest.mark.parametrize(
    ("units", "is_over", "state", "micros"),
    [
        (0, False, O.PENDING, None),
        (0, True, O.EXPIRED, None),
        (1, False, O.PENDING, None),  # less than a micro is nobody's
        (1, True, O.EXPIRED, None),
        (99 * COIN, False, O.PENDING, None),
        (99 * COIN, True, O.SETTLED, 99_000_000),
        (100 * COIN, False, O.SETTLED, 100_000_000),
        (100 * COIN + 1, False, O.SETTLED, 100_000_000),
        (101 * COIN + 1, True, O.SETTLED, 101_000_000),
    ],
)
def test_dust_keeps_no_deposit_from_settling(
    units: int, *, is_over: bool, state: ObservedDeposit, micros: int | None
) -> None:
    """One unit sent by a stranger made the sum inexact, and the deposit was never seen again."""
    came = whole_micros_of(units, decimals=18)

    found = observed(ASKED, came=came, is_over=is_over, at=AT)

    assert found.state is state
    assert found.amount == (None if micros is None else Money(micros, "USD"))
    assert found.provider_ref == ASKED.provider_ref
