"""Step-ups of a session: begun, passed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from domain.access import operations
from domain.access.operations import LoggedIn
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.money import Money
from tests.make.members import PASSWORD, QuickHasher, add_worker, session_of
from tests.make.world import World

PURPOSE = StepUpPurpose.PAYOUT_REQUEST
BOUND = bound_hash(purpose=PURPOSE, amount=Money(7_000_000, "EUR"), payee=b"destination")


async def begin_step_up(world: World, session: LoggedIn) -> UUID:
    return await operations.begin_step_up(
        session_id=session.session_id,
        purpose=PURPOSE,
        bound=BOUND,
        new_id=world.new_id,
        now=world.now,
    )


async def complete_step_up(
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


async def passed_step_up(world: World) -> tuple[LoggedIn, StepUpClaim]:
    session = await session_of(world, await add_worker(world))
    step_up_id = await begin_step_up(world, session)
    await complete_step_up(world, step_up_id, session.session_id)
    return session, StepUpClaim(step_up_id, session.session_id)
