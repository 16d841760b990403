"""What we use of Strawberry and graphql-core that they promise to nobody.

GRAPHQL.md, appendix B: one test for each name, so that an upgrade fails here and says what to look
at, instead of somewhere in production.
"""

from __future__ import annotations

import ast
import inspect
from typing import Any, Final

import pytest
import strawberry
from graphql import GraphQLError, GraphQLSchema, parse, validate
from graphql.validation import ValidationRule, specified_rules
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError
from strawberry.http.async_base_view import AsyncBaseHTTPView
from strawberry.schema import schema as strawberry_schema
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.types import ExecutionContext

from gateway.graphql.endpoint import GraphQLEndpoint
from gateway.graphql.socket import GraphQLSocket
from schema import schema
from schema.prices import ORDINARY, Cost, price_of

TWO_OPERATIONS: Final = "query A { two } query B { two }"


@strawberry.type
class Query:
    two: int = strawberry.field(default=2, directives=[Cost(list_size=7, weight=3)])


@strawberry.input
class Wish:
    changed: strawberry.Maybe[int]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self, wish: Wish) -> int:
        return 1 if wish.changed is None else 2


def test_the_name_a_client_sent_is_kept_apart_from_the_guessed_one() -> None:
    """`_provided_operation_name`; the public `operation_name` takes the first operation."""
    context = ExecutionContext(
        query=TWO_OPERATIONS,
        schema=strawberry.Schema(Query),
        allowed_operations=(),
        provided_operation_name="B",
    )

    assert context._provided_operation_name == "B"  # noqa: SLF001  # the subject


def test_a_schema_shows_its_core_schema() -> None:
    """`Schema._schema`: what validation, prices and the reference pages read."""
    assert isinstance(schema._schema, GraphQLSchema)  # noqa: SLF001  # the subject


def test_validation_as_strawberry_does_it_knows_maybe() -> None:
    """`validate_document` has rules that plain `graphql.validate` lacks."""
    core = strawberry.Schema(Query, Mutation)._schema  # noqa: SLF001  # the subject
    document = parse("mutation { change(wish: { changed: null }) }")

    errors = strawberry_schema.validate_document(core, document, tuple(specified_rules))

    assert validate(core, document) == []
    assert any("cannot be explicitly set to null" in error.message for error in errors)


@pytest.mark.parametrize("is_sorted", [False, True])
def test_a_core_field_leads_to_its_directives(*, is_sorted: bool) -> None:
    """`extensions["strawberry-definition"]`, also after the schema was sorted for the export."""
    from graphql import lexicographic_sort_schema  # noqa: PLC0415  # here alone

    core = strawberry.Schema(Query)._schema  # noqa: SLF001  # the subject
    core = lexicographic_sort_schema(core) if is_sorted else core
    assert core.query_type is not None
    field = core.query_type.fields["two"]

    assert field.extensions["strawberry-definition"].directives
    assert price_of(field) == Cost(list_size=7, weight=3) != ORDINARY


def test_an_aborted_validation_ends_at_once() -> None:
    """`ValidationAbortedError`: what a limit raises so that no other rule goes on working."""
    steps: list[str] = []

    class Aborts(ValidationRule):
        def enter_field(self, *_: Any) -> None:
            steps.append("aborts")
            raise ValidationAbortedError("enough")

    class Later(ValidationRule):
        def enter_field(self, *_: Any) -> None:
            steps.append("later")

    core = strawberry.Schema(Query)._schema  # noqa: SLF001  # the subject
    errors = validate(core, parse("{ a: two b: two }"), [Aborts, Later])

    assert issubclass(ValidationAbortedError, GraphQLError)
    assert [error.message for error in errors] == ["enough"]
    assert steps == ["aborts"]


def test_the_budget_for_comparing_fields_is_ours() -> None:
    """`MAX_COMPLEXITY_BUDGET` is read at each validation, and `schema` has lowered it."""
    source = inspect.getsource(overlapping_fields_can_be_merged)

    assert overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET == 20_000
    assert source.count("MAX_COMPLEXITY_BUDGET") >= 2, "it is defined and nobody reads it"


@pytest.mark.parametrize("name", ["run_operation", "_send_result_stream", "handle_subscribe"])
def test_the_socket_overrides_what_is_called(name: str) -> None:
    """Renamed upstream, our override would never run: identity and errors would be stock."""
    assert name in vars(GraphQLSocket)
    assert name in vars(BaseGraphQLTransportWSHandler)
    assert f"self.{name}(" in inspect.getsource(BaseGraphQLTransportWSHandler)


def test_the_socket_runs_an_operation_with_one_context() -> None:
    """`run_operation` works on a copy of the handler, so it may read `context` only from itself."""
    tree = ast.parse(inspect.getsource(BaseGraphQLTransportWSHandler).lstrip())
    readers = {
        method.name
        for method in ast.walk(tree)
        if isinstance(method, ast.AsyncFunctionDef)
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute)
        and node.attr == "context"
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }

    assert "run_operation" in readers
    assert readers <= {"run_operation", "handle", "handle_connection_init"}


@pytest.mark.parametrize(
    "name",
    [
        "run",
        "parse_http_body",
        "process_result",
        "execute_request",
        "decode_json",
        "execute_single",
        "_process_stream_result",
    ],
)
def test_the_endpoint_overrides_what_is_called(name: str) -> None:
    """Overridable, but undocumented; `run` is called by us."""
    stock = next(base for base in GraphQLEndpoint.__mro__[1:] if name in vars(base))
    callers = "".join(
        inspect.getsource(base)
        for base in GraphQLEndpoint.__mro__
        if base.__module__.startswith("strawberry")
    )

    assert issubclass(AsyncBaseHTTPView, stock) or stock.__module__.startswith("strawberry")
    assert f"self.{name}(" in callers or name == "run"


def test_the_endpoint_gets_the_response_that_it_may_change() -> None:
    """`get_sub_response` hands out the object whose status and headers are ours."""
    assert "get_sub_response" in vars(GraphQLEndpoint)
    assert "get_sub_response" in AsyncBaseHTTPView.__abstractmethods__
    assert "self.get_sub_response(" in inspect.getsource(AsyncBaseHTTPView.run)
