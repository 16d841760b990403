"""How documents and clients are named, and when nobody needs them any more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from re import fullmatch
from typing import Final

UNUSED_BEFORE_DROP: Final = timedelta(days=90)
USE_RECORDED_EVERY: Final = timedelta(hours=1)
TEXT_LENGTH_MAX: Final = 100_000
NAME: Final = r"[A-Za-z0-9._/+-]{1,64}"


@dataclass(frozen=True, slots=True, order=True)
class Client:
    """One release of one frontend."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


def client_named(name: str, version: str) -> Client | None:
    """None where either is no name: headers come from anybody."""
    is_good = fullmatch(NAME, name) is not None and fullmatch(NAME, version) is not None
    return Client(name, version) if is_good else None


def document_id_of(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def is_still_needed(*, added_at: datetime, last_used_at: datetime | None, now: datetime) -> bool:
    """A release that was never used may still be on its way to its users."""
    return max(added_at, last_used_at or added_at) > now - UNUSED_BEFORE_DROP
