"""The suite of verifiers itself: each wrong one fails the case it is wrong in."""

from __future__ import annotations

import inspect

import pytest

from piecerate.conformance import VerifierConformance
from plugins.conformance.cases import CASES
from tests.plugins.test_conformance_suite import runs
from tests.plugins.wrong_verifiers import WRONG, Wrong


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.case} {wrong.how}")
def test_a_wrong_verifier_fails_its_case(wrong: Wrong) -> None:
    """The right one passes in `tests/plugins/kyc`; who passes everybody is worth nothing."""
    suite = type("Suite", (wrong.suite,), {"provider": wrong.verifier})()
    failed = []
    for name, run in runs(suite, wrong.case):
        try:
            run()
        except pytest.skip.Exception:
            continue
        except (Exception, pytest.fail.Exception, ExceptionGroup) as error:  # noqa: BLE001  # however it fails
            failed.append(f"{name}: {error!r}")
            break
    assert failed


def test_there_is_a_wrong_verifier_for_every_case() -> None:
    """A new case needs one, and a case without a test is none."""
    numbered = {number for number in CASES if number.startswith("V")}
    tested = {
        getattr(test, "conformance_case", ("",))[0]
        for _, test in inspect.getmembers(VerifierConformance, inspect.isfunction)
    } - {""}

    assert tested == numbered
    assert {each.case for each in WRONG} == numbered
