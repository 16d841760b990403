"""What the fuzzer cannot read from the SDL: the values of our scalars, and which answers are right.

Runs in the fuzzer's own environment; nothing of ours can be imported here.
"""

# mypy: ignore-errors
# mypy sees our environment, which has no schemathesis.

from __future__ import annotations

import json
import os
import re
import zlib
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import graphql
import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

SIZES: Final = ("first", "last")
SDL: Final = Path(os.environ["SDL"]).read_text()
ONE_OF: Final = set(re.findall(r"^input (\w+) @oneOf", SDL, re.MULTILINE))
IDS: Final[dict[str, list[str]]] = json.loads(os.environ["IDS"])  # by the kind of object
ONE_OF_REFUSED: Final = re.compile(r"^OneOf Input Object|^Field '\w+\.\w+' must be non-null")

# Right answers to what the fuzzer makes up: it knows neither scopes nor limits nor `@oneOf`.
EXPECTED: Final = {
    "FORBIDDEN",  # a role asks for what is another's
    "INVALID_ARGUMENT",  # two orders at once
    "INVALID_PAGE_SIZE",  # a page of -7 items, or both sizes
    "QUERY_TOO_DEEP",
    "QUERY_TOO_EXPENSIVE",
    "FILTER_TOO_COMPLEX",
    "DOCUMENT_TOO_LARGE",
}

texts = st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=1)
INSTANTS: Final = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001  # UTC
amounts = st.decimals(min_value=0, max_value=1_000, places=2)
SCALARS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "BigInt": st.integers(min_value=0, max_value=2**63 - 1).map(str),
    "CountryCode": st.sampled_from(["DE", "PH", "US", "IN"]),
    "Date": st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)).map(
        lambda day: day.isoformat()
    ),
    "DateTime": INSTANTS.map(lambda instant: f"{instant.isoformat()}Z"),
    "Decimal": amounts.map(str),
    "EmailAddress": texts.map(lambda text: f"{text[:60]}@example.org"),
    "URL": texts.map(lambda text: f"https://example.org/{text}"),
}
for scalar, values in SCALARS.items():
    schemathesis.graphql.scalar(scalar, values.map(nodes.String))
# Made-up cursors are refused, as they must be; tests/schema holds that.
schemathesis.graphql.scalar("Cursor", st.just(nodes.Null))


class Repair(graphql.Visitor):
    """Gives pages a size that they can have, `@oneOf` inputs one value, most ids an object."""

    def __init__(self, types: graphql.TypeInfo) -> None:
        super().__init__()
        self.types = types

    def enter_field(self, node: graphql.FieldNode, *_: Any) -> graphql.FieldNode | None:
        sizes = [each for each in node.arguments if each.name.value in SIZES]
        if not sizes:
            return None
        (kept, *_) = sorted(sizes, key=lambda each: isinstance(each.value, graphql.NullValueNode))
        others = [each for each in node.arguments if each not in sizes]
        return with_fields(node, arguments=(*others, sized(kept)))

    def leave_object_value(
        self, node: graphql.ObjectValueNode, *_: Any
    ) -> graphql.ObjectValueNode | None:
        named = graphql.get_named_type(self.types.get_input_type())
        given = [each for each in node.fields if not isinstance(each.value, graphql.NullValueNode)]
        if named is None or named.name not in ONE_OF or not given:
            return None
        return with_fields(node, fields=(given[0],))

    def enter_argument(self, node: graphql.ArgumentNode, *_: Any) -> graphql.ArgumentNode | None:
        return self.identified(node)

    def enter_object_field(
        self, node: graphql.ObjectFieldNode, *_: Any
    ) -> graphql.ObjectFieldNode | None:
        return self.identified(node)

    def identified(self, node: Any) -> Any:
        """`campaignId` becomes a campaign's, `id` anybody's; one in eight stays as it is."""
        named = graphql.get_named_type(self.types.get_input_type())
        if named is None or named.name != "ID" or node.name.value == "idempotencyKey":
            return None
        if isinstance(node.value, graphql.ListValueNode):
            values = [self.known(each, "") for each in node.value.values]
            return with_fields(node, value=with_fields(node.value, values=tuple(values)))
        return with_fields(node, value=self.known(node.value, node.name.value.removesuffix("Id")))

    def known(self, value: Any, kind: str) -> Any:
        choice = zlib.crc32(graphql.print_ast(value).encode())
        ids = IDS.get(kind) or [id_ for each in IDS.values() for id_ in each]
        if isinstance(value, graphql.NullValueNode) or choice % 8 == 0:
            return value
        return graphql.StringValueNode(value=ids[choice // 8 % len(ids)], block=False)


def with_fields(node: Any, **changed: Any) -> Any:
    return type(node)(**{key: getattr(node, key, None) for key in node.keys} | changed)


def sized(argument: graphql.ArgumentNode) -> graphql.ArgumentNode:
    if not isinstance(argument.value, graphql.IntValueNode):
        return argument
    size = graphql.IntValueNode(value=str(int(argument.value.value) % 100 + 1))
    return with_fields(argument, value=size)


@schemathesis.hook
def map_body(context: Any, body: graphql.DocumentNode) -> graphql.DocumentNode:
    """Most documents are repaired, so that they reach the resolvers; not those made to be wrong."""
    schema = context.operation.schema.client_schema
    if len(graphql.print_ast(body)) % 8 == 0 or graphql.validate(schema, body):
        return body
    types = graphql.TypeInfo(schema)
    repaired: graphql.DocumentNode = graphql.visit(
        body, graphql.TypeInfoVisitor(types, Repair(types))
    )
    return repaired


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:  # noqa: ARG001  # the hook's signature
    """Keeps what is no right answer."""
    try:
        errors = json.loads(response.content).get("errors", [])
    except ValueError:
        return True
    codes = {error.get("extensions", {}).get("code") for error in errors}
    is_one_of = any(ONE_OF_REFUSED.search(error["message"]) for error in errors)
    return not codes or not (codes <= EXPECTED or is_one_of)
