"""Skills as clients may read them. What workers got for them is read by themselves alone."""

from __future__ import annotations

from typing import Final

from domain.reads import Entity, One, columns

SKILL: Final = Entity(
    name="Skill",
    source="from skill k",
    row="k",
    fields={
        **columns("name", "description", "valid_days", "retake_days", "attempt_max", "created_at"),
        "owner": One("Member", key="{row}.owner_id"),
    },
)
ENTITIES: Final = (SKILL,)
