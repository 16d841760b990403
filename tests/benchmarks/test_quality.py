"""What consensus and adaptive overlap reach on real crowd answers; `make bench`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console

from domain.quality.rules import Answer
from gateway.quality.command import show_trial
from gateway.replay.crowd import read_crowd
from tests.tidy.source import ROOT

FOLDER: Final[Path] = ROOT.parent / "shared" / "data" / "crowd"
PAGE: Final[Path] = ROOT / "docs" / "benchmarks" / "quality.md"
TARGETS: Final = """\
Targets: on the mozafari set (1,000 truths) `dawid_skene` >= 0.712 where `majority` gives 0.696,
and 40 % fewer answers than five a task at an accuracy of at least 0.696;
28,354 answers of the hitspam set in under 15 s.
"""

pytestmark = [
    pytest.mark.skipif(not os.environ.get("PIECERATE_BENCH"), reason="`make bench` runs it"),
    pytest.mark.skipif(not FOLDER.exists(), reason="the crowd answers are not beside the tree"),
    pytest.mark.timeout(3600),
]


def test_consensus() -> None:
    """The figures of docs/benchmarks/quality.md come from here."""
    said = Console(record=True, width=100)
    for folder in sorted(each for each in FOLDER.iterdir() if (each / "labels.tsv").exists()):
        truth = folder / "truth.tsv"
        crowd = read_crowd(folder / "labels.tsv", truth=truth if truth.exists() else None)
        said.print(folder.name)
        answers = [Answer(each.worker, each.task, each.label) for each in crowd.answers]
        show_trial(said, answers, crowd.truth)
    PAGE.write_text(
        "# Benchmark of quality control\n\n"
        "Written by `make bench`; nothing here is asserted by a test.\n"
        "`piecerate consensus LABELS --truth TRUTH` shows the same for any file of answers.\n\n"
        f"{TARGETS}\n```text\n{said.export_text()}```\n",
        encoding="utf-8",
    )
