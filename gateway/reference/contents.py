"""What the schema says, in the shape in which pages show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    print_ast,
)
from graphql.utilities.get_default_value_ast import get_default_value_ast
from markupsafe import Markup

from gateway.reference.markdown import plain
from schema.auth import Auth
from schema.prices import price_of

ROOTS: Final = {
    "queries": ("Queries", "query_type"),
    "mutations": ("Mutations", "mutation_type"),
    "subscriptions": ("Subscriptions", "subscription_type"),
}
KINDS: Final[Mapping[type, str]] = {
    GraphQLObjectType: "Objects",
    GraphQLInterfaceType: "Interfaces",
    GraphQLUnionType: "Unions",
    GraphQLInputObjectType: "Inputs",
    GraphQLEnumType: "Enums",
    GraphQLScalarType: "Scalars",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One root field or one type; `words` is what the search looks through."""

    group: str
    name: str
    path: str
    description: str | None
    subject: Any
    is_deprecated: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Where a type is named: a field, an argument or an input field."""

    path: str
    text: str


@dataclass(frozen=True)
class Contents:
    schema: GraphQLSchema
    examples: Mapping[str, str] = field(default_factory=dict)  # by root field

    @cached_property
    def entries(self) -> Sequence[Entry]:
        return [*self._root_fields(), *self._types()]

    def _root_fields(self) -> Iterator[Entry]:
        for folder, (group, attribute) in ROOTS.items():
            root = getattr(self.schema, attribute)
            for name, field_ in sorted(root.fields.items()) if root else ():
                yield Entry(
                    group=group,
                    name=name,
                    path=f"/docs/{folder}/{name}",
                    description=field_.description,
                    subject=field_,
                    is_deprecated=field_.deprecation_reason is not None,
                    words=words(name, field_.description, *field_.args),
                )

    def _types(self) -> Iterator[Entry]:
        for kind, group in KINDS.items():
            for name, named in sorted(self.schema.type_map.items()):
                if isinstance(named, kind) and not name.startswith("__") and not self._root(named):
                    yield Entry(
                        group=group,
                        name=name,
                        path=type_path(name),
                        description=named.description,
                        subject=named,
                        is_deprecated=False,
                        words=words(name, named.description, *members(named)),
                    )

    def _root(self, named: GraphQLNamedType) -> bool:
        return named in {getattr(self.schema, attribute) for _, attribute in ROOTS.values()}

    @cached_property
    def uses(self) -> Mapping[str, Sequence[Use]]:
        """By type: who returns it, takes it, or is one of it."""
        found: dict[str, dict[Use, None]] = defaultdict(dict)
        for entry in self.entries:
            for label, kind in self._named_by(entry):
                found[get_named_type(kind).name][Use(path=entry.path, text=label)] = None
        return {name: list(uses) for name, uses in found.items()}

    def _named_by(self, entry: Entry) -> Iterator[tuple[str, Any]]:
        if isinstance(entry.subject, GraphQLField):
            yield entry.name, entry.subject.type
            for argument in entry.subject.args.values():
                yield entry.name, argument.type
            return
        for name, each in getattr(entry.subject, "fields", {}).items():
            yield f"{entry.name}.{name}", each.type
            for argument in getattr(each, "args", {}).values():
                yield f"{entry.name}.{name}", argument.type
        for union_member in getattr(entry.subject, "types", ()):
            yield entry.name, union_member

    def possible(self, named: GraphQLNamedType) -> Sequence[GraphQLNamedType]:
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return sorted(self.schema.get_possible_types(named), key=lambda each: each.name)
        return []

    def found(self, query: str) -> Sequence[Entry]:
        """Those whose words hold all of the query's."""
        wanted = query.lower().split()
        return [each for each in self.entries if all(word in each.words for word in wanted)]


def members(named: GraphQLNamedType) -> Iterator[str]:
    yield from getattr(named, "fields", {})
    yield from getattr(named, "values", {})


def words(name: str, description: str | None, *others: str) -> str:
    return " ".join([name, plain(description), *others]).lower()


def type_path(name: str) -> str:
    return f"/docs/types/{name}"


def type_link(kind: Any) -> Markup:
    """`[Campaign!]!` with `Campaign` as a link."""
    match kind:
        case GraphQLNonNull():
            return type_link(kind.of_type) + "!"
        case GraphQLList():
            return Markup("[{}]").format(type_link(kind.of_type))
        case _:
            return Markup('<a href="{}">{}</a>').format(type_path(kind.name), kind.name)


def is_one_of(named: GraphQLNamedType) -> bool:
    """Strawberry tells graphql-core nothing of `@oneOf`."""
    return bool(getattr(named.extensions.get("strawberry-definition"), "is_one_of", False))


def default_of(value: GraphQLArgument | GraphQLInputField) -> str | None:
    node = get_default_value_ast(value)
    return None if node is None else print_ast(node)


def cost_of(value: GraphQLField) -> str | None:
    """None for what costs the ordinary point."""
    price = price_of(value)
    if (price.weight, price.list_size) == (1, 1):
        return None
    points = "1 point" if price.weight == 1 else f"{price.weight} points"
    return points if price.list_size == 1 else f"{points}; at most {price.list_size} items"


def scopes_of(value: GraphQLField | GraphQLNamedType) -> Sequence[str]:
    definition = value.extensions.get("strawberry-definition")
    directives = getattr(definition, "directives", None) or ()
    return [scope for each in directives if isinstance(each, Auth) for scope in each.scopes]
