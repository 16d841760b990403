"""Risk cases of members, as far as a test needs them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.members.rules import Role
from domain.risk import operations, queries
from domain.risk.queries import RiskCaseRecord
from domain.risk.rules import Signal, SignalKind
from domain.suspensions.rules import Work
from tests.make.members import add_staff
from tests.make.ratings import approved
from tests.make.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A worker with paid work whom a person has to look at."""

    id: UUID
    work: Work


async def suspect(world: World) -> Suspect:
    work = await approved(world)
    found = Signal(
        member_id=work.worker_id,
        kind=SignalKind.PAYEE_SHARED,
        about=str(work.employer_id),
        other_id=work.employer_id,
    )
    await operations.note_signals(
        member_id=work.worker_id, signals=[found], new_id=world.new_id, now=world.now
    )
    return Suspect(id=work.worker_id, work=Work(assignment_ids=(work.id,)))


async def taken(world: World, member_id: UUID) -> UUID:
    """By somebody new of the staff, whose id it answers."""
    staff_id = await add_staff(world, Role.STAFF)
    await operations.take_case(staff_id=staff_id, member_id=member_id, now=world.now)
    return staff_id


async def case_of(member_id: UUID) -> RiskCaseRecord:
    """The newest."""
    (found,) = await queries.risk_cases_of(member_id=member_id, limit=1)
    return found
