"""The signed record: what it says, its one spelling, and how it is checked. Pure.

A signed record is a line of JSON: `key_id`, `record` and `signature`. What is signed are the bytes
of `record` in its one spelling: keys sorted, no blanks, ASCII. It holds no name and no employer.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

FORMAT: Final = "piecerate-reputation-1"
SIGNED_BYTES_MAX: Final = 100_000  # far more than any record has

# A public key and a signature of these bytes: whether they belong together.
Check = Callable[[bytes, bytes, bytes], bool]


class Flaw(StrEnum):
    NO_RECORD = "no_record"  # something else, or cut off
    OTHER_SPELLING = "other_spelling"  # the same values perhaps, but not the signed text
    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRecord:
    """Of all work in a category: what was approved, and what stayed rejected."""

    category: str
    good: int
    bad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reputation:
    issuer: str  # where this deployment is reached
    public_id: str  # as others see it in the API
    as_of: datetime
    categories: tuple[CategoryRecord, ...]
    level: int
    points: int
    star_counts: tuple[int, ...]  # of one star to five


def canonical(reputation: Reputation) -> bytes:
    """What is signed."""
    return _spelled(
        {
            "format": FORMAT,
            "issuer": reputation.issuer,
            "public_id": reputation.public_id,
            "as_of": reputation.as_of.isoformat(),
            "categories": {
                each.category: {"good": each.good, "bad": each.bad}
                for each in reputation.categories
            },
            "level": reputation.level,
            "points": reputation.points,
            "ratings": list(reputation.star_counts),
        }
    )


def signed_text(record: bytes, *, key_id: str, signature: bytes) -> str:
    """A line that `flaw_of` takes."""
    whole = {
        "key_id": key_id,
        "record": json.loads(record),
        "signature": b64encode(signature).decode(),
    }
    return _spelled(whole).decode() + "\n"


def flaw_of(text: bytes, *, keys: Mapping[str, bytes], check: Check) -> Flaw | None:
    """None where it was signed by one of the keys, to the last byte."""
    whole = _parsed(text)
    if whole is None:
        return Flaw.NO_RECORD
    if text != _spelled(whole) + b"\n":
        return Flaw.OTHER_SPELLING
    key = keys.get(whole["key_id"])
    if key is None:
        return Flaw.UNKNOWN_KEY
    try:
        signature = b64decode(whole["signature"], validate=True)
    except ValueError:
        return Flaw.WRONG_SIGNATURE
    is_ours = check(key, signature, _spelled(whole["record"]))
    return None if is_ours else Flaw.WRONG_SIGNATURE


def _parsed(text: bytes) -> dict[str, Any] | None:
    if len(text) > SIGNED_BYTES_MAX:
        return None
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(whole, dict) or whole.keys() != {"key_id", "record", "signature"}:
        return None
    record = whole["record"]
    is_text = isinstance(whole["key_id"], str) and isinstance(whole["signature"], str)
    if not is_text or not isinstance(record, dict) or record.get("format") != FORMAT:
        return None
    return whole


def _spelled(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
