"""The moment, ids and keys of one test; it makes members and money through operations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from domain.idempotency.rules import IdempotencyKey

EDGE_OF_SUMMER_TIME = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)


@dataclass
class World:
    """Ids count up from the test's own name: stable in snapshots, and no test meets another."""

    name: str
    now: datetime = EDGE_OF_SUMMER_TIME
    _counter: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def of(cls, name: str) -> World:
        return cls(name)

    def new_id(self) -> UUID:
        digest = hashlib.sha256(self.name.encode()).digest()
        return UUID(bytes=digest[:8] + next(self._counter).to_bytes(8, "big"))

    def new_token(self) -> str:
        return hashlib.sha256(f"{self.name} {next(self._counter)}".encode()).hexdigest()

    def key(
        self, actor_id: UUID, *, text: str | None = None, operation: str = "test", body: bytes = b""
    ) -> IdempotencyKey:
        return IdempotencyKey(
            actor_id=actor_id,
            operation=operation,
            key=text or f"key {next(self._counter)}",
            digest=hashlib.sha256(body).digest(),
        )

    def later(self, span: timedelta) -> datetime:
        return self.now + span
