"""Finds our references in what others write. Pure."""

from __future__ import annotations

import re
from typing import Final

_FORM: Final = r"[A-Z]{2}[0-9A-HJKMNP-TV-Z]{12}"
_ITEM: Final = re.compile(f"P{_FORM}")
_BATCH: Final = re.compile(f"(B{_FORM})(-[0-9]+)?")
_DEPOSIT: Final = re.compile(rf"(?<![0-9A-Z])D{_FORM}(?![0-9A-Z])")
_CREDITOR: Final = re.compile(rf"RF([0-9]{{2}})(D{_FORM})")


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
    found: set[str] = set()
    for text in texts:
        written = (text or "").upper()
        found.update(_DEPOSIT.findall(written))
        # Payers copy it with and without the spaces that make it readable.
        for check, deposit_ref in _CREDITOR.findall("".join(written.split())):
            if _rest(f"{deposit_ref}RF{check}") == 1:
                found.add(deposit_ref)
    return found.pop() if len(found) == 1 else None


def creditor_reference(deposit_ref: str) -> str:
    """By ISO 11649: two digits guard against a slip of the payer's hand."""
    return f"RF{98 - _rest(f'{deposit_ref}RF00'):02}{deposit_ref}"


def in_fours(text: str) -> str:
    """As banks print it for people."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _rest(text: str) -> int:
    """Of the number that ISO 7064 makes of it, divided by 97."""
    return int("".join(str(int(each, 36)) for each in text)) % 97
