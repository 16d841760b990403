"""The real crowd, replayed while part after part of the marketplace is killed; `make campaign`.

`PIECERATE_CAMPAIGN_ROUNDS` says how many kills. Ten at most fall on one marketplace: its
launcher rightly gives up on what dies more than five times within a minute.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Final

import pytest

from tests.gateway.replay.crowds import CrowdFiles, expected_figures
from tests.gateway.replay.faults import Siege, Victim
from tests.gateway.replay.processes import (
    assert_books_agree,
    assert_paid_once,
    dsn_of,
    own_home,
    run,
    served,
)
from tests.tidy.source import ROOT

ROUNDS: Final = int(os.environ.get("PIECERATE_CAMPAIGN_ROUNDS", "10"))
ROUNDS_PER_SIEGE: Final = 10
FOLDER: Final[Path] = ROOT.parent / "shared" / "data" / "crowd" / "mozafari"
CROWD: Final = CrowdFiles(FOLDER / "labels.tsv", FOLDER / "truth.tsv")

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("PIECERATE_CAMPAIGN"), reason="long: `make campaign` runs it"
    ),
    pytest.mark.skipif(
        not CROWD.labels.exists(), reason=f"the real crowd answers are not in {FOLDER}"
    ),
    pytest.mark.timeout(3600),
]


def victims(*, rounds: int, seed: int) -> list[Victim]:
    """Everybody's turn comes equally often, in any order."""
    chance = random.Random(seed)  # noqa: S311  # an order, not a secret
    found: list[Victim] = []
    while len(found) < rounds:
        found += chance.sample(list(Victim), k=len(Victim))
    return found[:rounds]


@pytest.mark.parametrize("seed", range(-(-ROUNDS // ROUNDS_PER_SIEGE)))
def test_the_real_crowd_is_paid_once_whatever_is_killed(seed: int) -> None:
    """The totals are those of the file to the micro, the effects those that were wanted."""
    rounds = min(ROUNDS_PER_SIEGE, ROUNDS - seed * ROUNDS_PER_SIEGE)
    expected = expected_figures(CROWD)
    with own_home() as home, served(home) as launcher:
        siege = Siege(launcher, CROWD, answer_count=expected.answers, concurrency=8, seed=seed)

        siege.endure(victims(rounds=rounds, seed=seed))
        printed = siege.finish(seconds=900)

        print("\n".join(siege.log))  # noqa: T201  # what the round was
        assert printed.own == expected, siege.log
        assert_books_agree(dsn_of(home), printed)
        assert_paid_once(home, dsn_of(home), printed)
        audit = run("verify", seconds=300, PIECERATE_HOME=str(home))
        assert audit.returncode == 0, audit.stdout + audit.stderr
