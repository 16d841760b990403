"""The cases of deposits: each deliberately wrong provider fails the case it is wrong in."""

from __future__ import annotations

import inspect

import pytest

from plugins.conformance import DepositConformance
from plugins.conformance.cases import CASES
from tests.plugins.paypal.test_conformance import TestPayPalDeposits as _PayPalSuite
from tests.plugins.test_conformance_suite import failures_of
from tests.plugins.wrong_deposits import WRONG_DEPOSITS, WrongDeposits


@pytest.mark.parametrize("wrong", WRONG_DEPOSITS, ids=lambda wrong: f"{wrong.case} {wrong.how}")
def test_a_wrong_deposit_provider_fails_its_case(wrong: WrongDeposits) -> None:
    """A suite that passes everybody is worth nothing; the right one passes in its own folder."""
    suite = type("Suite", (_PayPalSuite,), {"provider": wrong.provider})()

    assert failures_of(suite, wrong.case)


def test_there_is_a_wrong_provider_for_every_case_of_deposits() -> None:
    """A new case needs one, and a case without a test is none."""
    numbered = {number for number in CASES if number.startswith("D")}
    tested = {
        getattr(test, "conformance_case", ("",))[0]
        for _, test in inspect.getmembers(DepositConformance, inspect.isfunction)
    } - {""}

    assert tested == numbered
    assert {each.case for each in WRONG_DEPOSITS} == numbered
