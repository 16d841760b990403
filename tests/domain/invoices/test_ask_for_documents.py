"""`ask_for_documents`: at the turn of the month everybody with unbilled work gets a document."""

from __future__ import annotations

import msgspec
import pytest

from domain.database import fetch
from domain.invoices import operations
from tests.make.campaigns import approve, rich_employer, running, submitted
from tests.make.invoices import agreed
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

WAITING = "select entrypoint, payload from jobs.pgqueuer where status = 'queued'"


async def test_both_sides_of_unbilled_work_are_asked_for_once(world: World) -> None:
    """Asking again while the first jobs wait adds none."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    await approve(world, employer, await submitted(world, worker, campaign))
    await agreed(world, worker)

    for _ in range(2):
        await operations.ask_for_documents()

    asked = [
        (row["entrypoint"], msgspec.json.decode(row["payload"])) for row in await fetch(WAITING)
    ]
    of_employer = {"employer_id": str(employer), "currency": "USD"}
    of_worker = {"worker_id": str(worker), "currency": "USD"}
    assert asked.count(("fee_invoice_issue", of_employer)) == 1
    assert asked.count(("self_bill_issue", of_worker)) == 1
