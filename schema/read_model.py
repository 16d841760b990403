"""Which of our types is read from which entity; every field is mapped, or says that it is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from domain.access import reads as access
from domain.assignments import reads as assignments
from domain.campaigns import reads as campaigns
from domain.consents import reads as consents
from domain.deposits import reads as deposits
from domain.disputes import reads as disputes
from domain.events import reads as events
from domain.invitations import reads as invitations
from domain.invoices import reads as invoices
from domain.ledger import reads as ledger
from domain.matching import reads as matching
from domain.members import reads as members
from domain.messages import reads as messages
from domain.notifications import reads as notifications
from domain.payouts import reads as payouts
from domain.ratings import reads as ratings
from domain.reads import Entity, Field, Listed, One, Paged
from domain.referrals import reads as referrals
from domain.rewards import reads as rewards
from domain.skills import reads as skills
from domain.tickets import reads as tickets
from domain.webhooks import reads as webhooks
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
    """`orders` by field, for pages; `written`: what the entity gives is shown by this function;
    `resolved` are the fields that only their resolvers answer.
    """

    entity: str
    tag: Tag
    orders: Mapping[str, Mapping[Any, Order[Any]]] = field(default_factory=dict)
    loaded: Mapping[str, Loaded] = field(default_factory=dict)
    written: Mapping[str, Callable[[Context, Any], Any]] = field(default_factory=dict)
    resolved: frozenset[str] = frozenset()


def _model() -> dict[str, Entity]:
    found = {
        each.name: each
        for aggregate in (
            access,
            assignments,
            campaigns,
            consents,
            deposits,
            disputes,
            events,
            invitations,
            invoices,
            ledger,
            matching,
            messages,
            notifications,
            payouts,
            ratings,
            referrals,
            rewards,
            skills,
            tickets,
            webhooks,
        )
        for each in aggregate.ENTITIES
    }
    for entity, told in (
        (members.MEMBER, ratings.TOLD_MEMBERS),
        (campaigns.CAMPAIGN, {**assignments.TOLD_CAMPAIGNS, **matching.TOLD_CAMPAIGNS}),
        (assignments.ASSIGNMENT, {**disputes.TOLD_ASSIGNMENTS, **rewards.TOLD_ASSIGNMENTS}),
    ):
        found[entity.name] = replace(entity, fields={**entity.fields, **told})
    return found


MODEL: Final[Mapping[str, Entity]] = _model()

# Filled by the module of each type, as the kinds of nodes are.
_MAPPED: Final[dict[str, Mapped]] = {}
_NAMES: Final[dict[Tag, list[str]]] = {}


# The member who asks: known with the request, before anything is read.
BY_RESOLVERS: Final = {"Suspension", "TaxForm", "Verification", "VerificationCheck", "Viewer"}


class Unmapped(Exception):
    """A type with an id, or a field of one, is neither mapped nor resolved: no start."""


def read_as(name: str, mapped: Mapped) -> None:
    assert name not in _MAPPED
    _MAPPED[name] = mapped
    _NAMES.setdefault(mapped.tag, []).append(name)


def mapped(name: str) -> Mapped | None:
    return _MAPPED.get(name)


def type_names_of(tag: Tag) -> Sequence[str]:
    """Of the objects whose ids begin so; none for those that only resolvers make."""
    return _NAMES.get(tag, ())


def check(schema: GraphQLSchema) -> None:
    """Raises `Unmapped` with the field's name and what to write."""
    node = schema.get_type("Node")
    assert isinstance(node, GraphQLInterfaceType)
    for kind in schema.get_possible_types(node):
        if kind.name not in _MAPPED.keys() | BY_RESOLVERS:
            raise Unmapped(
                f"{kind.name} is read from no entity: declare one in domain/*/reads.py and say"
                f" read_as({kind.name!r}, …) beside its node_kind, or name it in BY_RESOLVERS."
            )
    for name, each in _MAPPED.items():
        found = schema.get_type(name)
        assert isinstance(found, GraphQLObjectType), name
        _check_fields(found, each)
    for entity in MODEL.values():
        for what in _fields_in(entity):
            if isinstance(what, One | Listed | Paged) and what.target not in MODEL:
                raise Unmapped(f"{entity.name} points at {what.target!r}, which is no entity.")


def _check_fields(kind: GraphQLObjectType, each: Mapped) -> None:
    fields = MODEL[each.entity].fields_of(kind.name)
    ours = {
        definition.extensions["strawberry-definition"].python_name
        for definition in kind.fields.values()
    }
    known = {"id", *fields, *each.loaded, *each.resolved}
    for name in sorted(ours - known):
        raise Unmapped(
            f"{kind.name}.{name} is not mapped: give the entity {each.entity!r} a field of "
            f"this name in domain/*/reads.py, or name it in `resolved` of read_as({kind.name!r})."
        )
    for name in sorted(known - ours):
        raise Unmapped(f"{kind.name} has no field {name!r}, which is mapped.")
    for name in sorted(each.written.keys() - fields.keys()):
        raise Unmapped(f"{kind.name}.{name} is written, but the entity has no value for it.")
    for name, what in fields.items():
        if isinstance(what, Paged) and name not in each.orders:
            raise Unmapped(f"{kind.name}.{name} needs its orders in read_as({kind.name!r}).")


def _fields_in(entity: Entity) -> Iterator[Field]:
    yield from entity.fields.values()
    if entity.kinds is not None:
        for fields in entity.kinds.fields.values():
            yield from fields.values()
