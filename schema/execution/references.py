"""What a resolver may answer instead of an object: what is to be read, not yet what is there.

While the level-by-level executor runs, rows are read for all that ask at a level, by a compiled
reading where there is one. graphql-core never sees these: `object_of` and `page_of` look first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.filters import Condition
from domain.paging import Count, Listing
from schema.ids import Tag


@dataclass(frozen=True, slots=True)
class Reference:
    """The object of this id, as far as the viewer may see it.

    With `made` as it is, whoever's it is; `made` gives it where no reading can.
    """

    tag: Tag
    key: UUID
    made: Callable[[], Awaitable[Any]] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PageOf:
    """A page of one list, `counted` when asked. `made` gives it where no reading can."""

    target: str  # the entity in the list
    listing: Listing
    parent_id: UUID
    arguments: tuple[object, ...]
    window: Any  # a `schema.paging.Window`
    where: Condition | None
    made: Callable[[], Awaitable[Any]]
    counted: Callable[[], Awaitable[Count]]
