"""A web worker keeps in memory what it serves with, and nothing of what other processes need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

# The queue's library, the composers of documents, pages that production does not serve, what
# colours a terminal, and what speaks to providers, of which the sandbox is none.
OF_OTHERS: Final = (
    "pgqueuer", "pydantic", "typst", "pikepdf", "lxml", "saxonche", "jinja2", "markdown_it",
    "rich", "requests", "urllib3", "stdnum", "prometheus_client",
)  # fmt: skip
ENVIRON: Final = {
    "DATABASE_URL": "postgresql://nowhere/none",
    "PIECERATE_ENV": "production",
    "PIECERATE_PUBLIC_URL": "http://127.0.0.1",
}
SCRIPT: Final = """
import sys
import gateway.web  # as granian finds it
from gateway.app import create_app
from gateway.settings import read_settings
create_app(read_settings())
print(*sys.modules)
"""


def test_a_web_worker_loads_nothing_of_other_processes(tmp_path: Path) -> None:
    """Every one of these was there once, 45 MiB together, in each worker."""
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(range(64)))
    secret.chmod(0o600)
    done = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, **ENVIRON, "PIECERATE_SECRET_KEY_FILE": str(secret)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(done.stdout.split())

    assert "gateway.graphql.door" in loaded
    assert loaded.isdisjoint(OF_OTHERS)
