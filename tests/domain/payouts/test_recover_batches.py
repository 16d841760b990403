"""`recover_batches`: crashes between intent and result, and jobs that were lost, end well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextvars import Context
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from domain.database import execute, fetch, transaction
from domain.payouts import operations, queries
from domain.payouts.provider import PayoutBatch, PayoutProvider, SendOutcome
from domain.payouts.rules import PayoutState, Problem
from domain.provider import CallContext
from gateway.providers import PayoutDirectory
from plugins.guarded import GuardedPayouts
from tests.make.dying import DiesAfterSending, DiesBeforeSending, dying
from tests.make.payouts import LEASE, House, attempts, batch_state, eur, money_of, payout

pytestmark = pytest.mark.asyncio

MINUTE = timedelta(minutes=1)


async def recover(house: House, *, after: timedelta = timedelta(0)) -> int:
    house.wait(after)
    return await operations.recover_batches(now=house.world.now, new_id=house.world.new_id)


@pytest.mark.parametrize("kind", [DiesAfterSending, DiesBeforeSending])
async def test_a_crash_after_the_intent_is_looked_up_and_paid_once(
    house: House, kind: type[GuardedPayouts]
) -> None:
    """Nobody knows whether it was sent, so nobody sends: the provider is asked."""
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    batch_id = await house.route(payout_id)
    house.providers = dying(house, kind)
    with pytest.raises(asyncio.CancelledError):
        await house.send(batch_id)
    house.providers = house.opened.payouts
    assert (await payout(payout_id)).state is PayoutState.SENDING
    await house.send(batch_id)  # the job comes back: it must not send
    assert len(house.memory.items()) == (kind is DiesAfterSending)

    await recover(house)
    assert (await payout(payout_id)).state is PayoutState.SENDING  # the lease still runs
    await recover(house, after=LEASE)
    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
    for _ in range(3):
        await house.look_up(batch_id, after=timedelta(seconds=10))
        await house.send(batch_id)

    await house.look_up(batch_id, after=timedelta(seconds=10))
    assert (await payout(payout_id)).state is PayoutState.PAID
    assert [each.payout_id for each in house.memory.items()] == [str(payout_id)]
    assert len(set(house.memory.sends())) == 1


async def test_a_late_answer_after_the_lease_still_counts(house: House) -> None:
    """A suspended process wakes up and says what it saw; nothing is booked twice."""
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    batch_id = await house.route(payout_id)
    inner: PayoutProvider[Any] = house.opened.payouts.named("sandbox")._inner  # noqa: SLF001  # it is ours to break

    class Sleeps(GuardedPayouts):
        async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
            outcome = await super().send(batch, context)
            await recover(house, after=LEASE)
            assert (await payout(payout_id)).state is PayoutState.UNKNOWN
            return outcome

    sleepy = Sleeps(inner, instance_id="sandbox", in_transaction=lambda: False)
    house.providers = PayoutDirectory({"sandbox": sleepy}, region="ZZ")
    await house.send(batch_id)

    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert await batch_state(batch_id) == "sent"
    await house.look_up(batch_id)
    assert (await payout(payout_id)).state is PayoutState.PAID


async def test_lost_jobs_are_enqueued_again(house: House) -> None:
    """Whatever a payout waits for, the sweep finds it."""
    async with transaction():
        await execute("delete from jobs.pgqueuer")
    routed, unrouted = await house.payee(), await house.payee()
    routed_id = (await house.request(routed)).payout_id
    batch_id = await house.route(routed_id)
    unrouted_id = (await house.request(unrouted)).payout_id
    async with transaction():
        await execute("delete from jobs.pgqueuer")

    await recover(house, after=2 * MINUTE)
    await recover(house)

    waiting = await jobs()
    assert waiting.count(("payout_route", str(unrouted_id))) == 1
    assert waiting.count(("payout_send", str(batch_id))) == 1
    assert ("payout_route", str(routed_id)) not in waiting


async def test_without_a_route_a_payout_is_held_and_goes_on_by_itself(house: House) -> None:
    """Never a silent wait: the worker sees the reason, and may cancel meanwhile."""
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    house.providers = PayoutDirectory({}, region="ZZ")
    assert await route(house, payout_id) is None
    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.HELD, Problem.NO_ROUTE)
    house.providers = house.opened.payouts
    async with transaction():
        await execute("delete from jobs.pgqueuer")

    await recover(house, after=2 * MINUTE)

    assert ("payout_route", str(payout_id)) in await jobs()
    assert await route(house, payout_id) is not None
    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.QUEUED, None)
    assert len(await attempts(payout_id)) == 1
    assert await queries.audit() == []


async def test_what_is_held_for_weeks_keeps_nobody_waiting(house: House) -> None:
    """A sweep takes 500: the payouts without a route take turns, behind those that may go."""
    payout_id = (await house.request(await house.payee())).payout_id
    async with transaction():
        await execute(
            "insert into payout (id, worker_id, destination_id, state, currency, amount_micros,"
            " fee_micros, problem, requested_at)"
            " select gen_random_uuid(), worker_id, destination_id, 'held', 'EUR', 1000000, 0,"
            " 'no_route', requested_at - interval '1 day' from payout, generate_series(1, 501)"
            " where id = $1",
            payout_id,
        )
        held = {
            ("payout_route", str(row["id"]))
            for row in await fetch("select id from payout where problem = 'no_route'")
        }
        await execute("delete from jobs.pgqueuer")

    try:
        await recover(house, after=2 * MINUTE)
        first = await jobs()
        for _ in range(6):
            await recover(house, after=MINUTE)
        at_last = await jobs()
    finally:
        async with transaction():
            await execute("delete from payout where problem = 'no_route'")

    assert ("payout_route", str(payout_id)) in first
    assert len(held) == 501
    assert len(held & set(first)) == 500
    assert held <= set(at_last)


async def test_batches_nobody_can_serve_keep_no_other_waiting(house: House) -> None:
    """Their instance was removed: they move to the end of the line."""
    batch_id = await house.route((await house.request(await house.payee())).payout_id)
    async with transaction():
        await execute(
            "insert into payout_batch (id, batch_ref, instance_id, currency, items_digest, state,"
            " send_count, look_up_count, watch_count, missing_count, due_at, created_at)"
            " select gen_random_uuid(), 'gone' || n, 'gone', 'EUR', items_digest, 'sent', 1, 0, 0,"
            " 0, due_at - interval '1 day', created_at from payout_batch, generate_series(1, 500) n"
            " where id = $1",
            batch_id,
        )
        await execute("delete from jobs.pgqueuer")

    try:
        await recover(house, after=2 * MINUTE)
        first = await jobs()
        await recover(house, after=MINUTE)
        second = await jobs()
    finally:
        async with transaction():
            await execute("delete from payout_batch where instance_id = 'gone'")

    assert ("payout_send", str(batch_id)) not in first
    assert ("payout_send", str(batch_id)) in second


async def test_a_lease_that_cannot_be_ended_keeps_no_other_waiting(house: House) -> None:
    """Its failure is raised once all others are done."""
    ids, batch_ids = [], []
    house.providers = dying(house, DiesBeforeSending)
    for _ in range(2):
        ids.append((await house.request(await house.payee())).payout_id)
        batch_ids.append(await house.route(ids[-1]))
        with pytest.raises(asyncio.CancelledError):
            await house.send(batch_ids[-1])
        house.wait(timedelta(seconds=1))
    house.wait(LEASE)

    async with transaction():
        await execute("select 1 from payout where id = $1 for update", ids[0])
        with pytest.raises(asyncpg.LockNotAvailableError):
            await asyncio.create_task(recover(house), context=Context())

    assert [await batch_state(each) for each in batch_ids] == ["sending", "sent"]
    await recover(house)
    assert [await batch_state(each) for each in batch_ids] == ["sent", "sent"]


async def route(house: House, payout_id: Any) -> Any:
    return await operations.route_payout(
        payout_id=payout_id,
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def jobs() -> Sequence[tuple[str, str]]:
    """Waiting jobs of payouts that are not of another test: name and the id they are about."""
    rows = await fetch(
        "select entrypoint, convert_from(payload, 'UTF8')::json as given from jobs.pgqueuer"
        " where entrypoint in ('payout_route', 'payout_send')"
    )
    return sorted((row[0], *json.loads(row[1]).values()) for row in rows)
