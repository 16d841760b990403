"""Twenty marketplaces on a virtual clock, a month each; `make campaign`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.gateway.test_simulation import simulated

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("PIECERATE_CAMPAIGN"), reason="long: `make campaign` runs it"
    ),
    pytest.mark.timeout(3600),
]


@pytest.mark.parametrize("seed", range(1, 21))
def test_no_day_of_a_month_violates_anything(tmp_path: Path, seed: int) -> None:
    """Long enough for disputes to end, for unclaimed money to come back, for a month's papers.

    And for every machine to be moved: the moves that were taken, and those that nobody made, are
    part of what it prints.
    """
    size = ("--days", "30", "--members", "80")
    code, out = simulated(tmp_path, *size, "--seed", str(seed), seconds=3000)

    print(out)  # noqa: T201  # figures, for who runs a campaign
    assert code == 0, out
    assert "never moved: none" in out, out
