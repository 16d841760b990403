"""Each wrong provider fails in its own case and nowhere else; `make campaign`."""

from __future__ import annotations

import os

import pytest

from plugins.conformance.cases import CASES
from tests.plugins.test_conformance_suite import failures
from tests.plugins.wrong_providers import WRONG, Wrong

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("PIECERATE_CAMPAIGN"), reason="long: `make campaign` runs it"
    ),
    pytest.mark.timeout(600),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.case} {wrong.how}")
def test_a_wrong_provider_fails_nowhere_else(wrong: Wrong) -> None:
    """A case that fails for another reason than its own sends its author the wrong way."""
    others = [each for each in CASES if each.startswith("C") and each != wrong.case]

    failed = {number for number in others if failures(wrong, number)}

    assert failed <= wrong.also
