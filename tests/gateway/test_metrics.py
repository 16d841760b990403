"""What is counted, and who may see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from domain.database import execute, transaction
from domain.payouts.queries import timeliness
from gateway.given import clock
from tests.make.ask import Ask
from tests.make.payouts import House, open_house
from tests.make.world import World

pytestmark = pytest.mark.asyncio

SET = "update payout set approved_at = $2, paid_at = $3, closed_at = $4 where id = $1"


@pytest_asyncio.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(world, tmp_path) as house:
        yield house


async def test_reads_are_counted_by_their_way(ask: Ask) -> None:
    """An operator sees how much the compiled path carries, and why not the rest."""
    await ask("{ campaigns { nodes { id } } }")
    await ask("{ __typename __schema { queryType { name } } }")

    text = (await ask.client.get("/metrics")).text

    assert 'piecerate_reads_total{way="compiled"}' in text
    assert 'piecerate_reads_total{way="reference"}' in text


async def test_payouts_in_time_are_a_ratio(house: House, ask: Ask) -> None:
    """C11: in time, late, still open; what came back, and what is not due yet, says nothing."""
    now = clock()
    before = await timeliness(now=now)
    ids = []
    for days in ((10, 8, None), (10, 1, None), (10, None, None), (10, None, 9), (2, 1, None)):
        ids.append((await house.request(await house.payee())).payout_id)
        instants = [None if each is None else now - timedelta(days=each) for each in days]
        async with transaction():
            await execute(SET, ids[-1], *instants)

    after = await timeliness(now=now)
    text = (await ask.client.get("/metrics")).text
    async with transaction():  # no booking stands behind them: other tests audit the books
        for payout_id in ids:
            await execute(SET, payout_id, None, None, None)

    assert after.due_count == before.due_count + 3
    assert after.on_time_count == before.on_time_count + 1
    assert after.ratio is not None and 0 < after.ratio < 1
    assert f"piecerate_payouts_due {float(after.due_count)}" in text
    assert "piecerate_payout_on_time_ratio 0." in text


async def test_rows_that_should_be_gone_are_counted(ask: Ask) -> None:
    """By store: more than none for days means that the purge does not come through."""
    text = (await ask.client.get("/metrics")).text

    assert 'piecerate_retention_overdue_rows{store="login_session"} ' in text


async def test_strangers_see_nothing(ask: Ask) -> None:
    """What a deployment does is nobody else's business."""
    served = httpx.ASGITransport(ask.app, client=("203.0.113.9", 4711))  # type: ignore[arg-type]  # httpx names the types of ASGI in another way
    async with httpx.AsyncClient(transport=served, base_url="http://testserver") as client:
        answer = await client.get("/metrics")

    assert (answer.status_code, answer.content) == (404, b"")
