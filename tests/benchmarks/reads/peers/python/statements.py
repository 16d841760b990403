"""The statements that peers without an object mapper share."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(os.environ.get("PEER_SQL", "."))


def _statement(name: str) -> str:
    path = FOLDER / f"{name}.sql"
    return path.read_text() if path.exists() else ""


CAMPAIGNS: Final = _statement("campaigns")
BOARD: Final = _statement("board")
ASSIGNMENTS: Final = _statement("assignments")
MEMBERS: Final = _statement("members")
RATINGS: Final = _statement("ratings")
CLAIM: Final = _statement("claim")


def grouped(
    keys: Sequence[Any], rows: Sequence[Mapping[str, Any]], *, key: str
) -> list[list[Mapping[str, Any]]]:
    """One list per key."""
    found: dict[Any, list[Mapping[str, Any]]] = {each: [] for each in keys}
    for row in rows:
        found[row[key]].append(row)
    return [found[each] for each in keys]
