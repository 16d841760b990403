"""Finds our references in what others write. Pure."""

from __future__ import annotations

import re
from typing import Final

_FORM: Final = r"[A-Z]{2}[0-9A-HJKMNP-TV-Z]{12}"
_ITEM: Final = re.compile(f"P{_FORM}")
_BATCH: Final = re.compile(f"(B{_FORM})(-[0-9]+)?")
_DEPOSIT: Final = re.compile(rf"(?<![0-9A-Z])D{_FORM}(?![0-9A-Z])")


def item_ref_of(text: str | None) -> str | None:
    found = (text or "").strip()
    return found if _ITEM.fullmatch(found) else None


def batch_ref_of(*texts: str | None) -> str | None:
    """Of the file's name or of a block inside it."""
    for text in texts:
        match = _BATCH.fullmatch((text or "").strip())
        if match is not None:
            return match[1]
    return None


def deposit_ref_in(*texts: str | None) -> str | None:
    """None when there are two: people decide which is meant."""
    found = {match for text in texts for match in _DEPOSIT.findall((text or "").upper())}
    return found.pop() if len(found) == 1 else None
