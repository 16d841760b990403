"""What turns a password into something that may be stored. The gateway brings Argon2."""

from __future__ import annotations

from typing import Protocol


class PasswordHasher(Protocol):
    """Slow on purpose, so never called inside a transaction."""

    async def hash(self, password: str) -> str: ...

    async def matches(self, password: str, stored: str | None) -> bool:
        """Equally slow when nothing is stored, so that unknown members cannot be told apart."""
