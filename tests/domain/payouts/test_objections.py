"""A whole batch refused, or a reference that is taken: look-ups decide what that means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.database import fetch_value
from domain.errors import InvalidTransition
from domain.payouts import operations, queries
from domain.payouts.provider import LookupAnswer, ObservedState, PayoutBatch
from domain.payouts.rules import ClosedReason, FrozenReason, PayoutState, Problem
from domain.provider import AuthError, BatchRefused, DuplicateRef, ItemProblem
from gateway.providers import PayoutDirectory
from tests.make.members import add_finance_member
from tests.make.payouts import House, attempts, eur, money_of, payout, queued_jobs
from tests.make.providers import ObedientPayouts, accepted, guarded
from tests.make.rail import Rail, all_missing, all_of

pytestmark = pytest.mark.asyncio

ELSEWHERE = ItemProblem(item_ref="PZZ000000000000", code="x", message="")


@pytest.mark.parametrize("error", [BatchRefused(problems=()), BatchRefused(problems=(ELSEWHERE,))])
async def test_a_refusal_that_names_nobody_is_believed_when_look_ups_agree(
    house: House, error: BatchRefused
) -> None:
    """Some providers refuse the answer, not the payment: every item is looked up first."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(error)
    assert (await payout(payout_id)).state is PayoutState.UNKNOWN

    await rail.look_up(batch_id, all_missing)
    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    await rail.look_up(batch_id, all_missing)

    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.HELD, Problem.PROVIDER_REFUSED)
    (attempt,) = await attempts(payout_id)
    assert attempt.closed_reason == ClosedReason.REFUSED
    assert rail.provider.calls.count("send") == 1
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


async def test_a_refused_batch_that_paid_all_the_same_is_paid(house: House) -> None:
    """Sent again elsewhere, it would have been paid twice."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(BatchRefused(problems=()))

    await rail.look_up(batch_id, all_of(ObservedState.PAID))

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await queries.audit() == []


async def test_a_duplicate_is_adopted_by_the_name_of_the_original(house: House) -> None:
    """Our own first send, whose answer got lost."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(DuplicateRef("x", provider_ref="original"))
    seen = []

    def answer(batch: PayoutBatch) -> LookupAnswer:
        seen.append(batch.provider_ref)
        return all_of(ObservedState.PAID)(batch)

    await rail.look_up(batch_id, answer)

    assert seen == ["original"]
    assert (await payout(payout_id)).state is PayoutState.PAID


async def test_a_duplicate_without_our_items_is_for_people(house: House) -> None:
    """Somebody else's batch under our reference: sending again would be refused for ever."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(DuplicateRef("x"))

    for _ in range(3):
        await rail.look_up(batch_id, all_missing)

    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason == FrozenReason.CONFLICT
    assert rail.provider.calls.count("send") == 1
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


async def test_a_quarantine_holds_on_every_node_until_people_lift_it(house: House) -> None:
    """Another process, which has heard no error of its own, sends nothing either."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(AuthError("who are you"))
    other = ObedientPayouts(rail.provider.script)
    house.providers = PayoutDirectory({"rail": guarded(other)}, region="ZZ")
    house.wait(timedelta(hours=1))

    await house.send(batch_id)

    assert other.calls == []
    assert (await payout(payout_id)).state is PayoutState.QUEUED
    assert await queued_jobs("payout_send", str(batch_id)) == 3

    finance = await add_finance_member(house.world)
    await operations.lift_quarantine(instance_id="rail", member_id=finance, now=house.clock())
    with pytest.raises(InvalidTransition):
        await operations.lift_quarantine(instance_id="rail", member_id=finance, now=house.clock())

    async def answer(batch: PayoutBatch) -> object:
        return accepted(batch)

    other.script = answer
    await house.send(batch_id)
    assert (await payout(payout_id)).state is PayoutState.PENDING


async def test_what_a_call_answered_is_written_down_for_staff(house: House) -> None:
    """Its class, the provider's code and its own words; nothing of a body."""
    _, _, batch_id = await Rail(house).sent(DuplicateRef("seen before", code="DUP_42"))

    said = await fetch_value(
        "select outcome || ' ' || error_code || ' ' || detail from provider_call"
        " where subject_id = $1 and kind = 'send'",
        batch_id,
    )

    assert said == "DuplicateRef DUP_42 seen before"
