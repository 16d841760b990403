"""Live sessions as their member may read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domain.access.queries import ENDS_AT, LIVE
from domain.access.rules import Method
from domain.reads import Entity, Leaf, Ruled, columns


def methods(names: Sequence[str]) -> list[Method]:
    return [Method(name) for name in names]


SESSION: Final = Entity(
    name="Session",
    source="from login_session s",
    row="s",
    visible=f"{{row}}.member_id = {{viewer}} and {LIVE}",
    fields={
        **columns("created_at", "last_seen_at"),
        "authenticated_with": Ruled(methods, ("{row}.authenticated_with",)),
        "expires_at": Leaf(ENDS_AT),
        "is_current": Leaf("coalesce({row}.id = {session}, false)"),
    },
)
ENTITIES: Final = (SESSION,)
