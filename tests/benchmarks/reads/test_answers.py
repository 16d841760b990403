"""Every server of the read benchmark says the same: what is compared must be comparable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest
import pytest_asyncio
from graphql import parse

from domain.assignments.queries import CHECKS
from schema import schema
from schema.limits import LIMITS, TRUSTED_LIMITS, Measurer
from tests.benchmarks.reads.answers import plain
from tests.benchmarks.reads.questions import COST_OF_Q2, OURS, PAGE, Question, asked, claim_of
from tests.benchmarks.reads.rows import FULL, Size, fill
from tests.benchmarks.reads.servers import (
    LIMIT,
    PIECERATE,
    PYTHON_PEERS,
    WRITTEN,
    Served,
    served,
)
from tests.conftest import PREFIX, clone_template, database_dsn

SMALL: Final = Size(divisor=50)
TURNS: Final = 3

pytestmark = pytest.mark.timeout(300)  # the first one installs


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dsn(worker_id: str) -> str:
    name = f"{PREFIX}_reads_{worker_id}"
    await clone_template(name)
    await fill(database_dsn(name), SMALL, trusted=list(OURS.values()))
    return database_dsn(name)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def servers(
    dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[list[Served]]:
    """Those that need no Node."""
    home = tmp_path_factory.mktemp("reads")
    with served(PIECERATE, WRITTEN, LIMIT, *PYTHON_PEERS, dsn=dsn, home=home) as running:
        yield running


@pytest.mark.parametrize("question", [Question.Q1, Question.Q2])
def test_everybody_answers_alike(question: Question, servers: list[Served]) -> None:
    """A server that leaves rows out, or shows what is hidden, would be wrongly fast."""
    for turn in range(TURNS):
        each = asked(question, turn, SMALL)
        ours, *others = [
            plain(server.kind.dialect, question, server.ask(each)) for server in servers
        ]

        assert ours
        assert others == [ours] * len(others)


def test_pages_are_full_and_ratings_are_hidden(servers: list[Served]) -> None:
    """Else Q2 would measure nothing, and no rule."""
    each = asked(Question.Q2, 0, SMALL)
    board = plain(PIECERATE.dialect, Question.Q2, servers[0].ask(each))
    assignments = [one for campaign in board for one in campaign["assignments"]]
    rated = sum(bool(one["ratings"]) for one in assignments)

    assert len(board) == PAGE
    assert len(assignments) == PAGE * 10
    assert 0 < rated < len(assignments) * 2 / 5


@pytest.mark.asyncio
async def test_everybody_takes_a_place(servers: list[Served], dsn: str) -> None:
    """One claim each, of different places of one campaign."""
    connection = await asyncpg.connect(dsn)
    question = "select count(*) from assignment where state = 'claimed'"
    try:
        before = await connection.fetchval(question)
        step = SMALL.open_campaigns
        said = [
            plain(
                server.kind.dialect,
                Question.M1,
                server.ask(asked(Question.M1, turn * step, SMALL)),
            )
            for turn, server in enumerate(servers)
        ]
        after = await connection.fetchval(question)
    finally:
        await connection.close()

    assert after - before == len(servers)
    assert said == [said[0]] * len(said)
    assert said[0]["state"] == "claimed"


@pytest.mark.asyncio
async def test_the_rows_are_as_many_as_the_page_says(dsn: str) -> None:
    """In the full size a hundred times as many. Places agree with assignments, as in life."""
    connection = await asyncpg.connect(dsn)
    try:
        counts = {
            "employers": await connection.fetchval(
                "select count(distinct employer_id) from campaign"
            ),
            "workers": await connection.fetchval(
                "select count(distinct worker_id) from assignment"
            ),
            "campaigns": await connection.fetchval("select count(*) from campaign"),
            "assignments": await connection.fetchval(
                "select count(*) from assignment where state <> 'claimed'"
            ),
            "ratings": await connection.fetchval("select count(*) from rating"),
        }
        wrong = await connection.fetch(CHECKS["a task's places are its assignments"])
    finally:
        await connection.close()

    assert counts == {name: count // SMALL.divisor for name, count in FULL.items()}
    assert wrong == []


def test_no_claim_is_asked_for_twice() -> None:
    """The second of two would be refused, and no server is measured by refusals."""
    pairs = [claim_of(turn, SMALL) for turn in range(SMALL.open_campaigns * 190)]

    assert len(set(pairs)) == len(pairs)


def test_the_page_is_the_largest_that_the_cost_limit_allows() -> None:
    """So Piecerate is asked by a trusted document, as frontends in production do it."""
    document = parse(OURS[Question.Q2])
    (operation,) = document.definitions
    measurer = Measurer(schema._schema, document, {"first": PAGE})  # noqa: SLF001  # GRAPHQL.md appendix B
    cost = measurer.operation(operation).cost  # type: ignore[arg-type]  # the only definition

    assert LIMITS.cost < cost <= TRUSTED_LIMITS.cost
    assert cost == COST_OF_Q2
