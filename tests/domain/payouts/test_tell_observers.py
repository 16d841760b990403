"""Observers are told after commit, in order, at least once; what they do wrong harms nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from domain.database import execute, fetch_row, transaction
from domain.payouts import operations
from domain.payouts.operations.tell_observers import TRIES_MAX
from domain.payouts.provider import PayoutNews, PayoutObserver
from domain.payouts.rules import PayoutState
from domain.provider import CallContext
from plugins.guarded_choice import GuardedObserver
from tests.make.events import all_readable
from tests.make.payouts import House, eur, payout
from tests.make.routing import directory, priced

pytestmark = pytest.mark.asyncio

HOUR = timedelta(hours=1)


class Listener(PayoutObserver):
    """Keeps what it is told; raises while `trouble` says so."""

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]  # each test its own
        self.told: list[PayoutNews] = []
        self.trouble: BaseException | None = None

    async def payout_changed(self, news: PayoutNews, context: CallContext) -> None:
        assert context.correlation_id == str(news.event_id)
        if self.trouble is not None:
            raise self.trouble
        self.told.append(news)

    def states_of(self, payout_id: UUID) -> list[str]:
        return [each.state for each in self.told if each.payout_id == payout_id]


async def listening(house: House, *listeners: Listener) -> None:
    """Each begins with what happens next."""
    house.providers = directory(
        {"one": priced("0.10")}, observers=[GuardedObserver(each) for each in listeners]
    )
    await tell(house)


async def tell(house: House) -> None:
    await all_readable()
    while await operations.tell_observers(providers=house.providers, now=house.world.now):
        pass


async def paid(house: House) -> UUID:
    payout_id = (await house.request(await house.payee())).payout_id
    await house.send(await house.route(payout_id))
    return payout_id


def names(world_name: str, *parts: str) -> Sequence[str]:
    return [f"{world_name} {part}" for part in parts]


async def test_every_state_is_told_once_and_in_order(house: House) -> None:
    """And what happened before it was there is not."""
    before = await paid(house)
    (name,) = names(house.world.name, "ears")
    ears = Listener(name)
    await listening(house, ears)

    payout_id = await paid(house)
    await tell(house)
    await tell(house)

    assert ears.states_of(before) == []
    assert ears.states_of(payout_id) == ["requested", "queued", "sending", "pending"]
    assert {each.amount for each in ears.told if each.payout_id == payout_id} == {eur("7.00")}
    assert len({each.event_id for each in ears.told}) == len(ears.told)


@pytest.mark.parametrize("trouble", [ValueError("no"), SystemExit(1)])
async def test_one_that_fails_harms_nobody_and_is_told_again(
    house: House, trouble: BaseException
) -> None:
    """The payout goes on, the other one hears at once, and this one from where it stood."""
    deaf, ears = [Listener(each) for each in names(house.world.name, "deaf", "ears")]
    await listening(house, deaf, ears)
    deaf.trouble = trouble

    payout_id = await paid(house)
    await tell(house)

    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert ears.states_of(payout_id) == ["requested", "queued", "sending", "pending"]
    deaf.trouble = None
    await tell(house)
    assert deaf.states_of(payout_id) == [], "not before its time"
    house.wait(HOUR)
    await tell(house)
    assert deaf.states_of(payout_id) == ears.states_of(payout_id)


async def test_what_it_never_takes_is_skipped_and_counted(house: House) -> None:
    """One poisonous event must not keep all others back for ever."""
    (name,) = names(house.world.name, "deaf")
    deaf = Listener(name)
    await listening(house, deaf)
    deaf.trouble = ValueError("no")
    payout_id = (await house.request(await house.payee())).payout_id
    for _ in range(TRIES_MAX):
        await tell(house)
        house.wait(HOUR)

    deaf.trouble = None
    await house.route(payout_id)
    await tell(house)

    assert deaf.states_of(payout_id) == ["queued"]
    row = await fetch_row("select * from payout_observer where name = $1", name)
    assert row is not None
    assert (row["skipped_count"], row["failure_count"]) == (1, 0)


async def test_after_a_restore_it_begins_anew(house: House) -> None:
    """A dump in another server: transactions are counted from the start there."""
    (name,) = names(house.world.name, "ears")
    ears = Listener(name)
    await listening(house, ears)
    async with transaction():
        await execute("update payout_observer set tx = '9223372036854775807' where name = $1", name)
    await tell(house)

    payout_id = await paid(house)
    await tell(house)

    assert ears.states_of(payout_id)[0] == "requested"
