"""The words of the read model: what crosses the wire as text and bytes is what it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.campaigns.reads import CAMPAIGN
from domain.columns import Columns, instant_text
from domain.database import fetch, transaction
from domain.reads import Asking, ByKeys, Entity
from schema import scalars

pytestmark = pytest.mark.asyncio

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
SESSION_ID = UUID(int=9)
ASKING = Asking(UUID(int=8), SESSION_ID, NOON, "work.example")
EVERY_TIME = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@EVERY_TIME
@given(
    instants=st.lists(
        st.integers(-(2**55), 2**57).map(lambda each: NOON + timedelta(microseconds=each)),
        max_size=20,
    )
)
async def test_instants_read_as_text_are_those_of_the_scalar(
    instants: list[datetime], database: str
) -> None:
    """PostgreSQL leaves out zeros at the end of a fraction, Python does not."""
    assert database
    wanted = [*instants, *(NOON + timedelta(microseconds=10**each) for each in range(7))]
    rows = await fetch("select each::text from unnest($1::timestamptz[]) as each", wanted)

    assert [instant_text(row[0]) for row in rows] == [scalars.instant_text(e) for e in wanted]


async def test_a_capped_list_is_cut_for_each_parent(database: str) -> None:
    """The first two of each, in order; a long list of one parent takes nothing from another."""
    assert database
    first, second = UUID(int=1), UUID(int=2)
    entity = Entity(
        name="Number",
        source=f"""
            from (select case when n < 10 then '{first}' else '{second}' end::uuid as parent, n
                  from generate_series(1, 11) n) numbers
        """,
        row="numbers",
        visible="{row}.n <> 1",
    )
    selected = Columns()
    selected.add("{row}.n")
    found = ByKeys(entity, selected, to="{row}.parent", order="{row}.n desc", most=2)
    (numbers,) = await found.columns([first.bytes, second.bytes], asking=ASKING)

    assert sorted(numbers) == [8, 9, 10, 11]


async def test_what_a_text_asks_about_the_asker_is_bound(database: str) -> None:
    """In whatever order the words come, and as often as they do."""
    assert database
    entity = Entity(
        name="Asker",
        source="from (select {viewer} as viewer, {session} as session, {now} as now) who",
        row="who",
        key="{row}.session",
        visible="{row}.viewer = {viewer} and {row}.now = {now}",
    )
    selected = Columns()
    for name in ("now", "viewer"):
        selected.add(f"{{row}}.{name}")
    ((now,), (viewer,)) = await ByKeys(entity, selected).columns([SESSION_ID.bytes], asking=ASKING)

    assert (now, UUID(str(viewer))) == (ASKING.now, ASKING.viewer_id)


async def test_a_row_by_its_id_is_not_planned_anew_each_time(database: str) -> None:
    """Planning took most of the time of `campaign(id)`, once its rule had several parts."""
    assert database
    selected = Columns()
    selected.add("{row}.state")
    by_id = ByKeys(CAMPAIGN, selected)
    async with transaction():  # one connection
        for number in range(8):
            await by_id.columns([UUID(int=number).bytes], asking=ASKING)
        plans = await fetch(
            """select generic_plans, custom_plans from pg_prepared_statements
               where statement like 'select campaign.state %'"""
        )

    assert [tuple(row) for row in plans] == [(3, 5)]  # PostgreSQL tries five
