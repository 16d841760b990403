"""From the change to the receiver: the real writer, the real sender, a real HTTP server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from domain.events.rules import EventKind
from domain.webhooks import rules
from domain.webhooks.provider import DeliveryProblem
from domain.webhooks.rules import DeliveryState
from gateway.providers import Providers
from gateway.webhooks.payload import SchemaWriter
from gateway.webhooks.sender import HttpSender
from tests.make.ask import services_for_tests
from tests.make.campaigns import rich_employer, running, submitted
from tests.make.members import add_worker
from tests.make.receiver import Receiver, receiver, silence
from tests.make.webhooks import Post, delivery, jobs_done, some_events
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def there() -> AsyncIterator[Receiver]:
    async with receiver() as opened:
        yield opened


@pytest.fixture
def post(world: World, providers: Providers, there: Receiver) -> Post:
    """At the present moment: receivers refuse old signatures."""
    world.now = datetime.now(UTC)
    return Post(
        world,
        writer=SchemaWriter(services_for_tests(world, providers)),
        sender=HttpSender(private_hosts={there.place}),
        private_hosts=frozenset({there.place}),
    )


async def test_a_worker_hears_that_the_employer_hears(post: Post, there: Receiver) -> None:
    """One submission, two owners, two secrets, one event id."""
    world = post.world
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer)
    kind = EventKind.ASSIGNMENT_SUBMITTED
    endpoints = [
        await post.endpoint(each, kind, url=f"{there.url}&who={name}")
        for name, each in (("employer", employer), ("worker", worker))
    ]

    await submitted(world, worker, campaign)
    for told in endpoints:
        (only,) = await post.handed_out(told.endpoint_id, count=1)
        await post.send(only.id)
        assert (await delivery(only.id)).state is DeliveryState.DELIVERED

    bodies = [
        Webhook(told.secret).verify(got.body, dict(got.headers))
        for told, got in zip(endpoints, there.received, strict=True)
    ]
    assert [each["type"] for each in bodies] == ["assignment.submitted"] * 2
    assert bodies[0] == bodies[1]
    assert len({got.headers["webhook-id"] for got in there.received}) == 1


async def test_killed_between_the_answer_and_the_record(post: Post, there: Receiver) -> None:
    """The receiver gets it twice with the same id, and our record is right in the end."""
    employer = await rich_employer(post.world)
    told = await post.endpoint(employer, url=there.url)
    await some_events(post.world, employer)
    first, _ = await post.handed_out(told.endpoint_id, count=2)
    real = post.sender

    class Killed(BaseException):
        pass

    class Killing:
        async def send(self, **what: object) -> None:
            await real.send(**what)  # type: ignore[arg-type]  # passed on as it came
            raise Killed

    post.sender = Killing()  # type: ignore[assignment]  # it never answers
    with pytest.raises(Killed):
        await post.send(first.id)
    post.sender = real
    post.wait(rules.LEASE)
    await post.send(first.id)
    assert (await delivery(first.id)).last_error is DeliveryProblem.LOST
    post.wait(rules.RETRY_DELAYS[0])
    await post.send(first.id)

    assert (await delivery(first.id)).state is DeliveryState.DELIVERED
    assert len(there.received) == 2
    assert len({got.headers["webhook-id"] for got in there.received}) == 1
    assert len({got.body for got in there.received}) == 1


async def test_a_dead_receiver_does_not_delay_another(post: Post, there: Receiver) -> None:
    """While one hangs, the other one's event arrives."""
    world = post.world
    unlucky, lucky = await rich_employer(world), await rich_employer(world)
    there.script = silence
    async with receiver() as quick:
        post.private_hosts |= {quick.place}
        post.sender = HttpSender(private_hosts=post.private_hosts)
        hanging = await post.endpoint(unlucky, url=there.url)
        working = await post.endpoint(lucky, url=quick.url)
        waiting = [await post.test_event(unlucky, hanging.endpoint_id) for _ in range(5)]
        one = await post.test_event(lucky, working.endpoint_id)
        await jobs_done(hanging.endpoint_id)

        stuck = [asyncio.create_task(post.send(each)) for each in waiting]
        await asyncio.wait_for(post.send(one), 5)
        assert (await delivery(one)).state is DeliveryState.DELIVERED
        rest = set(stuck)
        async with asyncio.timeout(5):  # less than a hanging one takes to be given up
            while len(rest) > rules.AT_ONCE_MAX:
                _, rest = await asyncio.wait(rest, return_when=asyncio.FIRST_COMPLETED)
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)

    assert len(quick.received) == 1
