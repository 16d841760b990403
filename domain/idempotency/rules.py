"""What makes two requests the same wish."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """`digest` is SHA-256 of the canonical input without the key."""

    actor_id: UUID
    operation: str
    key: str
    digest: bytes
