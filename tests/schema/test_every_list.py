"""Every list of the API: each order walks it whole, each filter is understood and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from schema.ids import Tag
from tests.docs_support.markdown import blocks
from tests.docs_support.markdown import page as docs_page
from tests.make.ask import Ask
from tests.make.full_lists import COUNT, Market, full_market
from tests.schema.lists import PLACES, connection_fields, document, orders, pages_in

pytestmark = pytest.mark.asyncio

LOGIC: Final = {"and", "or", "not"}
ITEMS: Final = "edges { cursor node { id } } pageInfo { startCursor endCursor hasNextPage "
PAGE: Final = f"{ITEMS} hasPreviousPage }} totalCount"
SAMPLES: Final[dict[str, Any]] = {
    "Boolean": True,
    "Date": "2026-03-29",
    "DateTime": "2026-03-29T00:00:00Z",
    "Decimal": "1.000000",
    "ID": "no such id",
    "Int": 1,
    "String": "50%_\\",
}


def sample(kind: GraphQLInputType) -> Any:
    """A value of the type that says everything that can be said, except logic."""
    named: Any = get_nullable_type(kind)
    if is_list_type(named):
        return [sample(named.of_type)]
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    if isinstance(named, GraphQLInputObjectType):
        return {name: sample(field.type) for name, field in plain(named)}
    return SAMPLES[named.name]


def plain(kind: GraphQLInputObjectType) -> Iterator[tuple[str, GraphQLInputField]]:
    return ((name, field) for name, field in kind.fields.items() if name not in LOGIC)


def filters(place: str) -> GraphQLInputObjectType | None:
    argument = connection_fields()[place].args.get("where")
    kind = get_named_type(argument.type) if argument else None
    assert kind is None or isinstance(kind, GraphQLInputObjectType)
    return kind


async def first_page(ask: Ask, viewer: UUID, text: str, place: str, **window: Any) -> Any:
    data = (await ask(text, viewer=viewer, **window)).body
    assert "errors" not in data, (text, data)
    return next(pages_in(data["data"], place.partition(".")[2]))


async def walked(
    ask: Ask, viewer: UUID, text: str, place: str, *, size: int, backward: bool
) -> list[str]:
    seen: list[str] = []
    cursor = None
    while True:
        window = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        page = await first_page(ask, viewer, text, place, **window)
        part, info = [edge["node"]["id"] for edge in page["edges"]], page["pageInfo"]
        seen = part + seen if backward else seen + part
        assert info["hasNextPage" if backward else "hasPreviousPage"] == (cursor is not None)
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            assert page["totalCount"] == len(seen)
            return seen
        cursor = info["startCursor" if backward else "endCursor"]


async def test_each_order_of_each_list_walks_it_whole(ask: Ask, tmp_path: Path) -> None:
    """In pages of any size, forwards and backwards: no gap, no repeat, and turned around by ASC."""
    market = await full_market(ask.world, tmp_path / "house")
    for place, where in PLACES.items():
        viewer, by_order = market.viewer(where.viewer), {}
        for order in orders(place):
            text = document(place, order + mine(place, market, ask), PAGE)
            page = await first_page(ask, viewer, text, place, first=100)
            whole = [edge["node"]["id"] for edge in page["edges"]]
            assert len(set(whole)) == len(whole) == page["totalCount"] >= COUNT, (place, order)
            for size, backward in ((1, False), (2, False), (1, True), (2, True)):
                seen = await walked(ask, viewer, text, place, size=size, backward=backward)
                assert seen == whole, (place, order, size, backward)
            by_order[order] = whole
        turned = [by_order[order] for order in by_order if "DESC" in order]
        assert turned == [whole[::-1] for order, whole in by_order.items() if "ASC" in order]


def mine(place: str, market: Market, ask: Ask) -> str:
    """Lists of everybody hold what other tests made: of those, only what was made here."""
    employer, worker = (ask.id(Tag.MEMBER, each) for each in (market.employer, market.worker))
    return {
        "Query.campaigns": f'where: {{ employerId: {{ eq: "{employer}" }} }}, ',
        "Viewer.campaignMatches": f'where: {{ employerId: {{ eq: "{employer}" }} }}, ',
        "Finance.payouts": f'where: {{ workerId: {{ eq: "{worker}" }} }}, ',
        "Finance.documents": f'where: {{ memberId: {{ in: ["{worker}", "{employer}"] }} }}, ',
    }.get(place, "")


async def test_each_filter_of_each_list_is_understood(ask: Ask, tmp_path: Path) -> None:
    """Each field alone, and its opposite: together they are the list, and the count knows it."""
    market = await full_market(ask.world, tmp_path / "house")
    for place, where in PLACES.items():
        kind, viewer = filters(place), market.viewer(where.viewer)
        if kind is None:
            continue
        text = document(place, "where: $where, ", PAGE).replace("(", f"($where: {kind}, ", 1)
        whole = (await first_page(ask, viewer, text, place, first=1))["totalCount"]
        for name, field in plain(kind):
            wish = {name: sample(field.type)}
            counts = [
                (await first_page(ask, viewer, text, place, first=1, where=each))["totalCount"]
                for each in logic(wish)
            ]
            assert counts[0] + counts[1] == whole, (place, name, counts)
            assert counts[2:] == [counts[0], counts[0], whole], (place, name, counts)


def logic(wish: dict[str, Any]) -> list[dict[str, Any]]:
    """It, its opposite, it in two other ways, and whatever fits or does not."""
    return [wish, {"not": wish}, {"and": [wish, wish]}, {"or": [wish]}, {"or": [wish, {}]}]


@pytest.mark.parametrize("is_variable", [False, True])
@pytest.mark.parametrize(
    ("where", "is_allowed"),
    [
        ({"not": {"not": {"not": {"title": {"eq": "a"}}}}}, True),
        ({"not": {"and": [{"or": [{"not": {"title": {"eq": "a"}}}]}]}}, False),
        ({"not": {"not": {"not": {"not": {}}}}}, False),
        ({"or": [{"title": {"eq": str(number)}} for number in range(20)]}, True),
        ({"or": [{"title": {"eq": str(number)}} for number in range(21)]}, False),
        ({"or": [{} for _ in range(21)]}, False),
        ({"title": {"in": ["a"] * 100}}, True),
        ({"title": {"in": ["a"] * 101}}, False),
        ({"and": None, "title": None}, True),
    ],
)
async def test_a_filter_has_its_limits(
    ask: Ask,
    where: dict[str, Any],
    is_allowed: bool,  # noqa: FBT001  # pytest passes it by name
    is_variable: bool,  # noqa: FBT001  # as above
) -> None:
    """Nothing runs that is over them, whether it stands in the document or in its variables."""
    if is_variable:
        text = "query ($where: CampaignWhere) { campaigns(where: $where) { nodes { id } } }"
        answer = await ask(text, where=where)
    else:
        answer = await ask(f"{{ campaigns(where: {literal(where)}) {{ nodes {{ id }} }} }}")

    if is_allowed:
        assert answer.errors == []
    else:
        assert answer.code == "FILTER_TOO_COMPLEX" and "data" not in answer.body


async def test_a_part_of_a_filter_may_be_a_variable(ask: Ask) -> None:
    """Then neither the document alone nor the variables alone show how much it is."""
    text = """
        query ($part: CampaignWhere!) {
          campaigns(where: { not: { not: $part } }) { nodes { id } }
        }
    """
    short, long = ({"not": {"title": {"eq": "a"}}}, {"not": {"not": {"title": {"eq": "a"}}}})

    assert (await ask(text, part=short)).errors == []
    assert (await ask(text, part=long)).code == "FILTER_TOO_COMPLEX"


async def test_a_variable_left_out_leaves_its_part_out(ask: Ask) -> None:
    """As clients do that write one document for all of their filters."""
    text = """
        query ($not: CampaignWhere, $and: [CampaignWhere!], $in: [String!], $title: StringFilter) {
          campaigns(where: {
            not: $not, and: $and, or: [{ not: $not, title: $title }, { title: { in: $in } }]
          }) { nodes { id } }
        }
    """
    assert (await ask(text)).errors == []


def literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return "null" if value is None else f'"{value}"'


async def test_a_cursor_belongs_to_its_order(ask: Ask, tmp_path: Path) -> None:
    """Its keys would mean something else in another one; the same the other way round."""
    market = await full_market(ask.world, tmp_path / "house")
    by = {
        order: document("Viewer.payouts", order, "pageInfo { endCursor }")
        for order in orders("Viewer.payouts")
    }
    for text in by.values():
        found = (await ask(text, viewer=market.worker, first=1)).only()
        cursor = found["payouts"]["pageInfo"]["endCursor"]
        for other in by.values():
            answer = await ask(other, viewer=market.worker, first=1, after=cursor)
            assert (answer.errors == []) == (other == text)
            assert answer.errors == [] or answer.code == "INVALID_CURSOR"


async def test_a_page_may_have_a_bound_on_either_side(ask: Ask, tmp_path: Path) -> None:
    """`first` with `before` counts from the start, up to there; `last` with `after` likewise."""
    market = await full_market(ask.world, tmp_path / "house")
    text = document("Viewer.assignments", "", PAGE)

    async def page(**window: Any) -> tuple[list[str], Any]:
        found = await first_page(ask, market.worker, text, "Viewer.assignments", **window)
        return [edge["cursor"] for edge in found["edges"]], found["pageInfo"]

    whole, _ = await page(first=100)
    start, info = await page(first=2, before=whole[4])
    assert start == whole[:2]
    assert info["hasNextPage"] is True and info["hasPreviousPage"] is False
    end, info = await page(last=2, after=whole[-4])
    assert end == whole[-2:]
    assert info["hasNextPage"] is False and info["hasPreviousPage"] is True
    between, info = await page(first=100, after=whole[1], before=whole[4])
    assert between == whole[2:4]
    assert info["hasNextPage"] is info["hasPreviousPage"] is True
    assert (await page(first=5, after=whole[4], before=whole[1]))[0] == []
    sizes = await ask(text, viewer=market.worker, first=1, last=1)
    assert sizes.code == "INVALID_PAGE_SIZE"


async def test_what_the_page_about_lists_shows_runs(ask: Ask, tmp_path: Path) -> None:
    """A frontend team copies it."""
    market = await full_market(ask.world, tmp_path / "house")
    shown = blocks(docs_page("frontend/lists.md"), "graphql")

    assert len(shown) == 2
    for text in shown:
        assert (await ask(text, viewer=market.worker)).errors == []
