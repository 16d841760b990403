"""What an operation takes from outside: the instant, fresh ids, randomness."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

Clock: TypeAlias = Callable[[], datetime]  # only where an operation spans an outside call
NewId: TypeAlias = Callable[[], UUID]  # version 7: rows made later sort later
NewToken: TypeAlias = Callable[[], str]  # 256 random bits, URL-safe


class Signer(Protocol):
    """Signs what leaves us, so that anybody can check where it is from."""

    key_id: str

    def sign(self, content: bytes) -> bytes: ...


class Vault(Protocol):
    """Keeps personal fields unreadable in the database; the gateway holds the keys."""

    def seal(self, plaintext: bytes, *, context: bytes) -> bytes:
        """`context` names table, row and column: a blob moved elsewhere does not open."""

    def unseal(self, blob: bytes, *, context: bytes) -> bytes: ...

    def fingerprint(self, content: bytes) -> bytes:
        """32 bytes, equal for equal content, and useless without the key."""

    def blind_index(self, field: str, content: bytes) -> bytes:
        """As a fingerprint, under a key of its own and per kind of field: finds equal values."""

    def newest_kek(self) -> int:
        """The key of the file that wraps what is new."""

    def new_data_key(self, *, key_context: bytes) -> tuple[int, bytes]:
        """A fresh key of one person, wrapped, and which key of the file wraps it."""

    def rewrap(self, wrapped: bytes, *, key_context: bytes) -> tuple[int, bytes]:
        """The same key of a person under the newest key of the file."""

    def seal_under(
        self, wrapped: bytes, plaintext: bytes, *, key_id: int, key_context: bytes, context: bytes
    ) -> bytes:
        """As `seal`, with a person's key: when that is destroyed, nothing opens it."""

    def unseal_under(
        self, wrapped: bytes, blob: bytes, *, key_id: int, key_context: bytes, context: bytes
    ) -> bytes: ...
