"""Documents about lists of plain columns, which the database can write."""

from __future__ import annotations

from random import Random
from typing import Final

from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from domain.reads import Amount, Leaf, Listed, One, Paged
from schema.read_model import MODEL, Mapped, mapped
from tests.schema.lists import PLACES, connection_fields

DEPTH: Final = 3
SIZE_MAX: Final = 6


def plain_list(seed: int) -> tuple[str, str]:
    """Who asks, and what."""
    random = Random(seed)  # noqa: S311  # no secret
    place = random.choice(sorted(PLACES))
    where = PLACES[place]
    connection = get_named_type(connection_fields()[place].type)
    assert isinstance(connection, GraphQLObjectType)
    asked = f"{where.arguments}first: {random.randint(1, SIZE_MAX)}"
    inner = page(connection, random, DEPTH)
    text = where.around % f"{place.partition('.')[2]}({asked}) {{ {inner} }}"
    return where.viewer, f"query {{ {text} }}"


def page(connection: GraphQLObjectType, random: Random, depth: int) -> str:
    node = get_named_type(connection.fields["nodes"].type)
    assert isinstance(node, GraphQLObjectType)
    names = random.choice(["", "__typename "]), random.choice(["nodes", "rows: nodes"])
    return f"{names[0]}{names[1]} {{ {fields(node, random, depth)} }}"


def fields(kind: GraphQLObjectType, random: Random, depth: int) -> str:
    known = mapped(kind.name)
    names = ["id", "__typename"]
    if known is not None:
        names = sorted(name for name in kind.fields if is_plain(kind, name, known))
    asked = [field(kind, name, random, depth) for name in random.sample(names, min(6, len(names)))]
    return " ".join(filter(None, asked)) or "__typename"


def field(kind: GraphQLObjectType, name: str, random: Random, depth: int) -> str:
    if name == "__typename":
        return name
    inner = get_named_type(kind.fields[name].type)
    if is_leaf_type(inner):
        return random.choice([name, f"as{name}: {name}"]) if name != "id" else name
    if depth == 0 or not isinstance(inner, GraphQLObjectType):
        return ""
    if inner.name.endswith("Connection"):
        return (
            f"{name}(first: {random.randint(1, SIZE_MAX)}) {{ {page(inner, random, depth - 1)} }}"
        )
    if mapped(inner.name) is None:
        return f"{name} {{ {' '.join(inner.fields)} }}"
    return f"{name} {{ {fields(inner, random, depth - 1)} }}"


def is_plain(kind: GraphQLObjectType, name: str, known: Mapped) -> bool:
    definition = kind.fields[name]
    if any(is_required_argument(each) for each in definition.args.values()):
        return False
    ours = definition.extensions["strawberry-definition"].python_name
    if ours == "id":
        return True
    if ours in known.loaded or ours in known.written:
        return False
    found = MODEL[known.entity].fields_of(kind.name).get(ours)
    return isinstance(found, Leaf | Amount | One | Listed | Paged)
