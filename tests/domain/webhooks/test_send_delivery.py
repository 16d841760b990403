"""`send_delivery`: at least once, on schedule, and no receiver at the cost of another."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.webhooks import operations, rules
from domain.webhooks.provider import Answer, DeliveryProblem
from domain.webhooks.rules import (
    ATTEMPTS_MAX,
    RETRY_DELAYS,
    DeliveryState,
    DisabledReason,
    EndpointState,
)
from tests.make.campaigns import rich_employer
from tests.make.members import add_worker
from tests.make.webhooks import (
    FAILED,
    WELL,
    ObedientSender,
    PlainWriter,
    Post,
    asked_for,
    deliveries,
    delivery,
    endpoint,
    jobs_done,
    row_of,
    some_events,
)
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


async def ready(post: Post, *, tests: int = 1) -> tuple[UUID, UUID, list[UUID]]:
    """An owner, an endpoint and its waiting tests."""
    owner = await add_worker(post.world)
    endpoint_id = (await post.endpoint(owner)).endpoint_id
    return owner, endpoint_id, [await post.test_event(owner, endpoint_id) for _ in range(tests)]


async def test_a_good_answer_ends_it(post: Post) -> None:
    """Sent once, and a second job for it finds nothing to do."""
    _, endpoint_id, (test,) = await ready(post)

    await post.send(test)
    await post.send(test)

    record = await delivery(test)
    assert (record.state, record.attempt_count, record.last_status) == (
        DeliveryState.DELIVERED,
        1,
        200,
    )
    assert (record.delivered_at, record.next_at) == (post.world.now, None)
    assert len(post.obedient.sent) == 1
    assert (await endpoint(endpoint_id)).failing_since is None


async def test_the_schedule_to_the_end(post: Post) -> None:
    """Every delay of the table, then dead; a look before the time sends nothing."""
    _, _, (test,) = await ready(post)
    post.obedient.answer = FAILED

    for delay in RETRY_DELAYS:
        await post.send(test)
        record = await delivery(test)
        assert (record.state, record.next_at) == (DeliveryState.RETRYING, post.world.now + delay)
        post.wait(delay - timedelta(microseconds=1))
        sent = len(post.obedient.sent)
        await post.send(test)
        assert len(post.obedient.sent) == sent
        post.wait(timedelta(microseconds=1))
    await post.send(test)

    record = await delivery(test)
    assert (record.state, record.attempt_count) == (DeliveryState.DEAD, ATTEMPTS_MAX)
    assert (record.last_status, record.last_error) == (500, DeliveryProblem.STATUS)
    assert len(post.obedient.sent) == ATTEMPTS_MAX


async def test_an_event_keeps_its_id(post: Post) -> None:
    """Receivers deduplicate by it, so it must not change between attempts."""
    employer = await rich_employer(post.world)
    endpoint_id = (await post.endpoint(employer)).endpoint_id
    await some_events(post.world, employer)
    first, _ = await post.handed_out(endpoint_id, count=2)

    post.obedient.answer = FAILED
    await post.send(first.id)
    post.wait(RETRY_DELAYS[0])
    post.obedient.answer = WELL
    await post.send(first.id)

    ids = [message.id for _, message, _ in post.obedient.sent]
    assert ids == [str(first.event_id)] * 2


async def test_a_crash_before_the_record_sends_again(post: Post) -> None:
    """At least once: when the lease ends it counts as lost, and is tried again on schedule."""
    _, _, (test,) = await ready(post)

    class Killed(BaseException):
        pass

    async def kill() -> Answer:
        raise Killed

    post.obedient.answer = kill
    with pytest.raises(Killed):
        await post.send(test)
    post.obedient.answer = WELL
    await post.send(test)
    assert len(post.obedient.sent) == 1  # the lease: perhaps it is still under way

    post.wait(rules.LEASE)
    await post.send(test)
    record = await delivery(test)
    assert (record.state, record.last_error) == (DeliveryState.RETRYING, DeliveryProblem.LOST)
    assert record.next_at == post.world.now + RETRY_DELAYS[0]

    post.wait(RETRY_DELAYS[0])
    await post.send(test)
    assert (await delivery(test)).state is DeliveryState.DELIVERED
    assert len(post.obedient.sent) == 2


async def test_a_job_that_kills_its_worker_ends(post: Post) -> None:
    """Attempts are counted when they begin, so even this is dead one day."""
    _, _, (test,) = await ready(post)

    class Killed(BaseException):
        pass

    async def kill() -> Answer:
        raise Killed

    post.obedient.answer = kill
    for _ in range(ATTEMPTS_MAX):
        with pytest.raises(Killed):
            await post.send(test)
        post.wait(rules.LEASE)
        await post.send(test)
        post.wait(RETRY_DELAYS[-1])

    assert (await delivery(test)).state is DeliveryState.DEAD


async def test_a_late_answer_undoes_nothing(post: Post) -> None:
    """An attempt whose lease has ended is history, whatever it says in the end."""
    _, _, (test,) = await ready(post)

    async def late() -> Answer:
        post.wait(rules.LEASE)
        post.sender = ObedientSender()
        await post.send(test)  # counts the first one as lost
        post.wait(RETRY_DELAYS[0])
        await post.send(test)  # and delivers
        return FAILED

    post.obedient.answer = late
    await post.send(test)

    record = await delivery(test)
    assert (record.state, record.last_status) == (DeliveryState.DELIVERED, 200)


async def test_two_at_once_per_endpoint(post: Post) -> None:
    """A slow receiver keeps two places busy, not all of them; the rest follows at once."""
    _, endpoint_id, tests = await ready(post, tests=4)
    await jobs_done(endpoint_id)
    begun, gate = asyncio.Semaphore(0), asyncio.Event()

    async def slow() -> Answer:
        begun.release()
        await gate.wait()
        return WELL

    post.obedient.answer = slow
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(post.send(test)) for test in tests]
        await begun.acquire()
        await begun.acquire()
        while sum(task.done() for task in tasks) < 2:  # noqa: ASYNC110  # they return unsent
            await asyncio.sleep(0.01)
        assert len(post.obedient.sent) == rules.AT_ONCE_MAX
        gate.set()

    states = [(await delivery(test)).state for test in tests]
    assert sorted(states) == [DeliveryState.DELIVERED] * 2 + [DeliveryState.PENDING] * 2
    waiting = {test for test in tests if (await delivery(test)).state is DeliveryState.PENDING}
    assert set(await asked_for(endpoint_id)) == waiting


async def test_a_dead_receiver_is_probed_once_a_minute(post: Post) -> None:
    """Its backlog neither uses up its attempts nor anybody's time."""
    _, endpoint_id, tests = await ready(post, tests=5)
    await jobs_done(endpoint_id)
    post.obedient.answer = FAILED
    for test in tests[: rules.BREAK_AFTER]:
        await post.send(test)
    await jobs_done(endpoint_id)

    await post.send(tests[3])
    await post.fan_out()
    assert (await delivery(tests[3])).attempt_count == 0
    assert await asked_for(endpoint_id) == []

    post.wait(rules.BREAK)
    await post.fan_out()
    assert len(await asked_for(endpoint_id)) == 1

    post.obedient.answer = WELL
    (probe,) = await asked_for(endpoint_id)
    await jobs_done(endpoint_id)
    await post.send(probe)
    assert len(await asked_for(endpoint_id)) == rules.AT_ONCE_MAX
    assert (await endpoint(endpoint_id)).failing_since is None


async def test_410_disables_the_endpoint(post: Post) -> None:
    """The receiver says that it is gone; what waits is dead, and can be delivered again."""
    owner, endpoint_id, (first, second) = await ready(post, tests=2)
    post.obedient.answer = Answer(410, DeliveryProblem.STATUS)

    await post.send(first)

    record = await endpoint(endpoint_id)
    assert (record.state, record.disabled_reason) == (EndpointState.DISABLED, DisabledReason.GONE)
    assert [each.state for each in await deliveries(endpoint_id)] == [DeliveryState.DEAD] * 2
    await post.send(second)
    assert len(post.obedient.sent) == 1
    assert owner == record.member_id


async def test_five_days_of_failures_disable_the_endpoint(post: Post) -> None:
    """Nobody is called for ever; one good answer in between starts the count anew."""
    owner, endpoint_id, (test,) = await ready(post)
    post.obedient.answer = FAILED
    await post.send(test)
    post.wait(timedelta(days=4))
    post.obedient.answer = WELL
    await post.send(test)
    post.obedient.answer = FAILED
    for day in range(6):
        assert (await endpoint(endpoint_id)).state is EndpointState.ACTIVE, day
        await post.send(await post.test_event(owner, endpoint_id))
        post.wait(timedelta(days=1))

    record = await endpoint(endpoint_id)
    assert (record.state, record.disabled_reason) == (
        EndpointState.DISABLED,
        DisabledReason.FAILING,
    )


async def test_what_the_owner_may_not_see_is_discarded(post: Post) -> None:
    """Nothing is sent, and nobody's failure is counted."""
    _, endpoint_id, (test,) = await ready(post)
    post.writer = PlainWriter(tells_nothing=True)

    await post.send(test)

    record = await delivery(test)
    assert (record.state, record.next_at) == (DeliveryState.DISCARDED, None)
    assert post.obedient.sent == []
    assert (await endpoint(endpoint_id)).failing_since is None


async def test_a_document_that_does_not_run_any_more_is_a_failure(post: Post) -> None:
    """The schema may change; the owner sees why nothing arrives."""
    _, _, (test,) = await ready(post)
    post.writer = PlainWriter(fails=True)

    await post.send(test)

    record = await delivery(test)
    assert (record.state, record.last_error) == (
        DeliveryState.RETRYING,
        DeliveryProblem.DOCUMENT_FAILED,
    )


async def test_an_endpoint_removed_during_the_call_is_no_error(post: Post) -> None:
    """The job ends as if all were well."""
    owner, endpoint_id, (test,) = await ready(post)

    async def remove() -> Answer:
        await operations.remove_endpoint(member_id=owner, endpoint_id=endpoint_id)
        return FAILED

    post.obedient.answer = remove
    await post.send(test)

    assert await row_of("webhook_delivery", test) is None


async def test_a_delivery_begun_anew_starts_from_the_first_attempt(post: Post) -> None:
    """A dead one, and one that arrived: both are sent again, with all attempts before them."""
    owner, endpoint_id, (dead, arrived) = await ready(post, tests=2)
    await post.send(arrived)
    post.obedient.answer = FAILED
    for delay in (*RETRY_DELAYS, timedelta()):
        await post.send(dead)
        post.wait(delay)
    assert (await delivery(dead)).state is DeliveryState.DEAD
    await jobs_done(endpoint_id)
    post.wait(rules.BREAK)

    for each in (dead, arrived):
        await operations.deliver_again(member_id=owner, delivery_id=each, now=post.world.now)

    post.obedient.answer = WELL
    for each in (dead, arrived):
        record = await delivery(each)
        assert (record.state, record.attempt_count) == (DeliveryState.PENDING, 0)
        await post.send(each)
        assert (await delivery(each)).state is DeliveryState.DELIVERED
