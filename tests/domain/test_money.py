"""Money is exact: nothing rounds, nothing is lost, and currencies never mix."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import (
    AMOUNT_MICROS_MAX,
    EXPONENTS,
    MICROS_PER_UNIT,
    Money,
    NotRepresentable,
    amount_text,
    exponent_of,
    minor_step,
    share_micros,
    split_micros,
    split_payable,
    to_minor,
)

MICROS = st.integers(-AMOUNT_MICROS_MAX, AMOUNT_MICROS_MAX)
NOT_NEGATIVE = st.integers(0, AMOUNT_MICROS_MAX)
CURRENCIES = st.sampled_from(sorted(EXPONENTS))
BASIS_POINTS = st.integers(0, 10_000)


@given(MICROS, MICROS, CURRENCIES)
def test_adding_and_taking_away_are_exact(left: int, right: int, currency: str) -> None:
    """A float would lose micros of large sums."""
    total = Money(left, currency) + Money(right, currency)

    assert total.micros == left + right
    assert total - Money(right, currency) == Money(left, currency)
    assert -total == Money(-left - right, currency)


@given(MICROS, MICROS)
def test_order_is_the_order_of_micros(left: int, right: int) -> None:
    """All four comparisons agree with the integers."""
    assert (Money(left, "EUR") < Money(right, "EUR")) == (left < right)
    assert (Money(left, "EUR") >= Money(right, "EUR")) == (left >= right)


def test_currencies_never_mix() -> None:
    """Adding euros to dollars is a bug of ours, whatever the amounts."""
    euros, dollars = Money(0, "EUR"), Money(0, "USD")

    with pytest.raises(ValueError, match="cannot combine EUR with USD"):
        euros + dollars
    with pytest.raises(ValueError, match="cannot combine"):
        euros - dollars
    with pytest.raises(ValueError, match="cannot combine"):
        assert euros < dollars
    assert euros != dollars


@pytest.mark.parametrize("currency", ["eur", "EURO", "", "E R"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    """Anything else would make an account of its own."""
    with pytest.raises(AssertionError):
        Money(1, currency)


@given(MICROS, CURRENCIES)
def test_text_says_the_exact_amount(micros: int, currency: str) -> None:
    """Clients read the text back as a decimal and find the same micros."""
    money = Money(micros, currency)

    text = amount_text(money)

    assert Decimal(text) == money.amount == Decimal(micros) / MICROS_PER_UNIT
    assert "e" not in text.lower()
    decimals = len(text.partition(".")[2])
    assert EXPONENTS[currency] <= decimals <= max(6, EXPONENTS[currency])


@pytest.mark.parametrize(
    ("micros", "currency", "text"),
    [
        (0, "EUR", "0.00"),
        (50_000, "USD", "0.05"),
        (5_000, "USD", "0.005"),
        (-1, "EUR", "-0.000001"),
        (12_000_000, "JPY", "12"),
        (500_000, "JPY", "0.5"),
        (1_250_000, "KWD", "1.250"),
        (-55_950_000, "USD", "-55.95"),
    ],
)
def test_text_has_the_decimals_of_its_currency(micros: int, currency: str, text: str) -> None:
    """Two decimals for euros, none for yen, and more only where micros need them."""
    assert amount_text(Money(micros, currency)) == text
    assert str(Money(micros, currency)) == f"{text} {currency}"


@given(NOT_NEGATIVE, st.integers(0, 6))
def test_the_payable_part_and_the_rest_are_the_whole(micros: int, exponent: int) -> None:
    """What cannot be paid stays on the balance: nothing is rounded away."""
    payable, rest = split_payable(Money(micros, "EUR"), exponent)

    assert payable + rest == Money(micros, "EUR")
    assert 0 <= rest.micros < minor_step(exponent)
    assert to_minor(payable, exponent) * minor_step(exponent) == payable.micros


@given(MICROS, st.integers(0, 6))
def test_minor_units_are_exact_or_refused(micros: int, exponent: int) -> None:
    """A provider is never told another amount than the ledger's."""
    money = Money(micros, "EUR")
    if micros % minor_step(exponent):
        with pytest.raises(NotRepresentable):
            to_minor(money, exponent)
    else:
        assert to_minor(money, exponent) * minor_step(exponent) == micros


def test_an_unknown_currency_has_no_exponent() -> None:
    """Guessing two decimals would pay a hundredfold of some currencies."""
    assert exponent_of("JPY") == 0
    with pytest.raises(KeyError):
        exponent_of("XXX")


@given(st.integers(0, 10**15), BASIS_POINTS)
def test_a_share_is_rounded_half_up_to_a_micro(micros: int, basis_points: int) -> None:
    """Fees and VAT: never more than half a micro off."""
    share = share_micros(micros, basis_points)

    exact = Decimal(micros) * basis_points / 10_000
    assert -Decimal("0.5") < share - exact <= Decimal("0.5")
    assert 0 <= share <= micros


def test_the_worked_example_of_the_postings() -> None:
    """USD, reward 0.05, fee 10 %, VAT 19 % of the fee."""
    fee = share_micros(50_000, 1_000)
    vat = share_micros(fee, 1_900)

    assert (fee, vat) == (5_000, 950)
    assert 1_000 * (50_000 + fee + vat) == 55_950_000


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_parts_sum_to_the_whole(total: int, weights: list[int]) -> None:
    """Sharing out money makes none and loses none, and nobody is off by a whole micro."""
    parts = split_micros(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)
        assert weight or not part


def test_the_largest_remainder_gets_the_odd_micro() -> None:
    """Ties go to the first, so that the same split always comes out."""
    assert split_micros(10, [1, 1, 1]) == [4, 3, 3]
    assert split_micros(1, [1, 2]) == [0, 1]


def test_two_of_the_largest_amounts_fit_the_database() -> None:
    """What a transfer may move can be added to what is there, once at least."""
    assert 2 * AMOUNT_MICROS_MAX < 2**63
