"""The interface of everything that has an id, and how objects are found by it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import strawberry

from schema.context import Context
from schema.execution.references import Reference
from schema.ids import Tag


@strawberry.interface(description="An object with an id that is unique in the whole API.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque id. Store it as text; do not take it apart."
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """How objects of one type are found, in batches and with the viewer's eyes."""

    load: Callable[[Context, Sequence[UUID]], Awaitable[Mapping[UUID, Any]]]
    show: Callable[[Any, Context], Node]


# Filled by the module of each type; so types may refer to each other without import cycles.
_KINDS: Final[dict[Tag, Kind]] = {}


def node_kind(
    tag: Tag,
    *,
    load: Callable[[Context, Sequence[UUID]], Awaitable[Mapping[UUID, Any]]],
    show: Callable[[Any, Context], Node],
) -> None:
    assert tag not in _KINDS
    _KINDS[tag] = Kind(load, show)


def kind_of(tag: Tag) -> Kind:
    return _KINDS[tag]


def has_kind(tag: Tag) -> bool:
    return tag in _KINDS


def shown(context: Context, tag: Tag, record: Any) -> Any:
    """The object of a record that the viewer was given."""
    return _KINDS[tag].show(record, context)


async def object_of(context: Context, tag: Tag, key: UUID | None) -> Any:
    """None when there is nothing, or nothing the viewer may see.

    While the level-by-level executor runs, a reference that it reads with all others.
    """
    if key is None:
        return None
    if context.batches is not None:
        return Reference(tag, key)
    return await seen_object(context, tag, key)


async def given_object(
    context: Context, tag: Tag, key: UUID, made: Callable[[], Awaitable[Any]]
) -> Any:
    """As `object_of`, for somebody who may see this one for another reason than its own rule."""
    return await made() if context.batches is None else Reference(tag, key, made)


async def objects_of(context: Context, tag: Tag, keys: Sequence[UUID]) -> list[Any]:
    """As `object_of`, of many."""
    if context.batches is not None:
        return [Reference(tag, key) for key in keys]
    return await asyncio.gather(*(seen_object(context, tag, key) for key in keys))


async def seen_object(context: Context, tag: Tag, key: UUID) -> Any:
    """The object itself, at once."""
    record = await context.load(_KINDS[tag].load, key)
    return None if record is None else _KINDS[tag].show(record, context)
