"""Suspensions of members, as far as a test needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from domain.members.rules import Role
from domain.suspensions import operations, queries
from domain.suspensions.queries import SuspensionRecord
from domain.suspensions.rules import Work
from tests.make.members import add_staff
from tests.make.ratings import approved
from tests.make.world import World

TEXT: Final = "The same text was handed in again and again."
LONG: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A proposal about a worker with a paid assignment, and three of the staff."""

    id: UUID
    member_id: UUID
    employer_id: UUID
    work: Work
    proposer: UUID
    judge: UUID
    other: UUID


async def proposed(world: World) -> Case:
    work = await approved(world)
    return await propose(world, work.worker_id, work.employer_id, work.id)


async def propose(world: World, member_id: UUID, employer_id: UUID, assignment_id: UUID) -> Case:
    proposer, judge, other = [await add_staff(world, Role.STAFF) for _ in range(3)]
    about = Work(assignment_ids=(assignment_id,))
    suspension_id = await operations.propose_suspension(
        staff_id=proposer,
        member_id=member_id,
        text=TEXT,
        work=about,
        new_id=world.new_id,
        now=world.now,
    )
    return Case(
        id=suspension_id,
        member_id=member_id,
        employer_id=employer_id,
        work=about,
        proposer=proposer,
        judge=judge,
        other=other,
    )


async def impose(world: World, case: Case, *, by: UUID | None = None) -> None:
    await operations.impose_suspension(
        staff_id=by or case.judge,
        suspension_id=case.id,
        text=TEXT,
        work=case.work,
        from_on=world.now.date(),
        to_on=world.now.date(),
        ends_at=world.now + LONG,
        now=world.now,
    )


async def appeal(world: World, case: Case) -> None:
    await operations.appeal_suspension(
        member_id=case.member_id, suspension_id=case.id, text=TEXT, now=world.now
    )


async def rule(world: World, case: Case, *, is_reversed: bool, by: UUID | None = None) -> bool:
    staff_id = by or case.other
    return await operations.rule_suspension(
        staff_id=staff_id,
        suspension_id=case.id,
        is_reversed=is_reversed,
        text=TEXT,
        key=world.key(staff_id),
        new_id=world.new_id,
        now=world.now,
    )


async def seen(case: Case) -> SuspensionRecord:
    found = await queries.suspensions_by_id(ids=[case.id], viewer_id=case.member_id)
    return found[case.id]
