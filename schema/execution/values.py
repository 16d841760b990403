"""What clients say as resolvers take it, and what rules and columns give as the answer holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, Final

import msgspec
from graphql import GraphQLEnumType, GraphQLList, GraphQLSchema, Undefined, get_nullable_type
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from schema.execution.levels import Unreadable
from schema.execution.plans import FieldPlan
from schema.scalars import decimal_text

SAID_MAX: Final = 32  # of one field
KEPT: Final = {str, int, bool, type(None), type(Undefined)}
PLAIN: Final = {"String", "Int", "Boolean", "ID", "CountryCode", "EmailAddress", "URL", "Cursor"}


def wishes(schema: GraphQLSchema, plan: FieldPlan, variables: VariableValues) -> dict[str, Any]:
    """The arguments of a field of ours, as its resolver takes them. Raises what Strawberry does.

    Lists are asked for with the same few filters again and again, so those are kept. What a
    mutation is told is not: it may be anybody's secret.
    """
    if plan.takes_plain or plan.parent is schema.mutation_type:
        return _understood(schema, plan, variables)
    key = tuple(variables.coerced.get(name, Undefined) for name in plan.variables)
    if not all(type(each) in KEPT or isinstance(each, Enum) for each in key):
        return _understood(schema, plan, variables)
    known = plan.said.get(key)
    if known is None:
        known = _understood(schema, plan, variables)
        if len(plan.said) < SAID_MAX:
            plan.said[key] = known
    return dict(known)


def _understood(
    schema: GraphQLSchema, plan: FieldPlan, variables: VariableValues
) -> dict[str, Any]:
    given = get_argument_values(plan.definition, plan.nodes[0], variables)
    if plan.takes_plain:
        return given
    ours = schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001  # as Strawberry finds it
    said: dict[str, Any] = convert_arguments(
        given,
        plan.strawberry_field.arguments,
        scalar_registry=ours.schema_converter.scalar_registry,
        config=ours.config,
    )
    return said


def names_of(kind: GraphQLEnumType) -> dict[str | None, Any]:
    """From what the database holds to what the client reads."""
    return {None: None} | {_stored(member): kind.serialize(member) for member in _members(kind)}


def each_of(found: Iterable[Any] | None, shown: Callable[[Any], Any]) -> list[Any] | None:
    return None if found is None else [shown(each) for each in found]


def items_of(text: str) -> Any:
    return msgspec.json.decode(text)


def shown_as(kind: Any) -> Callable[[Any], Any]:
    """What a rule gives, as the answer holds it."""
    inner = get_nullable_type(kind)
    if isinstance(inner, GraphQLList):
        one = shown_as(inner.of_type)
        return lambda values: None if values is None else [one(each) for each in values]
    if isinstance(inner, GraphQLEnumType):
        names = {each: inner.serialize(each) for each in _members(inner)}
        return lambda value: None if value is None else names[value]
    if inner.name == "Decimal":
        return _decimal
    if inner.name not in PLAIN:
        raise Unreadable(f"a rule as {inner.name}")
    return _as_it_is


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _as_it_is(value: Any) -> Any:
    return value


def _members(kind: GraphQLEnumType) -> Iterable[Any]:
    members: Iterable[Any] = kind.extensions["strawberry-definition"].wrapped_cls
    return members


def _stored(member: Any) -> str:
    return member.value if isinstance(member, StrEnum) else member.name
