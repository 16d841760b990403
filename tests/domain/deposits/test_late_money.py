"""Money that comes after the end, or comes back: booked once, shown to people, never lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch, fetch_value, transaction
from domain.deposits import operations, queries
from domain.deposits.provider import DepositObservation, ObservedDeposit, RefundObservation
from domain.deposits.provider import ObservedRefund as Seen
from domain.deposits.queries import ArrivalRecord
from domain.deposits.rules import ArrivalState, Decision, DepositState, RefundState
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound, SecondPersonNeeded
from domain.ledger import queries as balances
from tests.make.ledger import available
from tests.make.members import add_employer, add_finance_member, add_worker
from tests.make.payouts import eur, queued_jobs
from tests.make.till import Till

pytestmark = pytest.mark.asyncio

DAY = timedelta(days=1)
O = ObservedDeposit  # noqa: E741  # a table of observations
S = DepositState


async def refunded(till: Till, amount: str | None = None) -> tuple[UUID, UUID]:
    """A settled deposit with a refund that is done."""
    deposit_id = await till.settled()
    refund_id = await till.ask_refund(deposit_id, amount)
    assert (await till.refund_job(refund_id)).state is RefundState.DONE
    return deposit_id, refund_id


async def fails_late(till: Till, refund_id: UUID) -> None:
    """What the provider says of it from now on."""
    ref = (await queries.refund_by_id(refund_id=refund_id)).refund_ref
    till.provider.refunds[ref] = RefundObservation(state=Seen.FAILED, provider_code="CLOSED")


async def events_of(deposit_id: UUID, kind: str) -> int:
    count = "select count(*) from event where subject_id = $1 and kind = $2"
    return int(await fetch_value(count, deposit_id, kind))


async def arrivals_of(deposit_id: UUID) -> list[ArrivalRecord]:
    rows = await fetch("select id from deposit_arrival where deposit_id = $1", deposit_id)
    found = await queries.arrivals_by_id(ids=[row["id"] for row in rows])
    return sorted(found.values(), key=lambda each: each.arrival_ref)


# -- refunds that fail after they were done -----------------------------------


async def test_a_refund_that_fails_after_it_was_done_comes_back_once(till: Till) -> None:
    """Found by the watch: nobody calls when a payer's account turns out to be closed."""
    deposit_id, refund_id = await refunded(till)
    assert (await till.record(deposit_id)).state is S.REFUNDED
    assert await queued_jobs("deposit_refund", str(refund_id)) > 0
    await fails_late(till, refund_id)
    till.house.wait(2 * DAY)

    await asyncio.gather(*(till.refund_job(refund_id) for _ in range(4)))
    failed = await till.refund_job(refund_id)

    assert (failed.state, failed.failure) == (RefundState.FAILED, "CLOSED")
    assert await till.money() == (eur("100.00"), eur("100.00"), eur("100.00"))
    record = await till.record(deposit_id)
    assert (record.state, record.refunded) == (S.SETTLED, eur("0"))
    assert await events_of(deposit_id, "deposit_refund_failed") == 1


async def test_one_of_two_refunds_fails_late(till: Till) -> None:
    """The other one stays, and what came back may be sent once more."""
    deposit_id, first = await refunded(till, "40.00")
    second = await till.ask_refund(deposit_id, "60.00")
    await till.refund_job(second)
    await fails_late(till, first)
    await till.refund_job(first)

    record = await till.record(deposit_id)
    assert (record.state, record.refunded) == (S.PARTLY_REFUNDED, eur("60.00"))
    again = await till.ask_refund(deposit_id, "40.00")
    assert (await till.refund_job(again)).state is RefundState.DONE
    assert await till.money() == (eur("0"), eur("0"), eur("0"))


async def test_news_of_a_deposit_asks_for_its_refunds_too(till: Till) -> None:
    """The webhook "refund failed" names the refund; it is found within seconds, not days."""
    deposit_id, refund_id = await refunded(till)
    async with transaction():
        await execute("delete from jobs.pgqueuer where entrypoint = 'deposit_refund'")
        await operations.hear_of_deposits(deposit_ids=[deposit_id], now=till.house.world.now)

    assert await queued_jobs("deposit_refund", str(refund_id)) == 1


async def test_the_watch_of_a_refund_ends(till: Till) -> None:
    """After 30 days more; then its news and the statement tell."""
    _, refund_id = await refunded(till)
    for _ in range(5):
        till.house.wait(31 * DAY)
        refund = await till.refund_job(refund_id)

    assert (refund.state, refund.watch_count, refund.due_at) == (RefundState.DONE, 5, None)


@pytest.mark.parametrize("ruling", [O.WON, O.LOST])
async def test_a_refund_that_fails_late_in_a_dispute_is_disputed_too(
    till: Till, ruling: ObservedDeposit
) -> None:
    """The payer's bank took the whole deposit; what came back to us is part of that."""
    deposit_id, refund_id = await refunded(till, "40.00")
    await till.sees(deposit_id, O.DISPUTED)
    await fails_late(till, refund_id)
    await till.refund_job(refund_id)
    assert (await till.money())[:2] == (eur("0"), eur("100.00"))

    await till.sees(deposit_id, ruling)

    left = eur("100.00") if ruling is O.WON else eur("0")
    assert (await till.money())[:2] == (left, left)


async def test_an_answer_that_left_before_the_refund_failed_comes_too_late(till: Till) -> None:
    """It still counts the refund, and would take the money a second time."""
    deposit_id, refund_id = await refunded(till)
    asked = await till.record(deposit_id)
    old = DepositObservation(state=O.REFUNDED, amount=eur("100.00"), refunded=eur("100.00"))
    await fails_late(till, refund_id)
    await till.refund_job(refund_id)

    await till.observe(asked, old)

    assert (await till.money())[1] == eur("100.00")
    assert (await till.record(deposit_id)).state is S.SETTLED


# -- more than was asked for --------------------------------------------------


async def test_what_comes_after_it_settled_is_held_for_people(till: Till) -> None:
    """Tokens sent a second time to the same address: booked, shown, told to the employer, once."""
    deposit_id = await till.settled()
    await till.sees(deposit_id, O.SETTLED, "130.00")
    await till.sees(deposit_id, O.SETTLED, "130.00")
    await till.sees(deposit_id, O.SETTLED, "135.50")

    found = await arrivals_of(deposit_id)

    assert [each.amount for each in found] == [eur("30.00"), eur("5.50")]
    assert {each.state for each in found} == {ArrivalState.UNALLOCATED}
    assert await till.money() == (eur("100.00"), eur("100.00"), eur("135.50"))
    assert await events_of(deposit_id, "deposit_extra_arrived") == 2
    waiting = await queries.unallocated_arrivals(limit=1_000)
    assert {each.id for each in found} <= {each.id for each in waiting}


@pytest.mark.parametrize("state", [O.DISPUTED, O.REFUNDED, O.PARTLY_REFUNDED])
async def test_extra_money_is_seen_beside_other_news(till: Till, state: ObservedDeposit) -> None:
    """The same look-up tells of a dispute or a refund, and of more money."""
    deposit_id = await till.settled()
    back = None if state is O.DISPUTED else eur("100.00" if state is O.REFUNDED else "40.00")
    await till.sees(deposit_id, state, "130.00", refunded=back)
    await till.sees(deposit_id, state, "130.00", refunded=back)

    assert [each.amount for each in await arrivals_of(deposit_id)] == [eur("30.00")]


async def test_extra_money_is_found_after_a_full_refund(till: Till) -> None:
    """Nothing was looked up any more, and the address still takes tokens."""
    deposit_id, _ = await refunded(till)
    await till.sees(deposit_id, O.SETTLED, "120.00")

    assert [each.amount for each in await arrivals_of(deposit_id)] == [eur("20.00")]


async def test_many_look_ups_book_extra_money_once(till: Till) -> None:
    """At the same time, with the same answer."""
    deposit_id = await till.settled()
    ref = (await till.record(deposit_id)).deposit_ref
    till.provider.seen[ref] = DepositObservation(state=O.SETTLED, amount=eur("130.00"))

    await asyncio.gather(*(till.look_up(deposit_id) for _ in range(5)))

    assert [each.amount for each in await arrivals_of(deposit_id)] == [eur("30.00")]


async def test_the_rest_of_an_underpaid_deposit_settles_it(till: Till) -> None:
    """Paid in two parts; and what one person proposed about the first part is void."""
    deposit_id = await till.started()
    await till.sees(deposit_id, O.SETTLED, "60.00")
    ann = await add_finance_member(till.house.world)
    assert not await till.decide(deposit_id, Decision.CREDIT, by=ann)

    assert (await till.sees(deposit_id, O.SETTLED, "100.00")).state is S.SETTLED
    assert (await till.money())[1] == eur("100.00")


async def test_a_proposal_is_void_once_more_has_come(till: Till) -> None:
    """The second person would sign for another amount than the first one saw."""
    deposit_id = await till.started()
    await till.sees(deposit_id, O.SETTLED, "60.00")
    ann, bob = [await add_finance_member(till.house.world) for _ in range(2)]
    await till.decide(deposit_id, Decision.CREDIT, by=ann)
    assert (await till.sees(deposit_id, O.SETTLED, "130.00")).state is S.OVERPAID

    assert not await till.decide(deposit_id, Decision.CREDIT, by=bob)
    assert (await till.money())[1] == eur("0")
    assert await till.decide(deposit_id, Decision.CREDIT, by=ann)
    assert (await till.money())[1] == eur("130.00")
    await till.look_up(deposit_id)
    assert await arrivals_of(deposit_id) == []


async def test_what_was_dismissed_is_not_for_people_again(till: Till) -> None:
    """The provider repeats itself; only what comes besides is new."""
    deposit_id = await till.started()
    await till.sees(deposit_id, O.SETTLED, "60.00")
    for _ in range(2):
        person = await add_finance_member(till.house.world)
        await till.decide(deposit_id, Decision.DISMISS, by=person)

    assert (await till.look_up(deposit_id)).state is S.FAILED
    record = await till.sees(deposit_id, O.SETTLED, "75.00")

    assert (record.state, record.arrived) == (S.MISMATCHED, eur("15.00"))


# -- two people say whose it is -----------------------------------------------


async def test_two_people_give_it_to_an_employer(till: Till) -> None:
    """To the deposit's own, unless they name another; once."""
    deposit_id = await till.settled()
    await till.sees(deposit_id, O.SETTLED, "130.00")
    (arrival,) = await arrivals_of(deposit_id)
    ann, bob = [await add_finance_member(till.house.world) for _ in range(2)]
    key = till.house.world.key(bob)

    assert not await till.allocate(arrival.id, ArrivalState.CREDITED, by=ann)
    assert not await till.allocate(arrival.id, ArrivalState.CREDITED, by=ann)
    assert await till.allocate(arrival.id, ArrivalState.CREDITED, by=bob, key=key)
    assert await till.allocate(arrival.id, ArrivalState.CREDITED, by=bob, key=key)
    with pytest.raises(InvalidTransition):
        await till.allocate(arrival.id, ArrivalState.SENT_BACK, by=ann)

    assert await till.money() == (eur("130.00"), eur("130.00"), eur("130.00"))
    (arrival,) = await arrivals_of(deposit_id)
    assert (arrival.state, arrival.decided_by) == (ArrivalState.CREDITED, bob)


async def test_another_wish_is_another_proposal(till: Till) -> None:
    """To somebody else, or back to the payer: two must say the very same."""
    deposit_id = await till.settled()
    await till.sees(deposit_id, O.SETTLED, "130.00")
    (arrival,) = await arrivals_of(deposit_id)
    ann, bob = [await add_finance_member(till.house.world) for _ in range(2)]
    other = await add_employer(till.house.world)

    assert not await till.allocate(arrival.id, ArrivalState.CREDITED, by=ann)
    assert not await till.allocate(arrival.id, ArrivalState.CREDITED, by=bob, employer_id=other)
    assert not await till.allocate(arrival.id, ArrivalState.SENT_BACK, by=ann)
    assert await till.allocate(arrival.id, ArrivalState.SENT_BACK, by=bob)

    assert await till.money() == (eur("100.00"), eur("100.00"), eur("100.00"))
    assert await balances.available(account=available(other), currency="EUR") == eur("0")


async def test_nobody_decides_about_their_own_money(till: Till) -> None:
    """Nor does anybody outside of finance, nor anybody alone, nor for nobody."""
    deposit_id = await till.settled()
    await till.sees(deposit_id, O.SETTLED, "130.00")
    (arrival,) = await arrivals_of(deposit_id)
    ann = await add_finance_member(till.house.world)
    world = till.house.world

    with pytest.raises(SecondPersonNeeded):
        await till.allocate(arrival.id, ArrivalState.CREDITED, by=ann, employer_id=ann)
    with pytest.raises(NotAllowed):
        await till.allocate(arrival.id, ArrivalState.CREDITED, by=await add_worker(world))
    with pytest.raises(NotFound):
        await till.allocate(world.new_id(), ArrivalState.CREDITED, by=ann)
    for wrong in ({"employer_id": world.new_id()}, {"note": " "}):
        with pytest.raises(InvalidInput):
            await till.allocate(arrival.id, ArrivalState.CREDITED, by=ann, **wrong)
    await till.allocate(arrival.id, ArrivalState.OURS, by=ann)
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction():  # and the database says the same
            await execute(
                "update deposit_arrival set state = 'ours', decided_by = proposed_by,"
                " decided_at = now() where id = $1",
                arrival.id,
            )
