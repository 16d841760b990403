"""The headers of a request, read once: the front, the door and the log ask about the same few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

KEPT: Final = "headers_read"


def headers_of(scope: Any) -> Mapping[str, str]:
    """By their names in small letters; of what came twice the first, as the framework has it."""
    kept: Mapping[str, str] | None = scope["state"].get(KEPT)
    if kept is None:
        kept = scope["state"][KEPT] = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in reversed(scope["headers"])
        }
    return kept


def lines_of(scope: Any, name: bytes) -> list[str]:
    """All of one name: some proxies add a line each."""
    return [value.decode("latin-1") for each, value in scope["headers"] if each.lower() == name]
