"""Uses of what is deprecated: told to developers, counted per element and client."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Annotated, Any

import pytest
import strawberry
from litestar.testing import RequestFactory
from structlog.testing import capture_logs

from domain.trusted_documents.rules import Client
from gateway.context import context_for_request
from schema.context import Context
from schema.deprecations import CLIENT_COUNT_MAX, MANY, UNNAMED, DeprecatedUses, Deprecations
from schema.engine import Engine
from tests.make.ask import Ask

pytestmark = pytest.mark.asyncio

WHY = "Use `tasks`. Removal 2027-01-31"
SHOP = Client("shop", "1.2")


@strawberry.enum
class Order(Enum):
    NEWEST = strawberry.enum_value("newest")
    RANDOM = strawberry.enum_value("random", deprecation_reason=WHY)


@strawberry.input
class Where:
    title: str | None = None
    name: str | None = strawberry.field(default=None, deprecation_reason=WHY)
    all_of: list[Where] | None = None


@strawberry.type
class Task:
    title: str
    name: str = strawberry.field(deprecation_reason=WHY)


@strawberry.type
class Query:
    @strawberry.field
    def tasks(
        self,
        where: Where | None = None,  # noqa: ARG002  # only named in documents
        orders: list[Order] | None = None,  # noqa: ARG002  # as above
        page: Annotated[int, strawberry.argument(deprecation_reason=WHY)] = 1,  # noqa: ARG002  # as above
    ) -> list[Task]:
        return [Task(title="a", name="a")]

    @strawberry.field(deprecation_reason=WHY)  # type: ignore[untyped-decorator]  # upstream
    def all_tasks(self) -> list[Task]:
        return []


async def run(
    ask: Ask,
    document: str,
    *,
    uses: DeprecatedUses,
    is_production: bool = False,
    client: Client | None = SHOP,
    **variables: Any,
) -> list[str]:
    """The elements told in the answer."""
    engine = Engine(query=Query, extensions=[lambda: Deprecations(uses)])
    context = Context(
        request_id="1",
        viewer=None,
        now=ask.world.now,
        services=replace(ask.services, is_production=is_production),
        network=None,
        client=client,
    )
    result = await engine.execute(document, variables, context)
    assert result.errors is None
    told = (result.extensions or {}).get("deprecations", [])
    assert all(each["reason"] == WHY for each in told)
    return [each["element"] for each in told]


@pytest.mark.parametrize(
    ("document", "variables", "elements"),
    [
        ("{ tasks { title } }", {}, []),
        ("{ tasks { name } }", {}, ["Task.name"]),
        ("{ tasks { ...f } allTasks { ...f } } fragment f on Task { name }", {},
         ["Query.allTasks", "Task.name"]),
        ("{ tasks(page: 2) { title } }", {}, ["Query.tasks(page:)"]),
        ('{ tasks(where: { allOf: [{ name: "a" }] }) { title } }', {}, ["Where.name"]),
        ("{ tasks(orders: [NEWEST, RANDOM]) { title } }", {}, ["Order.RANDOM"]),
        ("query ($w: Where) { tasks(where: $w) { title } }",
         {"w": {"allOf": [{"name": "a"}]}}, ["Where.name"]),
        ("query ($w: Where) { tasks(where: $w) { title } }", {"w": {"title": "a"}}, []),
        ("query ($o: [Order!]) { tasks(orders: $o) { title } }", {"o": "RANDOM"},
         ["Order.RANDOM"]),
        ("query ($o: [Order!]) { tasks(orders: $o) { title } }", {"o": None}, []),
    ],
)  # fmt: skip
async def test_every_kind_of_use_is_found(
    ask: Ask, document: str, variables: dict[str, Any], elements: list[str]
) -> None:
    """In the document and in its variables, however deep; each once per operation."""
    uses = DeprecatedUses()

    assert await run(ask, document, uses=uses, **variables) == elements
    assert uses.totals() == {(element, SHOP): 1 for element in elements}


async def test_production_counts_and_is_silent(ask: Ask) -> None:
    """Members' browsers need no advice; the decision needs the number."""
    uses = DeprecatedUses()

    assert await run(ask, "{ tasks { name } }", uses=uses, is_production=True) == []
    assert uses.totals() == {("Task.name", SHOP): 1}


async def test_a_client_without_a_name_counts_too(ask: Ask) -> None:
    """Somebody uses it, and that is what matters."""
    uses = DeprecatedUses()

    assert await run(ask, "{ tasks { name } }", uses=uses, client=None) == ["Task.name"]
    assert uses.totals() == {("Task.name", UNNAMED): 1}


async def test_what_never_ran_is_no_use() -> None:
    """A mistyped document must not keep a field alive."""
    uses = DeprecatedUses()
    engine = Engine(query=Query, extensions=[lambda: Deprecations(uses)])

    result = await engine.execute("{ tasks { name nope } }")
    assert result.errors
    assert uses.totals() == {}


async def test_the_first_use_is_logged_at_once_and_the_next_together(ask: Ask) -> None:
    """A process that ends takes at most a minute of further uses with it, never the fact."""
    uses = DeprecatedUses()
    start = ask.world.now

    with capture_logs() as logs:
        for seconds in (0, 1, 59, 60, 61, 200):
            uses.count("Task.name", SHOP, now=start + timedelta(seconds=seconds))
        uses.count("Task.name", Client("shop", "1.3"), now=start)

    assert [(each["client_version"], each["count"]) for each in logs] == [
        ("1.2", 1),
        ("1.2", 3),
        ("1.2", 2),
        ("1.3", 1),
    ]
    assert {each["event"] for each in logs} == {"graphql.deprecated_used"}
    assert logs[0]["element"] == "Task.name"


async def test_clients_cannot_fill_the_memory(ask: Ask) -> None:
    """They choose their names; the count of the element stays right."""
    uses = DeprecatedUses()

    with capture_logs():
        for number in range(CLIENT_COUNT_MAX + 50):
            uses.count("Task.name", Client(str(number), "1"), now=ask.world.now)

    assert len(uses.totals()) == CLIENT_COUNT_MAX + 1
    assert uses.totals()["Task.name", MANY] == 50


async def test_a_request_says_who_its_client_is(ask: Ask) -> None:
    """By the headers that the Apollo and Relay worlds send."""
    headers = {"x-client-name": "shop", "x-client-version": "1.2"}
    request = RequestFactory(app=ask.app).get("/graphql", headers=headers)

    assert (await context_for_request(request)).client == SHOP
    request = RequestFactory(app=ask.app).get("/graphql")
    assert (await context_for_request(request)).client is None
