"""Which of our types is read from which entity; every field is mapped, or says that it is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from graphql import GraphQLObjectType, GraphQLSchema

from domain.assignments import reads as assignments
from domain.campaigns import reads as campaigns
from domain.disputes import reads as disputes
from domain.members import reads as members
from domain.ratings import reads as ratings
from domain.reads import Entity, Paged
from schema.context import Context
from schema.ids import Tag
from schema.paging import Order

Load = Callable[[Context, Sequence[UUID]], Awaitable[Mapping[UUID, Any]]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A field that a loader answers, by the id of the row; `value` is what the field holds."""

    load: Load
    value: Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """`orders` by field, for pages; `resolved` are the fields that only their resolvers answer."""

    entity: str
    tag: Tag
    orders: Mapping[str, Mapping[Any, Order[Any]]] = field(default_factory=dict)
    loaded: Mapping[str, Loaded] = field(default_factory=dict)
    resolved: frozenset[str] = frozenset()


def _model() -> dict[str, Entity]:
    found = {
        each.name: each
        for each in (
            *campaigns.ENTITIES,
            *assignments.ENTITIES,
            *disputes.ENTITIES,
            *ratings.ENTITIES,
        )
    }
    for entity, told in (
        (members.MEMBER, ratings.TOLD_MEMBERS),
        (campaigns.CAMPAIGN, assignments.TOLD_CAMPAIGNS),
        (assignments.ASSIGNMENT, disputes.TOLD_ASSIGNMENTS),
    ):
        found[entity.name] = replace(entity, fields={**entity.fields, **told})
    return found


MODEL: Final[Mapping[str, Entity]] = _model()

# Filled by the module of each type, as the kinds of nodes are.
_MAPPED: Final[dict[str, Mapped]] = {}


class Unmapped(Exception):
    """A field of a type that is read from an entity is neither mapped nor resolved: no start."""


def read_as(name: str, mapped: Mapped) -> None:
    assert name not in _MAPPED
    _MAPPED[name] = mapped


def mapped(name: str) -> Mapped | None:
    return _MAPPED.get(name)


def type_name_of(tag: Tag) -> str | None:
    return next((name for name, each in _MAPPED.items() if each.tag is tag), None)


def check(schema: GraphQLSchema) -> None:
    """Raises `Unmapped` with the field's name and what to write."""
    for name, each in _MAPPED.items():
        kind = schema.get_type(name)
        assert isinstance(kind, GraphQLObjectType), name
        entity = MODEL[each.entity]
        ours = {
            definition.extensions["strawberry-definition"].python_name: definition
            for definition in kind.fields.values()
        }
        known = {"id", *entity.fields, *each.loaded, *each.resolved}
        for field_name in sorted(ours.keys() - known):
            raise Unmapped(
                f"{name}.{field_name} is not mapped: give the entity {entity.name!r} a field of "
                f"this name in domain/*/reads.py, or name it in `resolved` of read_as({name!r})."
            )
        for field_name in sorted(known - ours.keys()):
            raise Unmapped(f"{name} has no field {field_name!r}, which is mapped.")
        for field_name, what in entity.fields.items():
            if isinstance(what, Paged) and field_name not in each.orders:
                raise Unmapped(f"{name}.{field_name} needs its orders in read_as({name!r}).")
