"""Where a sealed value lies. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Place:
    """Table, row and column: the same bytes in another place do not open."""

    owner_table: str
    row_id: UUID
    field: str

    @property
    def context(self) -> bytes:
        return f"{self.owner_table}:{self.row_id}:{self.field}".encode()


@dataclass(frozen=True, slots=True)
class Shredded:
    """What the end of a person's keys left behind: nothing that opens."""

    keys: int
    values: int


def key_context(subject_id: UUID) -> bytes:
    """Of a wrapped data key: it opens for its own person only."""
    return f"data_key:{subject_id}".encode()
