"""The examples of `docs/operations`, which the tests send as frontends would copy them."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "docs" / "operations"


def example(name: str) -> str:
    return (FOLDER / f"{name}.graphql").read_text()
