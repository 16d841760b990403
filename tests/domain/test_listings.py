"""Every list of the domain: its orders have indexes, its filters have columns."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest

import domain
from domain.database import transaction
from domain.filters import Comparison, Kind, Operator, Some
from domain.paging import NO_PARENT, Listing, Page, count_rows, read_pages

pytestmark = pytest.mark.asyncio

# What a source finds from $2 on; the others find nothing.
ARGUMENTS: Final[dict[str, list[object]]] = {
    "domain.access.queries SESSIONS": [datetime(2026, 3, 29, tzinfo=UTC)],
    "domain.assignments.queries OF_CAMPAIGN": [NO_PARENT],
    "domain.campaigns.queries OPEN": [NO_PARENT, datetime(2026, 3, 29, tzinfo=UTC)],
    "domain.ledger.queries STATEMENT": ["code", "USD"],
    "domain.tasks.queries OF_CAMPAIGN": [NO_PARENT],
}


def listings() -> Iterator[tuple[str, Listing]]:
    """Each once, where it stands: others import it."""
    known: set[int] = set()
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        if module.name.endswith(".queries"):
            for name, each in vars(importlib.import_module(module.name)).items():
                if isinstance(each, Listing) and id(each) not in known:
                    known.add(id(each))
                    yield f"{module.name} {name}", each


FOUND: Final = dict(listings())


def nodes(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["Node Type"]
    for each in plan.get("Plans", []):
        yield from nodes(each)


@pytest.mark.parametrize("name", FOUND)
async def test_an_index_serves_each_order(database: str, name: str) -> None:
    """Then the first page of a long list is as fast as that of a short one: nothing is sorted."""
    assert database
    listing = FOUND[name]
    for order in listing.orders.values():
        sql = f"""
            explain (format json) select {listing.columns} {listing.source}
            order by {", ".join(order)} limit 3
        """
        values = ARGUMENTS.get(name, [])
        async with transaction() as current:
            for setting in (
                "seqscan",
                "bitmapscan",
                "sort",
                "incremental_sort",
                "hashjoin",
                "mergejoin",
            ):
                await current.connection.execute(f"set local enable_{setting} = off")
            plan = await current.connection.fetchval(
                sql.replace("parent.id", "$1::uuid"), NO_PARENT, *values
            )
        assert not {"Sort", "Incremental Sort"} & set(nodes(json.loads(plan)[0]["Plan"])), order


SAMPLES: Final[dict[Kind, Any]] = {
    Kind.TEXT: "a",
    Kind.INTEGER: 1,
    Kind.ID: UUID(int=1),
    Kind.INSTANT: datetime(2026, 3, 29, tzinfo=UTC),
    Kind.DAY: datetime(2026, 3, 29, tzinfo=UTC).date(),
}


@pytest.mark.parametrize("name", FOUND)
async def test_each_filter_names_a_column_of_its_kind(database: str, name: str) -> None:
    """A wrong one would be found by the first member who filters by it."""
    assert database
    listing, values = FOUND[name], ARGUMENTS.get(name, [])
    where = Some(
        tuple(
            Comparison(column, operator, SAMPLES[each.kind])
            for column, each in listing.filters.items()
            for operator in (Operator.EQ, Operator.BELOW, Operator.IS_NULL)
        )
    )

    pages = await read_pages(
        listing, parent_ids=[NO_PARENT], page=Page(limit=1), where=where, arguments=values
    )
    counts = await count_rows(listing, parent_ids=[NO_PARENT], where=where, arguments=values)

    assert (counts[NO_PARENT].number == 0) == (pages[NO_PARENT] == [])
