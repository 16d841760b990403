"""The forms of Stripe's destinations, and the check that agrees with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from plugins.payments.stripe.connect import StripeConnect
from plugins.payments.stripe.destinations import (
    ACCOUNT_KIND,
    BANK_KIND,
    CONNECT_KINDS,
    PAYOUT_KINDS,
    RECIPIENT_KIND,
    problems_of,
)
from plugins.payments.stripe.global_payouts import StripePayouts
from tests.plugins.stripe.make import item_of

KINDS = {**PAYOUT_KINDS, **CONNECT_KINDS}


@pytest.mark.parametrize("kind", [RECIPIENT_KIND, BANK_KIND, ACCOUNT_KIND])
def test_a_good_one_has_no_problems(kind: str) -> None:
    """And its label is one of its fields."""
    destination = item_of(kind=kind).destination

    assert problems_of(KINDS, destination) == ()
    assert KINDS[kind].label_field in destination.fields


@pytest.mark.parametrize(
    ("kind", "fields", "codes"),
    [
        (RECIPIENT_KIND, {"recipient": "acct_"}, {"recipient": "malformed"}),
        (RECIPIENT_KIND, {"recipient": "acct_1\n"}, {"recipient": "malformed"}),
        (RECIPIENT_KIND, {"payout_method": "../../v1/transfers"}, {"payout_method": "malformed"}),
        (BANK_KIND, {"account_number": "12 34"}, {"account_number": "malformed"}),
        (BANK_KIND, {"swift_code": "ABC"}, {"swift_code": "malformed"}),
        (BANK_KIND, {"iban": "X"}, {"iban": "unknown"}),
        (ACCOUNT_KIND, {"account": "acct_1?x=1"}, {"account": "malformed"}),
    ],
)
def test_what_is_wrong_is_named(kind: str, fields: dict[str, str], codes: dict[str, str]) -> None:
    """Nothing reaches Stripe's addresses that is not a plain id."""
    problems = problems_of(KINDS, item_of(kind=kind, fields=fields).destination)

    assert {each.field: each.code for each in problems} == codes


def test_what_is_missing_is_named() -> None:
    """Optional fields are not asked for."""
    empty = replace(item_of(kind=BANK_KIND).destination, fields={})

    assert {each.field for each in problems_of(KINDS, empty)} == {"recipient", "account_number"}
    assert (
        problems_of(PAYOUT_KINDS, item_of(kind=ACCOUNT_KIND).destination)[0].code == "unknown_kind"
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("provider", "kind"), [(StripePayouts, RECIPIENT_KIND), (StripeConnect, ACCOUNT_KIND)]
)
async def test_the_check_works_before_anything_is_open(provider: Any, kind: str) -> None:
    """It is called while a member types: no call, no client."""
    assert await provider().check_destination(item_of(kind=kind).destination) == ()
