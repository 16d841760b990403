"""Draws documents that fit a schema, with their variables; a seed always draws the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_input_field,
)

DEPTH_MAX: Final = 6
FIELDS_MAX: Final = 60  # of one document
CONDITIONS_MAX: Final = 5
MOVING: Final = {"liveCursor", "resetAt"}  # another answer at every moment
Values = Mapping[str, Callable[[Random], Any]]


@dataclass
class Drawing:
    """One document in the making. `values` offers arguments by name, scalars by type."""

    random: Random
    schema: GraphQLSchema
    values: Values
    definitions: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    count: int = 0
    count_of_fields: int = 0
    count_of_conditions: int = 0

    def document(self) -> tuple[str, dict[str, Any]]:
        assert self.schema.query_type is not None
        body = self.selections(self.schema.query_type, 0)
        head = f"({', '.join(self.definitions)})" if self.definitions else ""
        return "\n".join([f"query Drawn{head} {body}", *self.fragments]), self.variables

    def selections(self, kind: Any, depth: int) -> str:
        if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
            return self.branches(kind, depth)
        names = [name for name, each in kind.fields.items() if self.may_enter(name, each, depth)]
        most = 4 if self.count_of_fields < FIELDS_MAX else 1
        chosen = self.some(names or ["__typename"], 1, most)
        chosen += self.some(chosen, 0, 2)  # equal keys merge
        parts = [self.wrapped(kind, self.field(kind, name, depth), depth) for name in chosen]
        if self.chance(6):
            parts.append("__typename")
        return "{ " + " ".join(parts) + " }"

    def branches(self, kind: Any, depth: int) -> str:
        possible = sorted(self.schema.get_possible_types(kind), key=lambda each: each.name)
        chosen = self.some(possible, 1, 4)
        inner = (f"... on {each.name} {self.selections(each, depth + 1)}" for each in chosen)
        own = "id " if "id" in getattr(kind, "fields", {}) else ""
        return "{ __typename " + own + " ".join(inner) + " }"

    def may_enter(self, name: str, definition: GraphQLField, depth: int) -> bool:
        if name in MOVING:
            return False
        is_deep = depth >= DEPTH_MAX or self.count_of_fields >= FIELDS_MAX
        return not is_deep or is_leaf_type(get_named_type(definition.type))

    def field(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        if name == "__typename":
            return name
        self.count_of_fields += 1
        definition = kind.fields[name]
        arguments = self.arguments(definition)
        needs_alias = bool(definition.args) or self.chance(5)  # equal keys need equal arguments
        alias = f"{self.fresh('a')}: " if needs_alias else ""
        inner = get_named_type(definition.type)
        below = "" if is_leaf_type(inner) else self.selections(inner, depth + 1)
        return f"{alias}{name}{arguments}{self.directive()} {below}"

    def wrapped(self, kind: GraphQLObjectType, selection: str, depth: int) -> str:
        is_node = any(each.name == "Node" for each in kind.interfaces)
        match self.random.randint(0, 7):
            case 0:
                return f"...{self.directive()} {{ {selection} }}"
            case 1:
                return f"... on {kind.name}{self.directive()} {{ {selection} }}"
            case 2:
                name = self.fresh("F")
                self.fragments.append(f"fragment {name} on {kind.name} {{ {selection} }}")
                return f"...{name}{self.directive()} ...{name}"
            case 3 if is_node and depth:
                return (
                    f"... on Node{self.directive()} {{ id ... on {kind.name} {{ {selection} }} }}"
                )
            case _:
                return selection

    def directive(self) -> str:
        if not self.chance(12) or self.count_of_conditions >= CONDITIONS_MAX:
            return ""
        self.count_of_conditions += 1
        name = self.random.choice(["skip", "include"])
        truth = self.schema.type_map["Boolean"]
        return f" @{name}(if: {self.value(GraphQLNonNull(truth), 'if')})"

    def arguments(self, definition: GraphQLField) -> str:
        unwanted = self.random.choice(["first", "last"])  # both at once are refused
        written = [
            f"{name}: {self.value(argument.type, name)}"
            for name, argument in definition.args.items()
            if isinstance(argument.type, GraphQLNonNull)
            or (name in self.values and name != unwanted and self.chance(3))
        ]
        return f"({', '.join(written)})" if written else ""

    def value(self, kind: Any, name: str) -> str:
        """A literal, or a variable that holds the value."""
        drawn = self.plain(kind, name)
        if self.chance(2):
            return literal(drawn, kind)
        variable = self.fresh("v")
        self.definitions.append(f"${variable}: {kind}")
        self.variables[variable] = drawn
        return f"${variable}"

    def plain(self, kind: Any, name: str) -> Any:
        inner = get_nullable_type(kind)
        if isinstance(inner, GraphQLList):
            return [self.plain(inner.of_type, name) for _ in range(self.random.randint(0, 3))]
        if isinstance(inner, GraphQLInputObjectType):
            return {
                key: self.plain(each.type, key)
                for key, each in inner.fields.items()
                if is_required_input_field(each)
            }
        if isinstance(inner, GraphQLEnumType):
            return self.random.choice(sorted(inner.values))
        return self.values[name if name in self.values else inner.name](self.random)

    def some(self, choices: Sequence[Any], least: int, most: int) -> list[Any]:
        return self.random.choices(choices, k=self.random.randint(least, most))

    def fresh(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def chance(self, one_in: int) -> bool:
        return self.random.randint(1, one_in) == 1


def literal(value: Any, kind: Any) -> str:
    inner = get_nullable_type(kind)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value if isinstance(inner, GraphQLEnumType) else f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(items_of(value, inner)) + "]"
    if isinstance(value, dict):
        items = (f"{key}: {literal(each, inner.fields[key].type)}" for key, each in value.items())
        return "{" + ", ".join(items) + "}"
    return str(value)


def items_of(value: list[Any], kind: Any) -> Iterator[str]:
    return (literal(each, kind.of_type) for each in value)


def document(seed: int, schema: GraphQLSchema, values: Values) -> tuple[str, dict[str, Any]]:
    return Drawing(Random(seed), schema, values).document()  # noqa: S311  # no secret
