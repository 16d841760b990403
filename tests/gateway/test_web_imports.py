"""A web worker keeps in memory what it serves with, and nothing of what other processes need."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

# The queue's library, the composers of documents, and pages that production does not serve.
OF_OTHERS: Final = (
    "pgqueuer", "pydantic", "typst", "pikepdf", "lxml", "saxonche", "jinja2", "markdown_it",
)  # fmt: skip
SCRIPT: Final = "import gateway.app, sys; print(*sys.modules)"


def test_a_web_worker_loads_nothing_of_other_processes() -> None:
    """Every one of these was there once, 35 MiB together, in each worker."""
    done = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())

    assert "gateway.graphql.door" in loaded
    assert loaded.isdisjoint(OF_OTHERS)
