"""Sums of documents: exact, whatever the prices, and fractions are never lost."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.invoices.rules import (
    NUMBER_MARKS,
    BillableGroup,
    DocumentKind,
    bill,
    document_exponent,
    document_number,
    number_prefix,
    vat_minor,
)
from domain.money import EXPONENTS, minor_step

EXPONENT = st.integers(0, 2)
GROUPS = st.lists(
    st.builds(
        BillableGroup,
        campaign_id=st.just(UUID(int=1)),
        title=st.just("cats"),
        count=st.integers(1, 5_000),
        unit_micros=st.integers(0, 3_000_000),
    ),
    min_size=1,
    max_size=6,
)


@given(st.lists(GROUPS, min_size=1, max_size=6), EXPONENT)
def test_billed_and_carried_are_all_work_over_many_documents(
    runs: list[list[BillableGroup]], exponent: int
) -> None:
    """The law of documents: nothing rounded, nothing lost, however often they are issued."""
    step, carry, billed, waiting = minor_step(exponent), 0, 0, 0
    for groups in runs:
        outcome = bill(groups=groups, carry_micros=carry, exponent=exponent)
        if outcome is None:
            waiting += sum(group.micros for group in groups)  # a real run would ask again
            continue
        carry = outcome.carry_micros
        billed += outcome.net_minor
        assert 0 <= carry < step
        assert outcome.net_minor == sum(line.net_minor for line in outcome.lines) > 0
        assert all(line.net_minor >= 0 for line in outcome.lines)

    total = sum(group.micros for groups in runs for group in groups)
    assert billed * step + carry + waiting == total


@given(GROUPS, EXPONENT, st.data())
def test_nothing_is_billed_below_a_minor_unit(
    groups: list[BillableGroup], exponent: int, data: st.DataObject
) -> None:
    """And as soon as there is one, it is."""
    step = minor_step(exponent)
    carry = data.draw(st.integers(0, step - 1))

    outcome = bill(groups=groups, carry_micros=carry, exponent=exponent)

    whole = carry + sum(group.micros for group in groups)
    assert (outcome is None) == (whole < step)


def test_fractions_make_a_line_of_their_own() -> None:
    """Two campaigns of 0.005: each bills its cents, and together they fill another one."""
    groups = [
        BillableGroup(campaign_id=UUID(int=n), title="t", count=3, unit_micros=5_000)
        for n in (1, 2)
    ]

    outcome = bill(groups=groups, carry_micros=2_500, exponent=2)

    assert outcome is not None
    assert [(line.campaign_id, line.net_minor) for line in outcome.lines] == [
        (UUID(int=1), 1),
        (UUID(int=2), 1),
        (None, 1),
    ]
    assert (outcome.net_minor, outcome.carry_micros) == (3, 2_500)


@given(st.integers(0, 10**15), st.integers(0, 10_000))
def test_vat_is_half_up_of_the_document(net_minor: int, basis_points: int) -> None:
    """The validators allow an error of a whole unit; we do not."""
    exact = Decimal(net_minor) * basis_points / 10_000

    assert vat_minor(net_minor=net_minor, basis_points=basis_points) == exact.quantize(
        Decimal(1), ROUND_HALF_UP
    )


@pytest.mark.parametrize(
    ("kind", "number"),
    [(DocumentKind.FEE_INVOICE, "DE-2026-000001"), (DocumentKind.SELF_BILL, "DE-S-2026-000001")],
)
def test_numbers_name_entity_kind_and_year(kind: DocumentKind, number: str) -> None:
    """Two kinds never share a number, since their prefixes differ."""
    prefix = number_prefix(code="DE", kind=kind)
    assert document_number(prefix=prefix, year=2026, sequence=1) == number
    assert len({number_prefix(code="DE", kind=each) for each in DocumentKind}) == len(NUMBER_MARKS)


def test_amounts_on_documents_have_two_decimals_at_most() -> None:
    """EN 16931 allows no more, although dinars have three."""
    assert {currency: document_exponent(currency) for currency in EXPONENTS} == {
        **dict.fromkeys(EXPONENTS, 2),
        "JPY": 0,
    }
