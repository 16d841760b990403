"""Processor time of a tree, while processes in it end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.reads.trees import TICK, Stats, seconds, stats_now, tree


def fields(parent: int, *, used: int = 0, buried: int = 0) -> list[str]:
    return ["S", str(parent), *["0"] * 9, str(used), "0", str(buried), "0"]


BEFORE = {1: fields(0), 7: fields(1, used=5), 8: fields(7, used=40), 9: fields(7)}
COUNTED_TWICE = {**BEFORE, 7: fields(1, used=5, buried=40)}
LOST = {1: fields(0), 7: fields(1, used=5), 9: fields(7)}
AFTER = {**LOST, 7: fields(1, used=5, buried=40), 10: fields(9, used=1)}


@pytest.mark.parametrize("torn", [COUNTED_TWICE, LOST], ids=["twice", "not at all"])
def test_a_process_that_ends_meanwhile_is_counted_once(torn: Stats) -> None:
    """Else the database of a benchmark seems to use less than no time at all."""
    looks = iter([BEFORE, torn, AFTER, AFTER, AFTER])

    assert seconds(7, read=lambda: next(looks)) == pytest.approx(TICK * 46)


def test_a_tree_is_the_process_and_those_below() -> None:
    """Read from the kernel: this process is below its parent, and uses time."""
    own = Path("/proc/self").resolve().name

    assert int(own) in tree(int(stats_now()[int(own)][1]))
    assert seconds(int(own)) > 0
