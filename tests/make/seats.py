"""A contested rejection of strangers, about which a member is asked as a reviewer."""

from __future__ import annotations

from uuid import UUID

from domain.database import execute, transaction
from domain.disputes import operations as disputes
from domain.disputes.rules import VOTE_TIME
from tests.make.campaigns import reject, rich_employer, running, submitted
from tests.make.members import add_worker
from tests.make.world import World

WORKER_SAYS = "The worker says that all of clause one was done as it asks for."
EMPLOYER_SAYS = "The employer says that clause one asks for something else."
_SEAT = """
    insert into panel_seat (id, dispute_id, reviewer_id, seated_at, due_at)
    values ($1, $2, $3, $4, $5)
"""


async def seat(world: World, reviewer_id: UUID) -> UUID:
    """As the draw does it, whoever else could be drawn."""
    employer, worker = await rich_employer(world), await add_worker(world)
    work = await submitted(world, worker, await running(world, employer))
    await reject(world, employer, work)
    dispute = await disputes.open_dispute(
        worker_id=worker,
        assignment_id=work,
        text=WORKER_SAYS,
        new_id=world.new_id,
        now=world.now,
    )
    await disputes.answer_dispute(
        member_id=employer, dispute_id=dispute, text=EMPLOYER_SAYS, now=world.now
    )
    await disputes.escalate_dispute(member_id=worker, dispute_id=dispute, now=world.now)
    seat_id = world.new_id()
    async with transaction():
        await execute(_SEAT, seat_id, dispute, reviewer_id, world.now, world.now + VOTE_TIME)
    return seat_id
