"""Step-up: one consent to one thing, spent once, in the transaction that does it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.access import operations, queries
from domain.access.operations import LoggedIn
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import one_transaction
from domain.errors import NotFound
from domain.money import Money
from tests.make.members import (
    PASSWORD,
    WRONG_PASSWORD,
    QuickHasher,
    add_worker,
    session_of,
    tire_out,
)
from tests.make.world import World

pytestmark = pytest.mark.asyncio

PURPOSE = StepUpPurpose.PAYOUT_REQUEST
BOUND = bound_hash(purpose=PURPOSE, amount=Money(7_000_000, "EUR"), payee=b"destination")


async def begin(world: World, session: LoggedIn) -> UUID:
    return await operations.begin_step_up(
        session_id=session.session_id,
        purpose=PURPOSE,
        bound=BOUND,
        new_id=world.new_id,
        now=world.now,
    )


async def complete(
    world: World,
    step_up_id: UUID,
    session_id: UUID,
    *,
    password: str = PASSWORD,
    after: timedelta = timedelta(0),
) -> str:
    return await operations.complete_step_up(
        step_up_id=step_up_id,
        session_id=session_id,
        password=password,
        hasher=QuickHasher(),
        new_token=world.new_token,
        now=world.later(after),
    )


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


async def passed(world: World) -> tuple[LoggedIn, StepUpClaim]:
    session = await session_of(world, await add_worker(world))
    step_up_id = await begin(world, session)
    await complete(world, step_up_id, session.session_id)
    return session, StepUpClaim(step_up_id, session.session_id)


async def test_passing_rotates_the_token_of_the_same_session(world: World) -> None:
    """A token stolen before the step-up must not profit from it."""
    session = await session_of(world, await add_worker(world))
    step_up_id = await begin(world, session)

    token = await complete(world, step_up_id, session.session_id)

    assert await queries.viewer_of(token=session.token, now=world.now) is None
    viewer = await queries.viewer_of(token=token, now=world.now)
    assert viewer is not None and viewer.session_id == session.session_id


async def test_a_passed_step_up_is_spent_once(world: World) -> None:
    """Ten payouts at once with one consent: one of them may go on."""
    _, claim = await passed(world)

    outcomes = await asyncio.gather(
        *(spend(world, claim) for _ in range(10)), return_exceptions=True
    )

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, operations.StepUpRequired) for outcome in outcomes) == 9


async def test_a_refused_payout_gives_the_consent_back(world: World) -> None:
    """It is spent in the money's transaction, and only with it."""
    _, claim = await passed(world)

    @one_transaction
    async def pay_in_vain() -> None:
        await operations.spend_step_up(claim=claim, purpose=PURPOSE, bound=BOUND, now=world.now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await pay_in_vain()

    await spend(world, claim)


async def test_nothing_else_can_be_done_with_it(world: World) -> None:
    """Another amount, payee, purpose, session, or too late: confirm that first."""
    _, claim = await passed(world)
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
    step_up_id = await begin(world, session)
    with pytest.raises(operations.StepUpRequired):
        await spend(world, StepUpClaim(step_up_id, session.session_id))


async def test_a_revoked_session_spends_nothing(world: World) -> None:
    """The member has just noticed the thief."""
    session, claim = await passed(world)
    await operations.log_out(session_id=session.session_id, now=world.now)
    with pytest.raises(operations.StepUpRequired):
        await spend(world, claim)


async def test_a_wrong_password_passes_nothing_and_ends_nothing(world: World) -> None:
    """The session goes on with its token; guessing is slowed down."""
    session = await session_of(world, await add_worker(world))
    step_up_id = await begin(world, session)
    with pytest.raises(operations.WrongCredentials):
        await complete(world, step_up_id, session.session_id, password=WRONG_PASSWORD)
    assert await queries.viewer_of(token=session.token, now=world.now)
    refusal = await tire_out(
        lambda: complete(world, step_up_id, session.session_id, password=WRONG_PASSWORD)
    )
    assert refusal.retry_after_seconds <= 30


async def test_what_cannot_be_confirmed_does_not_exist(world: World) -> None:
    """Passed already, expired, of another session, of an ended session, unknown."""
    session, claim = await passed(world)
    other = await session_of(world, await add_worker(world))
    expired = await begin(world, session)
    foreign = await begin(world, other)

    for step_up_id, after in (
        (claim.step_up_id, timedelta(0)),
        (expired, timedelta(minutes=5)),
        (foreign, timedelta(0)),
        (world.new_id(), timedelta(0)),
    ):
        with pytest.raises(NotFound):
            await complete(world, step_up_id, session.session_id, after=after)

    await operations.log_out(session_id=other.session_id, now=world.now)
    with pytest.raises(NotFound):
        await complete(world, foreign, other.session_id)
    with pytest.raises(NotFound):
        await begin(world, other)
