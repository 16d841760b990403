"""Failure 32: amounts that a provider cannot express, and currencies without decimals.

Micros inside; what a provider gets is exact in its own smallest unit or refused, and what cannot
be paid stays on the balance.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import EXPONENTS, Money, split_payable, to_minor
from domain.payouts.operations import AmountNotPayable
from domain.payouts.rules import AmountProblem, amount_problem
from domain.provider import CurrencyLimits
from plugins.manager import BUILT_IN, load_plugins
from tests.make.online import OnlineHouse
from tests.make.payouts import eur, money_of, payout

SHIPPED = [
    (name, limits)
    for name, provider in load_plugins(list(BUILT_IN)).payouts.items()
    for limits in provider.manifest.currencies.values()
]


@given(which=st.sampled_from(SHIPPED), micros=st.integers(1, 10**13))
def test_exact_or_refused(which: tuple[str, CurrencyLimits], micros: int) -> None:
    """For every currency of every shipped provider: nothing is rounded, nothing is lost."""
    _, limits = which
    amount = Money(micros, limits.minimum.currency)

    payable, remainder = split_payable(amount, limits.exponent)
    problem = amount_problem(amount=amount, limits=limits)

    assert payable + remainder == amount
    assert 0 <= remainder.micros < 10 ** (6 - limits.exponent)
    assert to_minor(payable, limits.exponent) * 10 ** (6 - limits.exponent) == payable.micros
    is_whole = limits.minimum <= amount <= limits.maximum and not remainder.micros
    assert (problem is None) is is_whole
    if remainder.micros:
        assert problem == AmountProblem(payable=payable)


def exponents() -> Iterator[tuple[str, int]]:
    for _, limits in SHIPPED:
        yield limits.minimum.currency, limits.exponent


def test_no_provider_pays_finer_than_the_currency_is() -> None:
    """A provider may be coarser than ISO 4217; finer only where it settles in something else."""
    finer = {
        currency for currency, exponent in exponents() if exponent > EXPONENTS.get(currency, 2)
    }

    assert finer <= {"USD"}  # stablecoins have six decimals


@pytest.mark.asyncio
async def test_a_fraction_stays_on_the_balance(paypal: OnlineHouse) -> None:
    """Half a cent is refused with what could be paid; the rest is still there."""
    payee = await paypal.payee_called("worker", earnings="10.005")

    with pytest.raises(AmountNotPayable) as refused:
        await paypal.request(payee, "10.005")
    assert refused.value.payable == eur("10.00")
    payout_id = (await paypal.request(payee, "10.00")).payout_id
    batch_id = await paypal.route(payout_id)
    await paypal.send(batch_id)
    await paypal.look_up(batch_id)

    (effect,) = paypal.simulator.effects()
    assert (effect.amount_micros, (await payout(payout_id)).amount) == (10_000_000, eur("10.00"))
    assert await money_of(payee.id) == (eur("0.005"), eur("0"))
