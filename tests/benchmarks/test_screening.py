"""How long it takes to hold a name against a long list; `make bench`. Prints, asserts little."""

from __future__ import annotations

import os
import random
import time

import pytest
from rich.console import Console
from rich.table import Table

from plugins.kyc.sanctions.entries import ListedKind, ListEntry
from plugins.kyc.sanctions.matching import Index, Sought
from plugins.kyc.sanctions.settings import SanctionsConfig
from tests.benchmarks.machine import load, machine

LISTED = int(os.environ.get("PIECERATE_BENCH_LISTED", "40000"))
SCREENED = 100
SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu"),
    *("na", "pe", "qi", "ro", "su", "ta", "ve", "wi", "xo", "yu", "za"),
)

pytestmark = [
    pytest.mark.skipif(not os.environ.get("PIECERATE_BENCH"), reason="`make bench` runs it"),
    pytest.mark.timeout(600),
]


def test_screening_against_a_long_list() -> None:
    """Invented names; each listed one is found when it is asked for."""
    chance = random.Random(20261122)  # noqa: S311  # the same names at each run

    def word() -> str:
        return "".join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, 4)))

    entries = [
        ListEntry(
            list_id="bench",
            entry_id=str(each),
            names=(f"{word()} {word()} {word()}",),
            kind=ListedKind.PERSON,
        )
        for each in range(LISTED)
    ]
    (row,) = SanctionsConfig().thresholds
    begun = time.process_time()
    index = Index(entries, thresholds=row.values())
    loaded = time.process_time() - begun
    asked = [f"{word()} {word()}" for _ in range(SCREENED)]
    asked += [each.names[0] for each in chance.sample(entries, SCREENED)]
    begun = time.process_time()
    found = [index.candidates(Sought(name=each)) for each in asked]
    screened = time.process_time() - begun

    each = screened / len(asked)
    table = Table("what", "processor time")
    table.add_row(f"{LISTED} listed names folded", f"{loaded:.1f} s")
    table.add_row("one name held against them", f"{each * 1000:.1f} ms")
    table.add_row(f"{LISTED} members held against them", f"{each * LISTED:.0f} s")
    Console().print(f"\nScreening, on {machine()}, load {load()}", table)
    assert all(found[SCREENED:])
