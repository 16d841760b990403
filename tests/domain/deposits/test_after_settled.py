"""Captures, disputes, refunds and what two people decide: each moves money once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.database import execute, fetch, fetch_value, transaction
from domain.deposits import operations, queries
from domain.deposits.operations import RefundUnsupported
from domain.deposits.provider import (
    DepositObservation,
    ObservedDeposit,
    ObservedRefund,
)
from domain.deposits.rules import Decision, DepositState, RefundState
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound, SecondPersonNeeded
from domain.ledger import queries as balances
from domain.ledger.operations import BalanceTooLow
from domain.ledger.rules import Account, AccountKind
from domain.money import Money
from domain.provider import Declined, NotSent, OutcomeUnknown
from gateway.providers import DepositDirectory
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import eur, queued_jobs
from tests.make.till import Till

pytestmark = pytest.mark.asyncio

HOUR = timedelta(hours=1)
O = ObservedDeposit  # noqa: E741  # a table of observations
S = DepositState


# -- captures -----------------------------------------------------------------


async def test_an_approval_is_captured_once(till: Till) -> None:
    """The employer agreed; the money moves by our call, and many jobs make it move once."""
    deposit_id = await till.started()
    assert (await till.sees(deposit_id, O.APPROVED)).state is S.PENDING
    assert await queued_jobs("deposit_capture", str(deposit_id)) == 1

    await asyncio.gather(*(till.capture(deposit_id) for _ in range(5)))

    assert (await till.record(deposit_id)).state is S.SETTLED
    assert len(till.provider.effects) == 1
    assert (await till.money())[0] == eur("100.00")


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_capture_nobody_knows_the_end_of_is_looked_up(till: Till, moment: str) -> None:
    """Never failed and never blindly repeated: the look-up sees the money, or the approval."""
    deposit_id = await till.started()
    await till.sees(deposit_id, O.APPROVED)
    till.provider.failures = [(moment, OutcomeUnknown("gone"))]
    record = await till.capture(deposit_id)
    assert (record.state, record.capture_count) == (S.PENDING, 1)
    assert await queued_jobs("deposit_look_up", str(deposit_id)) > 1

    record = await till.look_up(deposit_id)
    if moment == "before":
        assert record.state is S.PENDING
        record = await till.capture(deposit_id)

    assert record.state is S.SETTLED
    assert len(till.provider.effects) == 1


async def test_a_crash_in_a_capture_leaves_its_lease(till: Till) -> None:
    """Until it ends nobody captures; then only what a look-up saw decides."""
    deposit_id = await till.started()
    await till.sees(deposit_id, O.APPROVED)
    async with transaction():
        await execute(
            "update deposit set capture_count = 1, capture_lease_until = $2 where id = $1",
            deposit_id,
            till.house.world.now + timedelta(seconds=15),
        )
    assert (await till.capture(deposit_id)).state is S.PENDING
    assert till.provider.effects == []

    till.house.wait(timedelta(seconds=16))
    assert (await till.capture(deposit_id)).state is S.SETTLED


async def test_a_final_no_fails_and_a_busy_line_does_not(till: Till) -> None:
    """Certainly not sent is sent again; certainly refused is over."""
    deposit_id = await till.started()
    await till.sees(deposit_id, O.APPROVED)
    till.provider.failures = [("before", NotSent("busy")), ("before", Declined("no", code="NO"))]

    assert (await till.capture(deposit_id)).state is S.PENDING
    assert await queued_jobs("deposit_capture", str(deposit_id)) == 2
    record = await till.capture(deposit_id)

    assert (record.state, record.failure) == (S.FAILED, "NO")
    assert (await till.money())[1] == eur("0")


# -- disputes -----------------------------------------------------------------


async def test_a_dispute_takes_the_money_and_keeps_the_rest_aside(till: Till) -> None:
    """E11 and a hold on what the employer still has; E11r gives both back."""
    deposit_id = await till.settled()
    await till.spend("30.00")

    assert (await till.sees(deposit_id, O.DISPUTED)).state is S.DISPUTED
    assert await till.money() == (eur("0"), eur("70.00"), eur("0"))

    assert (await till.sees(deposit_id, O.WON)).state is S.WON
    assert await till.money() == (eur("70.00"), eur("70.00"), eur("100.00"))
    assert (await till.look_up(deposit_id)).state is S.WON


async def test_campaigns_pause_where_their_money_is_taken_back(till: Till) -> None:
    """LOW_ESCROW: asked for once, and only where what is left does not cover the dispute."""
    deposit_id = await till.settled()
    await till.sees(deposit_id, O.DISPUTED)
    covered = await queued_jobs("campaign_pause", str(till.employer_id))
    await till.sees(deposit_id, O.WON)
    await till.spend("30.00")

    await till.sees(deposit_id, O.DISPUTED)
    await till.look_up(deposit_id)

    assert covered == 0
    assert await queued_jobs("campaign_pause", str(till.employer_id)) == 1


async def test_a_lost_dispute_is_borne_by_who_still_has_it(till: Till) -> None:
    """E12: the employer up to what is there, we the rest."""
    deposit_id = await till.settled()
    await till.spend("30.00")
    losses = Account(AccountKind.EXPENSE_LOSSES)
    before = await balances.balance(account=losses, currency="EUR")
    await till.sees(deposit_id, O.DISPUTED)

    assert (await till.sees(deposit_id, O.LOST)).state is S.LOST

    assert await till.money() == (eur("0"), eur("0"), eur("0"))
    after = await balances.balance(account=losses, currency="EUR")
    assert after - before == eur("30.00")


async def test_what_was_missed_in_between_is_made_up_for(till: Till) -> None:
    """Seen first when the dispute was lost already: credited, disputed, lost, each once."""
    deposit_id = await till.started()

    assert (await till.sees(deposit_id, O.LOST)).state is S.LOST

    assert await till.money() == (eur("0"), eur("0"), eur("0"))
    kinds = [
        row["kind"]
        for row in await fetch(
            "select kind from ledger_transfer where correlation_id = $1", deposit_id
        )
    ]
    assert sorted(kinds) == ["deposit.dispute_lost", "deposit.disputed", "deposit.settled"]


async def test_a_second_dispute_has_a_key_of_its_own(till: Till) -> None:
    """Won, and disputed again: the money moves a second time."""
    deposit_id = await till.settled()
    for _ in range(2):
        assert (await till.sees(deposit_id, O.DISPUTED)).state is S.DISPUTED
        assert (await till.money())[2] == eur("0")
        assert (await till.sees(deposit_id, O.WON)).state is S.WON
    assert await till.money() == (eur("100.00"), eur("100.00"), eur("100.00"))


async def test_disputes_are_found_without_any_webhook(till: Till) -> None:
    """A settled deposit is looked up a few times over the months in which banks take back."""
    deposit_id = await till.settled()
    due = await fetch_value("select due_at from deposit where id = $1", deposit_id)
    assert due == till.house.world.now + timedelta(days=1)

    till.house.wait(timedelta(days=1, minutes=2))
    async with transaction():
        await execute("delete from jobs.pgqueuer")
    await operations.recover_deposits(now=till.house.world.now)
    assert await queued_jobs("deposit_look_up", str(deposit_id)) == 1
    assert (await till.sees(deposit_id, O.DISPUTED)).state is S.DISPUTED


async def test_a_planned_look_up_gives_way_to_a_newer_one(till: Till) -> None:
    """Its count tells that others were quicker."""
    deposit_id = await till.started()
    await till.look_up(deposit_id)
    count = till.provider.look_up_count

    await operations.look_up_deposit(
        deposit_id=deposit_id,
        providers=till.house.opened.deposits,
        clock=till.clock,
        new_id=till.house.world.new_id,
        count=0,
    )

    assert till.provider.look_up_count == count


# -- refunds ------------------------------------------------------------------


async def test_a_refund_is_set_aside_first_and_booked_when_it_is_done(till: Till) -> None:
    """E13 out of the hold; partly, then the rest."""
    deposit_id = await till.settled()
    refund_id = await till.ask_refund(deposit_id, "40.00")
    assert await till.money() == (eur("60.00"), eur("100.00"), eur("100.00"))

    done = await till.refund_job(refund_id)
    assert done.state is RefundState.DONE
    assert await till.money() == (eur("60.00"), eur("60.00"), eur("60.00"))
    assert (await till.record(deposit_id)).state is S.PARTLY_REFUNDED

    await till.refund_job(await till.ask_refund(deposit_id))
    assert (await till.record(deposit_id)).state is S.REFUNDED
    assert await till.money() == (eur("0"), eur("0"), eur("0"))


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_refund_nobody_knows_the_end_of_ends_by_look_up(till: Till, moment: str) -> None:
    """The money stays set aside. Missing is believed by two look-ups, then the same reference."""
    deposit_id = await till.settled()
    refund_id = await till.ask_refund(deposit_id)
    till.provider.failures = [(moment, OutcomeUnknown("gone"))]
    refund = await till.refund_job(refund_id)
    assert refund.state is RefundState.UNKNOWN
    assert await till.money() == (eur("0"), eur("100.00"), eur("100.00"))

    for _ in range(4):
        till.house.wait(HOUR)
        refund = await till.refund_job(refund_id)
        assert len(till.provider.effects) <= 1

    assert refund.state is RefundState.DONE
    assert len(till.provider.effects) == 1
    assert await till.money() == (eur("0"), eur("0"), eur("0"))


async def test_many_jobs_refund_once(till: Till) -> None:
    """At the same time, and after a crash in the middle."""
    deposit_id = await till.settled()
    refund_id = await till.ask_refund(deposit_id)

    await asyncio.gather(*(till.refund_job(refund_id) for _ in range(5)))

    assert len(till.provider.effects) == 1
    assert (await till.money())[1] == eur("0")


async def test_a_crash_in_a_refund_is_looked_up_when_its_lease_ends(till: Till) -> None:
    """Never sent blindly."""
    deposit_id = await till.settled()
    refund_id = await till.ask_refund(deposit_id)
    till.provider.failures = [("after", OutcomeUnknown("gone"))]
    await till.refund_job(refund_id)
    async with transaction():
        await execute(
            "update deposit_refund set state = 'sending', lease_until = $2, due_at = $2"
            " where id = $1",
            refund_id,
            till.house.world.now,
        )
    till.house.wait(timedelta(minutes=2))
    await operations.recover_deposits(now=till.house.world.now)
    assert await queued_jobs("deposit_refund", str(refund_id)) > 0

    assert (await till.refund_job(refund_id)).state is RefundState.DONE
    assert len(till.provider.effects) == 1


@pytest.mark.parametrize("how", ["declined", "failed"])
async def test_a_refund_that_fails_frees_the_money(till: Till, how: str) -> None:
    """By a refusal, or by what a look-up says."""
    deposit_id = await till.settled()
    refund_id = await till.ask_refund(deposit_id)
    if how == "declined":
        till.provider.failures = [("before", Declined("no", code="CLOSED"))]
    else:
        till.provider.ends_as = ObservedRefund.FAILED

    assert (await till.refund_job(refund_id)).state is RefundState.FAILED
    assert await till.money() == (eur("100.00"), eur("100.00"), eur("100.00"))
    assert (await till.record(deposit_id)).state is S.SETTLED


async def test_only_unspent_money_of_the_deposit_goes_back(till: Till) -> None:
    """Not more than is left of it, not what was spent, not what is on its way already."""
    deposit_id = await till.settled()
    await till.spend("30.00")
    with pytest.raises(BalanceTooLow):
        await till.ask_refund(deposit_id)
    with pytest.raises(InvalidInput):
        await till.ask_refund(deposit_id, "100.01")
    await till.ask_refund(deposit_id, "60.00")
    with pytest.raises(InvalidInput):
        await till.ask_refund(deposit_id, "50.00")
    with pytest.raises(BalanceTooLow):
        await till.ask_refund(deposit_id, "40.00")
    with pytest.raises(InvalidTransition):
        await till.ask_refund(await till.started())
    with pytest.raises(NotFound):
        await till.ask_refund(till.house.world.new_id())


async def test_its_employer_or_finance_may_ask(till: Till) -> None:
    """For anybody else the deposit is not there."""
    deposit_id = await till.settled()
    with pytest.raises(NotFound):
        await till.ask_refund(deposit_id, "1.00", by=await add_worker(till.house.world))
    finance = await add_finance_member(till.house.world)
    assert await till.ask_refund(deposit_id, "1.00", by=finance)


async def test_a_provider_that_gives_nothing_back_says_so(till: Till) -> None:
    """Before anything is set aside."""
    deposit_id = await till.settled()
    directory = till.house.opened.deposits
    with pytest.raises(RefundUnsupported):
        await operations.refund_deposit(
            deposit_id=deposit_id,
            amount=None,
            asked_by=till.employer_id,
            key=till.house.world.key(till.employer_id),
            providers=_WithoutAbilities({}, region=directory.region),
            new_id=till.house.world.new_id,
            now=till.house.world.now,
        )


class _WithoutAbilities(DepositDirectory):
    """Providers that can do no more than the port asks."""

    def named(self, instance_id: str) -> Any:
        assert instance_id
        return SandboxDepositsOnly


class SandboxDepositsOnly:
    """No `RefundsDeposits`."""


async def test_our_own_refund_is_no_news_of_the_deposit(till: Till) -> None:
    """The provider's look-up counts it too, perhaps before we know its end: booked once."""
    deposit_id = await till.settled()
    refund_id = await till.ask_refund(deposit_id, "40.00")
    till.provider.failures = [("after", OutcomeUnknown("gone"))]
    await till.refund_job(refund_id)
    await till.sees(deposit_id, O.PARTLY_REFUNDED, refunded=eur("40.00"))
    assert (await till.money())[2] == eur("100.00")

    till.house.wait(HOUR)
    await till.refund_job(refund_id)
    await till.look_up(deposit_id)

    assert (await till.record(deposit_id)).state is S.PARTLY_REFUNDED
    assert await till.money() == (eur("60.00"), eur("60.00"), eur("60.00"))


async def test_a_refund_made_elsewhere_is_booked(till: Till) -> None:
    """Somebody did it on the provider's own pages; what is spent is our loss."""
    deposit_id = await till.settled()
    await till.spend("80.00")

    record = await till.sees(deposit_id, O.PARTLY_REFUNDED, refunded=eur("15.00"))
    assert (record.state, record.refunded) == (S.PARTLY_REFUNDED, eur("15.00"))
    record = await till.sees(deposit_id, O.REFUNDED)

    assert record.state is S.REFUNDED
    assert await till.money() == (eur("0"), eur("0"), eur("0"))


# -- refunds and disputes at once ----------------------------------------------


@pytest.mark.parametrize("amount", [None, "40.00"])
@pytest.mark.parametrize("ruling", [O.LOST, O.WON])
@pytest.mark.parametrize("fails", ["before_ruling", "after_ruling"])
async def test_a_refund_that_fails_in_a_dispute_is_disputed_too(
    till: Till, amount: str | None, ruling: ObservedDeposit, fails: str
) -> None:
    """Providers refuse to refund what a bank has taken back: the money is not there to spend."""
    deposit_id = await till.settled()
    refund_id = await till.ask_refund(deposit_id, amount)
    till.provider.failures = [("before", Declined("no", code="DISPUTED"))]
    assert (await till.sees(deposit_id, O.DISPUTED)).state is S.DISPUTED
    assert (await till.money())[0] == eur("0")

    if fails == "before_ruling":
        assert (await till.refund_job(refund_id)).state is RefundState.FAILED
        assert await till.money() == (eur("0"), eur("100.00"), eur("0"))
    await till.sees(deposit_id, ruling)
    if fails == "after_ruling":
        assert (await till.refund_job(refund_id)).state is RefundState.FAILED

    left = eur("100.00") if ruling is O.WON else eur("0")
    assert await till.money() == (left, left, left)


async def test_a_refund_that_is_done_in_a_dispute_is_no_part_of_it(till: Till) -> None:
    """It went before the bank came: each part leaves once."""
    deposit_id = await till.settled()
    refund_id = await till.ask_refund(deposit_id, "40.00")
    await till.sees(deposit_id, O.DISPUTED)
    assert (await till.refund_job(refund_id)).state is RefundState.DONE
    assert await till.money() == (eur("0"), eur("60.00"), eur("0"))

    await till.sees(deposit_id, O.LOST)

    assert await till.money() == (eur("0"), eur("0"), eur("0"))


# -- people -------------------------------------------------------------------


async def test_two_people_release_what_is_not_what_was_asked(till: Till) -> None:
    """One proposes, another agrees; alone nobody does, however often."""
    world = till.house.world
    ann, bob = await add_finance_member(world), await add_finance_member(world)
    with pytest.raises(NotAllowed):
        await till.decide(await till.started(), Decision.CREDIT, by=await add_worker(world))
    deposit_id = await till.started()
    assert (await till.sees(deposit_id, O.SETTLED, "99.00")).state is S.UNDERPAID
    assert (await till.money())[1] == eur("0")

    assert not await till.decide(deposit_id, Decision.CREDIT, by=ann)
    assert not await till.decide(deposit_id, Decision.CREDIT, by=ann)
    assert not await till.decide(deposit_id, Decision.DISMISS, by=bob)
    assert await till.decide(deposit_id, Decision.DISMISS, by=ann) is True
    assert (await till.record(deposit_id)).state is S.FAILED

    other = await till.started()
    await till.sees(other, O.SETTLED, "101.00")
    assert (await till.record(other)).state is S.OVERPAID
    assert not await till.decide(other, Decision.CREDIT, by=ann)
    assert await till.decide(other, Decision.CREDIT, by=bob)
    assert (await till.record(other)).credited == eur("101.00")
    assert await till.money() == (eur("101.00"), eur("101.00"), eur("101.00"))
    with pytest.raises(InvalidTransition):
        await till.decide(other, Decision.CREDIT, by=ann)


async def test_nothing_is_credited_that_nobody_named(till: Till) -> None:
    """Money in another currency goes another way."""
    ann = await add_finance_member(till.house.world)
    deposit_id = await till.started()
    ref = (await till.record(deposit_id)).deposit_ref
    till.provider.seen[ref] = DepositObservation(state=O.SETTLED, amount=Money(1, "USD"))
    assert (await till.look_up(deposit_id)).state is S.MISMATCHED

    with pytest.raises(InvalidInput):
        await till.decide(deposit_id, Decision.CREDIT, by=ann)
    with pytest.raises(InvalidInput):
        await operations.decide_deposit(
            deposit_id=deposit_id,
            decision=Decision.DISMISS,
            note=" ",
            decided_by=ann,
            new_id=till.house.world.new_id,
            now=till.house.world.now,
        )


async def test_money_after_the_end_waits_for_people(till: Till) -> None:
    """It expired here, and was paid all the same."""
    deposit_id = await till.started()
    assert (await till.sees(deposit_id, O.EXPIRED)).state is S.EXPIRED
    assert (await till.sees(deposit_id, O.SETTLED)).state is S.MISMATCHED
    assert (await till.money())[1] == eur("0")
    assert deposit_id in {each.id for each in await queries.frozen_deposits(limit=100)}


async def test_nobody_decides_about_their_own_deposit(till: Till) -> None:
    """Finance may be an employer as well: two others are needed then."""
    world = till.house.world
    ann, bob = await add_finance_member(world), await add_finance_member(world)
    till.employer_id = ann
    deposit_id = await till.started()
    await till.sees(deposit_id, O.SETTLED, "99.00")

    with pytest.raises(SecondPersonNeeded):
        await till.decide(deposit_id, Decision.CREDIT, by=ann)
    assert not await till.decide(deposit_id, Decision.CREDIT, by=bob)
    with pytest.raises(SecondPersonNeeded):
        await till.decide(deposit_id, Decision.CREDIT, by=ann)

    assert (await till.money())[1] == eur("0")


async def test_late_money_is_found_without_any_webhook(till: Till) -> None:
    """A chain tells nobody: what expired is looked at again, a few times."""
    deposit_id = await till.started()
    await till.sees(deposit_id, O.EXPIRED)
    due = await fetch_value("select due_at from deposit where id = $1", deposit_id)
    assert due == till.house.world.now + timedelta(days=1)

    for _ in range(10):
        till.house.wait(timedelta(days=60))
        await till.look_up(deposit_id)
    assert await fetch_value("select due_at from deposit where id = $1", deposit_id) is None
