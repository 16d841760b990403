"""How Stripe writes amounts; a wrong number of zeros is a wrong amount of money."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import EXPONENTS, Money, NotRepresentable, minor_step
from plugins.payments.stripe.currencies import (
    CURRENCIES,
    DEPOSIT_LIMITS,
    PAYOUT_LIMITS,
    money_of,
    written_amount,
)
from plugins.payments.stripe.simulator.books import decimals_of, micros_of, require_amount


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (Money(12_340_000, "USD"), 1234),
        (Money(12_000_000, "JPY"), 12),
        (Money(12_340_000, "KWD"), 12_340),  # three decimals, of which the last is 0
        (Money(12_000_000, "ISK"), 1200),  # two decimals, which are both 0
        (Money(500_000_000, "HUF"), 50_000),
    ],
)
def test_amounts_are_written_as_stripe_reads_them(money: Money, written: int) -> None:
    """By Stripe's own decimals, which are not always those of ISO 4217."""
    assert written_amount(money) == written
    assert money_of(written, money.currency.lower()) == money


@pytest.mark.parametrize(
    "money",
    [
        Money(12_345_000, "USD"),
        Money(500_000, "JPY"),
        Money(1_234_000, "KWD"),
        Money(500_000, "ISK"),
        Money(1, "EUR"),
    ],
)
def test_what_stripe_cannot_write_is_refused(money: Money) -> None:
    """Never rounded: the fraction stays on the balance, and the quote has said so."""
    with pytest.raises(NotRepresentable):
        written_amount(money)


def test_a_currency_without_a_row_is_never_guessed() -> None:
    """Two decimals would be a guess that is wrong by a hundred for some."""
    with pytest.raises(LookupError):
        money_of(100, "xpf")


def test_rows_are_data_with_a_source() -> None:
    """Finance sees where a row comes from, and that nobody has confirmed it yet."""
    assert CURRENCIES.keys() >= EXPONENTS.keys()
    for row in CURRENCIES.values():
        assert row.source.startswith("https://")
        assert row.paid <= row.written
        assert row.written == decimals_of(row.currency.lower())


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(1, 10**6))
def test_every_payable_amount_is_one_that_stripe_takes(currency: str, steps: int) -> None:
    """The simulator keeps its own lists; both must agree on every amount."""
    money = Money(steps * minor_step(CURRENCIES[currency].paid), currency)

    written = written_amount(money)

    assert require_amount(written, currency.lower()) == written
    assert micros_of(written, currency.lower()) == money.micros


def test_limits_hold_in_both_directions() -> None:
    """A deposit has a minimum of its own; neither limit has a fraction that cannot be paid."""
    for currency, limits in {**PAYOUT_LIMITS, **DEPOSIT_LIMITS}.items():
        written_amount(limits.minimum)
        written_amount(limits.maximum)
        assert PAYOUT_LIMITS[currency].minimum <= DEPOSIT_LIMITS[currency].minimum
