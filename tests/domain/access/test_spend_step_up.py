"""`spend_step_up`: one consent to one thing, once, in the transaction that does it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.access import operations
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import one_transaction
from domain.money import Money
from tests.make.members import add_worker, session_of
from tests.make.step_up import BOUND, PURPOSE, begin_step_up, passed_step_up
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@one_transaction
async def spend(
    world: World,
    claim: StepUpClaim,
    *,
    purpose: StepUpPurpose = PURPOSE,
    bound: bytes = BOUND,
    after: timedelta = timedelta(0),
) -> None:
    await operations.spend_step_up(
        claim=claim, purpose=purpose, bound=bound, now=world.later(after)
    )


async def test_a_passed_step_up_is_spent_once(world: World) -> None:
    """Ten payouts at once with one consent: one of them may go on."""
    _, claim = await passed_step_up(world)

    outcomes = await asyncio.gather(
        *(spend(world, claim) for _ in range(10)), return_exceptions=True
    )

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, operations.StepUpRequired) for outcome in outcomes) == 9


async def test_a_refused_payout_gives_the_consent_back(world: World) -> None:
    """It is spent in the money's transaction, and only with it."""
    _, claim = await passed_step_up(world)

    @one_transaction
    async def pay_in_vain() -> None:
        await operations.spend_step_up(claim=claim, purpose=PURPOSE, bound=BOUND, now=world.now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await pay_in_vain()

    await spend(world, claim)


async def test_nothing_else_can_be_done_with_it(world: World) -> None:
    """Another amount, payee, purpose, session, or too late: confirm that first."""
    _, claim = await passed_step_up(world)
    other = bound_hash(purpose=PURPOSE, amount=Money(7_000_001, "EUR"), payee=b"destination")
    stranger = await session_of(world, await add_worker(world))

    with pytest.raises(operations.StepUpRequired):
        await spend(world, claim, bound=other)
    with pytest.raises(operations.StepUpRequired):
        await spend(world, claim, purpose=StepUpPurpose.DESTINATION_ADD)
    with pytest.raises(operations.StepUpRequired):
        await spend(world, StepUpClaim(claim.step_up_id, stranger.session_id))
    with pytest.raises(operations.StepUpRequired):
        await spend(world, claim, after=timedelta(minutes=5))
    with pytest.raises(operations.StepUpRequired):
        await spend(world, StepUpClaim(world.new_id(), claim.session_id))
    await spend(world, claim, after=timedelta(minutes=4, seconds=59))


async def test_begun_is_not_passed(world: World) -> None:
    """Otherwise asking would be enough."""
    session = await session_of(world, await add_worker(world))
    step_up_id = await begin_step_up(world, session)
    with pytest.raises(operations.StepUpRequired):
        await spend(world, StepUpClaim(step_up_id, session.session_id))


async def test_a_revoked_session_spends_nothing(world: World) -> None:
    """The member has just noticed the thief."""
    session, claim = await passed_step_up(world)
    await operations.log_out(session_id=session.session_id, now=world.now)
    with pytest.raises(operations.StepUpRequired):
        await spend(world, claim)
