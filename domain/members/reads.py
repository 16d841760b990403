"""Members as clients may read them: id, country and since when, and the mark of the viewer."""

from __future__ import annotations

from typing import Final

from domain.reads import Entity, Leaf, columns

MEMBER: Final = Entity(
    name="Member",
    source="from member",
    row="member",
    fields={
        **columns("country", "registered_at"),
        "viewer_mark": Leaf(
            "(select k.mark from member_mark k"
            " where k.owner_id = {viewer} and k.member_id = {row}.id)"
        ),
    },
)
