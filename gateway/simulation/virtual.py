"""Time, ids and chance of a simulated marketplace: all of them follow from the seed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Final
from uuid import UUID

from domain.idempotency.rules import IdempotencyKey

# Later than any real clock that reads this: what has an earlier time has not asked for it.
START: Final = datetime(2040, 1, 2, tzinfo=UTC)


@dataclass
class Virtual:
    """What operations are given. The same seed gives the same answers in the same order."""

    seed: int
    now: datetime = START
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)  # noqa: S311  # reproducible on purpose
        self._numbers = count(1)

    def clock(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """Since the beginning, for what measures how long something takes or waits."""
        return (self.now - START).total_seconds()

    def move_to(self, moment: datetime) -> None:
        """Time never runs backwards."""
        self.now = max(self.now, moment)

    def new_id(self) -> UUID:
        """Ordered as real ones are: by the millisecond, then by when it was asked for."""
        milliseconds = int(self.now.timestamp() * 1000)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62 | next(self._numbers))

    def new_token(self) -> str:
        return hashlib.sha256(f"{self.seed} {next(self._numbers)}".encode()).hexdigest()

    def key(self, actor_id: UUID, operation: str, body: str = "") -> IdempotencyKey:
        """A new wish; who repeats it keeps the key."""
        return IdempotencyKey(
            actor_id=actor_id,
            operation=operation,
            key=f"wish {next(self._numbers)}",
            digest=hashlib.sha256(body.encode()).digest(),
        )
