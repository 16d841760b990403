"""Members as clients may read them: id, country and since when, for everybody."""

from __future__ import annotations

from typing import Final

from domain.reads import Entity, columns

MEMBER: Final = Entity(
    name="Member",
    source="from member",
    row="member",
    fields=columns("country", "registered_at"),
)
