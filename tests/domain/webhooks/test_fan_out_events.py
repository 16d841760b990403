"""`fan_out_events`: what happened becomes deliveries, each exactly once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.database import execute, fetch_value, transaction
from domain.events.rules import EventKind
from domain.webhooks import operations
from domain.webhooks.operations.fan_out import JOBS_MAX, ask_for_due
from domain.webhooks.rules import AT_ONCE_MAX, DeliveryState, EndpointState
from tests.make.campaigns import rich_employer, running, submitted
from tests.make.members import add_worker
from tests.make.payouts import VAULT
from tests.make.webhooks import (
    URL,
    Post,
    asked_for,
    deliveries,
    jobs_done,
    some_events,
)
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


async def test_an_endpoint_gets_what_happens_in_order(post: Post) -> None:
    """Each event once, the feed's order, and a job for the first of them."""
    employer = await rich_employer(post.world)
    endpoint_id = (await post.endpoint(employer)).endpoint_id

    await some_events(post.world, employer)
    found = await post.handed_out(endpoint_id, count=2)

    assert [each.event_kind for each in found] == ["campaign_funded", "campaign_running"]
    assert {each.state for each in found} == {DeliveryState.PENDING}
    assert await asked_for(endpoint_id) == [each.id for each in found]
    await post.caught_up()
    assert len(await deliveries(endpoint_id)) == 2


async def test_what_happened_before_is_not_told(post: Post) -> None:
    """Also when the feed had not been handed out yet at the endpoint's creation."""
    employer = await rich_employer(post.world)
    campaign = await some_events(post.world, employer)
    endpoint_id = (await post.endpoint(employer)).endpoint_id

    await submitted(post.world, await add_worker(post.world), campaign)
    found = await post.handed_out(endpoint_id, count=2)

    assert [each.event_kind for each in found] == ["assignment_claimed", "assignment_submitted"]


async def test_both_sides_hear_of_it_and_nobody_else(post: Post) -> None:
    """An assignment concerns its worker and its employer."""
    world = post.world
    employer, worker, stranger = await rich_employer(world), await add_worker(world), None
    stranger = await add_worker(world)
    campaign = await running(world, employer)
    kind = EventKind.ASSIGNMENT_SUBMITTED
    theirs = [(await post.endpoint(each, kind)).endpoint_id for each in (employer, worker)]
    other = (await post.endpoint(stranger)).endpoint_id

    await submitted(world, worker, campaign)

    for endpoint_id in theirs:
        (only,) = await post.handed_out(endpoint_id, count=1)
        assert only.event_kind == kind
    await post.caught_up()
    assert await deliveries(other) == []


async def test_only_the_wanted_kinds_are_told(post: Post) -> None:
    """A receiver that asked for payouts must not be woken for every claim."""
    employer = await rich_employer(post.world)
    endpoint_id = (await post.endpoint(employer, EventKind.CAMPAIGN_RUNNING)).endpoint_id

    await some_events(post.world, employer)
    await post.caught_up()

    assert [each.event_kind for each in await deliveries(endpoint_id)] == ["campaign_running"]


async def test_who_has_waited_longest_is_asked_for_first(post: Post) -> None:
    """However many endpoints have something due, and however long they have existed."""
    owner, late = await add_worker(post.world), await add_worker(post.world)
    async with transaction():
        await execute(
            "insert into webhook_endpoint (id, member_id, url, kinds, state, secret, created_at)"
            " select gen_random_uuid(), $1, $2, '{}', 'active', '', $3"
            " from generate_series(1, $4)",
            owner,
            URL,
            post.world.now,
            JOBS_MAX // AT_ONCE_MAX + 10,
        )
        await execute(
            "insert into webhook_delivery"
            " (id, endpoint_id, event_kind, state, next_at, created_at)"
            " select gen_random_uuid(), e.id, 'test', 'pending', $2, $2"
            " from webhook_endpoint e, generate_series(1, 2) where e.member_id = $1",
            owner,
            post.world.now,
        )
    endpoint_id = (await post.endpoint(late)).endpoint_id
    async with transaction():
        await execute(
            "insert into webhook_delivery"
            " (id, endpoint_id, event_kind, state, next_at, created_at)"
            " values ($1, $2, 'test', 'pending', $3, $3)",
            post.world.new_id(),
            endpoint_id,
            post.world.now - timedelta(seconds=1),
        )
    try:
        async with transaction():
            await ask_for_due(now=post.world.now)
        assert len(await asked_for(endpoint_id)) == 1
    finally:
        async with transaction():
            await execute("delete from jobs.pgqueuer where entrypoint = 'webhook_send'")
            await execute(
                "delete from webhook_delivery using webhook_endpoint e"
                " where endpoint_id = e.id and e.member_id = $1",
                owner,
            )
            await execute("delete from webhook_endpoint where member_id = $1", owner)


async def test_a_disabled_endpoint_gets_nothing(post: Post) -> None:
    """And when it is switched on again, only what happens from then on."""
    employer = await rich_employer(post.world)
    endpoint_id = (await post.endpoint(employer)).endpoint_id
    terms = operations.EndpointTerms(url="https://receiver.example.org/hooks")

    async def switch(state: EndpointState) -> None:
        await operations.update_endpoint(
            member_id=employer,
            endpoint_id=endpoint_id,
            terms=terms,
            state=state,
            step_up=None,
            private_hosts=(),
            vault=VAULT,
            now=post.world.now,
        )

    await switch(EndpointState.DISABLED)
    campaign = await some_events(post.world, employer)
    await post.caught_up()
    assert await deliveries(endpoint_id) == []

    await switch(EndpointState.ACTIVE)
    await submitted(post.world, await add_worker(post.world), campaign)
    found = await post.handed_out(endpoint_id, count=2)
    assert [each.event_kind for each in found] == ["assignment_claimed", "assignment_submitted"]


async def test_an_event_is_handed_out_once_however_often_it_is_read(post: Post) -> None:
    """A restored or rewound position makes no second delivery."""
    employer = await rich_employer(post.world)
    endpoint_id = (await post.endpoint(employer)).endpoint_id
    await some_events(post.world, employer)
    await post.handed_out(endpoint_id, count=2)

    async with transaction():
        await execute("update webhook_position set tx = '0', seq = 0")
    await post.caught_up()

    assert len(await deliveries(endpoint_id)) == 2


async def test_after_a_restore_into_another_server_events_go_on(post: Post) -> None:
    """A new server counts its transactions from the start; the old position would hide them."""
    employer = await rich_employer(post.world)
    endpoint_id = (await post.endpoint(employer)).endpoint_id
    far = 2**36 + 1_000
    async with transaction():
        await execute("update webhook_position set tx = $1::text::xid8", str(far))
        await execute("update webhook_endpoint set since = $1::text::pg_snapshot", f"{far}:{far}:")

    await post.fan_out()
    await some_events(post.world, employer)

    found = await post.handed_out(endpoint_id, count=2)
    assert [each.event_kind for each in found] == ["campaign_funded", "campaign_running"]


async def test_position_and_deliveries_move_together(post: Post) -> None:
    """A crash in the middle leaves neither: the next one begins where this one did."""
    employer = await rich_employer(post.world)
    endpoint_id = (await post.endpoint(employer)).endpoint_id
    await post.caught_up()
    await some_events(post.world, employer)
    before = await fetch_value("select tx::text || seq from webhook_position")

    class Killed(BaseException):
        pass

    def killing_id() -> None:
        raise Killed

    async with asyncio.timeout(20):
        while True:  # until the events can be read
            try:
                await operations.fan_out_events(
                    limit=500,
                    new_id=killing_id,  # type: ignore[arg-type]  # it never answers
                    now=post.world.now,
                )
            except Killed:
                break
            await asyncio.sleep(0.05)

    assert await fetch_value("select tx::text || seq from webhook_position") == before
    assert await deliveries(endpoint_id) == []
    assert len(await post.handed_out(endpoint_id, count=2)) == 2


async def test_many_at_once_make_no_doubles(post: Post) -> None:
    """Two job workers may run the same schedule."""
    employer = await rich_employer(post.world)
    endpoint_id = (await post.endpoint(employer)).endpoint_id
    await some_events(post.world, employer)

    await asyncio.gather(*(post.fan_out() for _ in range(10)))
    await post.caught_up()

    assert len(await deliveries(endpoint_id)) == 2


async def test_of_each_endpoint_two_are_asked_for(post: Post) -> None:
    """A backlog of one owner must not fill the queue before everybody else."""
    world = post.world
    busy, calm = await rich_employer(world), await rich_employer(world)
    backlog = (await post.endpoint(busy)).endpoint_id
    quick = (await post.endpoint(calm)).endpoint_id
    for _ in range(4):
        await some_events(world, busy)
    await some_events(world, calm)

    eight = await post.handed_out(backlog, count=8)
    two = await post.handed_out(quick, count=2)

    assert await asked_for(backlog) == [each.id for each in eight[:2]]
    assert await asked_for(quick) == [each.id for each in two]


async def test_a_job_that_got_lost_is_asked_for_again(post: Post) -> None:
    """The queue is a convenience; what is due stands in the deliveries."""
    employer = await rich_employer(post.world)
    endpoint_id = (await post.endpoint(employer)).endpoint_id
    test = await post.test_event(employer, endpoint_id)
    assert await asked_for(endpoint_id) == [test]

    await jobs_done(endpoint_id)
    await post.fan_out()

    assert await asked_for(endpoint_id) == [test]
