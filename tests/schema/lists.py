"""Where every list of the API is, who sees it, and what can be asked of its items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from schema import schema

SUFFIX: Final = "Connection"
WINDOW: Final = "first: $first, after: $after, last: $last, before: $before"
OF_A_STATEMENT: Final = "balance: EARNINGS, currency: USD, "


@dataclass(frozen=True, slots=True)
class Place:
    """`%s` stands where the list is asked for; `arguments` are those it needs besides."""

    viewer: str
    around: str
    arguments: str = ""


OWN: Final = "viewer { %s }"
PLACES: Final[dict[str, Place]] = {
    "Query.campaigns": Place("worker", "%s"),
    "Member.ratings": Place("worker", "viewer { member { %s } }"),
    "Campaign.tasks": Place("employer", "viewer { campaigns(first: 2) { nodes { %s } } }"),
    "Campaign.assignments": Place("employer", "viewer { campaigns(first: 2) { nodes { %s } } }"),
    "Viewer.campaigns": Place("employer", OWN),
    "Viewer.assignments": Place("worker", OWN),
    "Viewer.campaignMatches": Place("newcomer", OWN),
    "Viewer.deposits": Place("employer", OWN),
    "Viewer.destinations": Place("worker", OWN),
    "Viewer.disputesAsEmployer": Place("employer", OWN),
    "Viewer.disputesAsWorker": Place("worker", OWN),
    "Viewer.documents": Place("worker", OWN),
    "Viewer.invitations": Place("worker", OWN),
    "Viewer.notifications": Place("worker", OWN),
    "Viewer.payouts": Place("worker", OWN),
    "Viewer.referrals": Place("worker", OWN),
    "Viewer.sessions": Place("worker", OWN),
    "Viewer.statement": Place("worker", OWN, OF_A_STATEMENT),
    "Viewer.tickets": Place("worker", OWN),
    "Viewer.threads": Place("worker", OWN),
    "Thread.messages": Place("worker", "viewer { threads(first: 2) { nodes { %s } } }"),
    "Viewer.webhookEndpoints": Place("employer", OWN),
    "WebhookEndpoint.deliveries": Place(
        "employer", "viewer { webhookEndpoints(first: 2) { nodes { %s } } }"
    ),
    "Finance.payouts": Place("finance", "finance { %s }"),
    "Finance.documents": Place("finance", "finance { %s }"),
}


def graph() -> GraphQLSchema:
    return schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B


def connection_fields() -> dict[str, GraphQLField]:
    return {
        f"{kind.name}.{name}": field
        for kind in graph().type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if get_named_type(field.type).name.endswith(SUFFIX)
    }


def node_type(place: str) -> GraphQLNamedType:
    kind = get_named_type(connection_fields()[place].type)
    assert isinstance(kind, GraphQLObjectType)
    return named(kind.fields["nodes"])


def selections(kind: GraphQLNamedType, *, depth: int) -> Iterator[str]:
    """One for all plain fields of the type, and one for each way down from it."""
    if not isinstance(kind, GraphQLObjectType):
        yield "__typename"
        return
    leaves = [name for name, field in kind.fields.items() if is_leaf_type(named(field))]
    yield " ".join(["__typename", *leaves])
    for name, field in kind.fields.items():
        if is_leaf_type(named(field)) or not depth:
            continue
        if named(field).name.endswith(SUFFIX):
            for inner in selections(node_type(f"{kind.name}.{name}"), depth=depth - 1):
                yield f"{name}(first: 2) {{ nodes {{ {inner} }} }}"
            yield f"{name}(first: 2) {{ totalCount }}"
        else:
            for inner in selections(named(field), depth=depth - 1):
                yield f"{name} {{ {inner} }}"


def named(field: GraphQLField) -> GraphQLNamedType:
    return get_named_type(field.type)


def orders(place: str) -> list[str]:
    """All that `orderBy` of the list can say, `""` for a list that takes none."""
    argument = connection_fields()[place].args.get("orderBy")
    if argument is None:
        return [""]
    kind = get_named_type(argument.type)
    assert isinstance(kind, GraphQLInputObjectType)
    by = get_named_type(kind.fields["field"].type)
    assert isinstance(by, GraphQLEnumType)
    return [
        f"orderBy: [{{ field: {field}, direction: {direction} }}], "
        for field in by.values
        for direction in ("ASC", "DESC")
    ]


def document(place: str, arguments: str, selection: str) -> str:
    where = PLACES[place]
    name = place.partition(".")[2]
    asked = where.around % f"{name}({where.arguments}{arguments}{WINDOW}) {{ {selection} }}"
    return f"query ($first: Int, $after: Cursor, $last: Int, $before: Cursor) {{ {asked} }}"


def pages_in(found: Any, name: str) -> Iterator[Any]:
    """The pages of this list in an answer, one for each parent."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key == name and value is not None:
                yield value
            else:
                yield from pages_in(value, name)
    elif isinstance(found, list):
        for each in found:
            yield from pages_in(each, name)
