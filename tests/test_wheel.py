"""What `pip install piecerate` brings: all that a checkout runs, and nothing else."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.tidy.source import ROOT

PACKAGES = ("piecerate", "gateway", "schema", "plugins", "domain", "migrations")


def test_a_wheel_has_every_file_that_a_checkout_runs(tmp_path: Path) -> None:
    """Partners write plugins against an installed Piecerate, and start it with them."""
    from hatchling.builders.wheel import WheelBuilder  # noqa: PLC0415  # slow, and needed here only

    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    found = {name for name in zipfile.ZipFile(built).namelist() if ".dist-info/" not in name}

    wanted = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert found == wanted | {"piccolo_conf.py"}
