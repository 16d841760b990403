"""What an operation takes from outside: the instant, fresh ids, randomness."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

Clock: TypeAlias = Callable[[], datetime]  # only where an operation spans an outside call
NewId: TypeAlias = Callable[[], UUID]  # version 7: rows made later sort later
NewToken: TypeAlias = Callable[[], str]  # 256 random bits, URL-safe


class Vault(Protocol):
    """Keeps personal fields unreadable in the database; the gateway holds the keys."""

    def seal(self, plaintext: bytes, *, context: bytes) -> bytes:
        """`context` names table, row and column: a blob moved elsewhere does not open."""

    def unseal(self, blob: bytes, *, context: bytes) -> bytes: ...

    def fingerprint(self, content: bytes) -> bytes:
        """32 bytes, equal for equal content, and useless without the key."""
