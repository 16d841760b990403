"""A webhook says about whom there is news; a look-up then says what, and only that moves money."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from domain.database import execute, fetch, fetch_row, transaction
from domain.errors import NotAllowed, NotFound
from domain.payouts import operations as payouts
from domain.payouts.rules import PayoutState
from domain.provider_inbox import operations, queries
from domain.provider_inbox.rules import RETRIED_FOR, EventState
from domain.provider_news import VerifiedWebhook
from tests.make.members import add_finance_member, add_worker
from tests.make.news import CallingSandbox, ObedientDeposits, news_of, open_newsroom, webhook
from tests.make.payouts import (
    VAULT,
    House,
    attempts,
    batch_state,
    eur,
    money_of,
    payout,
    queued_jobs,
)
from tests.make.world import World

pytestmark = pytest.mark.asyncio

SECOND = timedelta(seconds=1)


@dataclass
class Inbox:
    """The inbox of a house whose sandbox calls."""

    house: House
    sandbox: CallingSandbox
    deposits: ObedientDeposits

    async def take(self, *about: Mapping[str, str], kind: str = "moved") -> UUID:
        """Kept, as the route keeps it."""
        body, _ = webhook(*about, at=self.house.world.now, kind=kind)
        event_id = f"{self.house.world.name} {zlib.crc32(body)}"
        await operations.take_webhook(
            instance_id="sandbox",
            webhook=VerifiedWebhook(event_id=event_id, route="events", body=body),
            received_at=self.house.world.now,
            vault=VAULT,
            new_id=self.house.world.new_id,
        )
        row = await fetch_row("select id from provider_event where event_id = $1", event_id)
        assert row is not None
        return UUID(str(row["id"]))

    async def handle(self, event_id: UUID) -> None:
        await operations.handle_event(
            event_id=event_id, news=news_of(self.house), vault=VAULT, now=self.house.world.now
        )

    async def arrive(self, *about: Mapping[str, str], kind: str = "moved") -> EventState:
        event_id = await self.take(*about, kind=kind)
        await self.handle(event_id)
        return await self.state(event_id)

    async def replay(self, event_id: UUID) -> None:
        world = self.house.world
        member_id = await add_finance_member(world)
        await operations.replay_event(event_id=event_id, member_id=member_id, now=world.now)

    async def state(self, event_id: UUID) -> EventState:
        return (await queries.events_by_id(ids=[event_id]))[event_id].state

    async def heard_jobs(self, batch_id: UUID) -> list[Any]:
        """Look-ups that news asked for."""
        return await fetch(
            "select execute_after, convert_from(payload, 'UTF8') as payload, dedupe_key"
            " from jobs.pgqueuer where dedupe_key like $1",
            f"payout_look_up:{batch_id}:%:heard",
        )


@pytest_asyncio.fixture
async def inbox(world: World, tmp_path: Path) -> AsyncIterator[Inbox]:
    async with open_newsroom(world, tmp_path) as (house, sandbox, deposits):
        yield Inbox(house, sandbox, deposits)


async def test_news_by_any_name_finds_its_batch(inbox: Inbox) -> None:
    """Ours or the provider's, of the item or of the batch."""
    _, payout_id, batch_id = await inbox.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    async with transaction():
        await execute(
            "update payout_attempt set provider_ref = 'item-' || item_ref where id = $1", attempt.id
        )
    row = await fetch_row(
        "select batch_ref, provider_ref from payout_batch where id = $1", batch_id
    )
    assert row is not None
    names = [
        {"item_ref": attempt.item_ref},
        {"batch_ref": row["batch_ref"]},
        {"provider_ref": row["provider_ref"]},
        {"provider_ref": f"item-{attempt.item_ref}"},
    ]

    for name in names:
        assert await inbox.arrive(name) is EventState.MATCHED

    assert len(await inbox.heard_jobs(batch_id)) == 1


async def test_a_webhook_moves_no_money_and_no_state(inbox: Inbox) -> None:
    """Whatever it claims: what it says is not believed, only looked into."""
    payee, payout_id, _ = await inbox.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    before = await payout(payout_id), await money_of(payee.id)

    await inbox.arrive({"item_ref": attempt.item_ref}, kind="PAYOUT.PAID")

    assert (await payout(payout_id), await money_of(payee.id)) == before


async def test_however_much_news_one_look_up(inbox: Inbox) -> None:
    """A batch of 15,000 sends 15,000 webhooks: it is asked once for all of them."""
    _, payout_id, batch_id = await inbox.house.sent("ok")
    (attempt,) = await attempts(payout_id)
    taken = [
        await inbox.take({"item_ref": attempt.item_ref, "provider_ref": str(n)}) for n in range(50)
    ]

    await asyncio.gather(*(inbox.handle(each) for each in taken))

    assert len(await inbox.heard_jobs(batch_id)) == 1
    await inbox.house.look_up(batch_id, after=2 * SECOND)
    assert (await payout(payout_id)).state is PayoutState.PAID
    assert inbox.sandbox.look_up_count == 1


async def test_news_that_comes_during_a_look_up_is_answered_by_one_more(inbox: Inbox) -> None:
    """The answer under way may be older than the news; a storm costs two look-ups a minute."""
    _, payout_id, batch_id = await inbox.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    await inbox.arrive({"item_ref": attempt.item_ref})
    original = inbox.sandbox.look_up

    async def slow(batch: Any, context: Any) -> Any:
        answer = await original(batch, context)
        await inbox.arrive({"item_ref": attempt.item_ref})
        return answer

    inbox.sandbox.look_up = slow  # type: ignore[method-assign]  # a slow provider
    async with transaction():
        await execute("delete from jobs.pgqueuer where entrypoint = 'payout_look_up'")
    await inbox.house.look_up(batch_id, after=SECOND)

    jobs = await inbox.heard_jobs(batch_id)
    assert len(jobs) == 2  # that of the news itself, and that of the look-up it overtook


async def test_news_before_our_own_answer_waits_for_it(inbox: Inbox) -> None:
    """The webhook beats the answer to the send: it is kept, and matched when that is recorded."""
    payee = await inbox.house.payee(scenario="ok")
    payout_id = (await inbox.house.request(payee)).payout_id
    batch_id = await inbox.house.route(payout_id)
    row = await fetch_row("select batch_ref from payout_batch where id = $1", batch_id)
    assert row is not None
    known_as = f"sandbox-{row['batch_ref']}"
    event_id = await inbox.take({"provider_ref": known_as})
    await inbox.handle(event_id)
    assert await inbox.state(event_id) is EventState.UNMATCHED

    await inbox.house.send(batch_id)
    assert await queued_jobs("provider_event_retry", "sandbox") == 1
    async with transaction():
        await execute("delete from jobs.pgqueuer where entrypoint = 'provider_event'")
    await operations.retry_unmatched(instance_id="sandbox", now=inbox.house.world.now)
    assert await queued_jobs("provider_event", str(event_id)) == 1
    await inbox.handle(event_id)

    assert await inbox.state(event_id) is EventState.MATCHED
    assert len(await inbox.heard_jobs(batch_id)) == 1


async def test_news_while_it_is_being_sent_is_looked_into_afterwards(inbox: Inbox) -> None:
    """By our reference it matches at once, but nobody may look up what is just being sent."""
    payee = await inbox.house.payee(scenario="ok")
    payout_id = (await inbox.house.request(payee)).payout_id
    batch_id = await inbox.house.route(payout_id)
    (attempt,) = await attempts(payout_id)
    original = inbox.sandbox.send

    async def send(batch: Any, context: Any) -> Any:
        answer = await original(batch, context)
        assert await inbox.arrive({"item_ref": attempt.item_ref}) is EventState.MATCHED
        async with transaction():
            await execute("delete from jobs.pgqueuer where entrypoint = 'payout_look_up'")
        return answer

    inbox.sandbox.send = send  # type: ignore[method-assign]  # a provider that is quick to tell
    await inbox.house.send(batch_id)

    assert len(await inbox.heard_jobs(batch_id)) == 1


async def test_a_closed_batch_is_opened_for_one_look_up(inbox: Inbox) -> None:
    """A return after we stopped looking: money comes back because somebody told us."""
    payee, payout_id, batch_id = await inbox.house.sent("returned")
    await inbox.house.look_up(batch_id, after=3 * SECOND)
    assert (await payout(payout_id)).state is PayoutState.PAID
    (attempt,) = await attempts(payout_id)
    async with transaction():
        await execute(
            "update payout_batch set state = 'closed', due_at = null where id = $1", batch_id
        )
    inbox.house.wait(timedelta(days=90))

    await inbox.arrive({"item_ref": attempt.item_ref})
    await inbox.house.look_up(batch_id)

    assert (await payout(payout_id)).state is PayoutState.RETURNED
    assert (await money_of(payee.id))[0] == eur("10.00")
    assert await batch_state(batch_id) == "closed"


async def test_what_a_webhook_spoke_of_is_never_missing(inbox: Inbox) -> None:
    """The provider has it, whatever its search says: it must not be sent again."""
    _, payout_id, batch_id = await inbox.house.sent("timeout-lost")
    (attempt,) = await attempts(payout_id)
    await inbox.arrive({"item_ref": attempt.item_ref})

    for _ in range(4):
        await inbox.house.look_up(batch_id, after=timedelta(hours=1))

    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    assert inbox.house.memory.sends().count(attempt.batch_ref) == 1


async def test_news_of_another_instance_is_not_ours(inbox: Inbox) -> None:
    """Two accounts at one provider: a reference counts at the instance it was sent through."""
    _, payout_id, batch_id = await inbox.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    async with transaction():
        await execute("update payout_batch set instance_id = 'other' where id = $1", batch_id)
    try:
        state = await inbox.arrive({"item_ref": attempt.item_ref})
    finally:
        async with transaction():
            await execute("update payout_batch set instance_id = 'sandbox' where id = $1", batch_id)

    assert state is EventState.UNMATCHED
    assert await inbox.heard_jobs(batch_id) == []


async def test_what_nobody_is_found_for_is_tried_again_and_then_left_to_people(
    inbox: Inbox,
) -> None:
    """The sweep brings it back; after thirty days it waits in the list of staff alone."""
    event_id = await inbox.take({"item_ref": "PZZNOBODY"})
    await inbox.handle(event_id)
    async with transaction():
        await execute("delete from jobs.pgqueuer where entrypoint = 'provider_event'")

    inbox.house.wait(timedelta(minutes=2))
    await operations.recover_events(now=inbox.house.world.now)
    assert await queued_jobs("provider_event", str(event_id)) == 1

    inbox.house.wait(RETRIED_FOR)
    await inbox.handle(event_id)
    row = await fetch_row("select state, due_at from provider_event where id = $1", event_id)
    assert row is not None
    assert (row["state"], row["due_at"]) == ("unmatched", None)
    assert event_id in {each.id for each in await queries.open_events()}


async def test_staff_have_it_read_again(inbox: Inbox) -> None:
    """Also what was matched before: the look-up then tells anew."""
    _, payout_id, batch_id = await inbox.house.sent("slow")
    (attempt,) = await attempts(payout_id)
    event_id = await inbox.take({"item_ref": attempt.item_ref})
    await inbox.handle(event_id)
    async with transaction():
        await execute("delete from jobs.pgqueuer")

    await inbox.replay(event_id)
    assert await queued_jobs("provider_event", str(event_id)) == 1
    await inbox.handle(event_id)

    assert len(await inbox.heard_jobs(batch_id)) == 1
    world = inbox.house.world
    with pytest.raises(NotAllowed):
        await operations.replay_event(
            event_id=event_id, member_id=await add_worker(world), now=world.now
        )
    with pytest.raises(NotFound):
        await inbox.replay(inbox.house.world.new_id())


async def test_bodies_are_forgotten_and_their_events_stay(inbox: Inbox) -> None:
    """What is not kept cannot be read again, and says so."""
    event_id = await inbox.take({"item_ref": "PZZNOBODY"})
    kept_since = inbox.house.world.now + SECOND

    await operations.forget_bodies(kept_since=kept_since)

    record = (await queries.events_by_id(ids=[event_id]))[event_id]
    assert not record.is_replayable
    with pytest.raises(operations.BodyForgotten):
        await inbox.replay(event_id)


async def test_a_type_that_changes_nothing_is_ignored(inbox: Inbox) -> None:
    """It is kept, and nobody is asked."""
    assert await inbox.arrive(kind="ping") is EventState.IGNORED


async def test_one_that_its_provider_cannot_read_waits_for_people(inbox: Inbox) -> None:
    """A new version of the plugin reads it later: nothing is lost."""
    original = inbox.sandbox.read_webhook

    def broken(_: VerifiedWebhook) -> Any:
        raise KeyError("resource")

    inbox.sandbox.read_webhook = broken  # type: ignore[method-assign, assignment]  # older code
    event_id = await inbox.take({"item_ref": "P"})
    await inbox.handle(event_id)
    assert await inbox.state(event_id) is EventState.UNREADABLE

    inbox.sandbox.read_webhook = original  # type: ignore[method-assign]
    await inbox.replay(event_id)
    await inbox.handle(event_id)
    assert await inbox.state(event_id) is EventState.UNMATCHED


async def test_a_planned_look_up_gives_way_to_the_one_news_asked_for(inbox: Inbox) -> None:
    """Else each piece of news would start a series of look-ups of its own."""
    _, _, batch_id = await inbox.house.sent("slow")
    (job,) = await fetch(
        "select convert_from(payload, 'UTF8')::json ->> 'no' as no from jobs.pgqueuer"
        " where entrypoint = 'payout_look_up' and convert_from(payload, 'UTF8') like $1",
        f"%{batch_id}%",
    )
    await inbox.house.look_up(batch_id, after=SECOND)
    count = inbox.sandbox.look_up_count

    await payouts.look_up_batch(
        batch_id=batch_id,
        providers=inbox.house.providers,
        vault=VAULT,
        clock=inbox.house.clock,
        new_id=inbox.house.world.new_id,
        no=job["no"],
    )

    assert inbox.sandbox.look_up_count == count
