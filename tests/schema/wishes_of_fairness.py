"""As `wishes`: risk cases and suspensions, and what staff decide about them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.risk import operations as risk_cases
from domain.suspensions import operations
from schema.ids import Tag
from tests.make import risk
from tests.make import suspensions as make
from tests.make.campaigns import rich_employer, running, submitted
from tests.make.ratings import approved
from tests.make.risk import Suspect
from tests.make.suspensions import TEXT, Case
from tests.make.world import World
from tests.schema.wishes_of_money import WORKER

if TYPE_CHECKING:
    from tests.schema.wishes import Wishes

Wish = Callable[[], Awaitable[dict[str, Any]]]


def of_fairness(wishes: Wishes) -> dict[str, tuple[str, Wish]]:
    made = Fairness(wishes)
    return {
        "suspensionPropose": ("staff", made.proposal),
        "suspensionImpose": ("staff", made.imposition),
        "suspensionDismiss": ("staff", made.dismissal),
        "suspensionAppeal": (WORKER, made.appeal),
        "suspensionRule": ("staff", made.ruling),
        "riskCaseTake": ("staff", made.suspect),
        "riskCaseClear": ("staff", made.clearing),
        "riskCaseAct": ("staff", made.allowance),
        "riskCaseAct suspension": ("staff", made.measure),
    }


@dataclass
class Fairness:
    wishes: Wishes

    @property
    def world(self) -> World:
        return self.wishes.scene.ask.world

    async def proposal(self) -> dict[str, Any]:
        work = await approved(self.world)
        return {
            "memberId": self.wishes.scene.ask.id(Tag.MEMBER, work.worker_id),
            "text": TEXT,
            "assignmentIds": self.shown([work.id]),
            "campaignIds": [],
        }

    async def imposition(self) -> dict[str, Any]:
        case, now = await make.proposed(self.world), self.world.now
        return {
            **self.about(case),
            "assignmentIds": self.shown(case.work.assignment_ids),
            "campaignIds": [],
            "happenedFrom": now.date().isoformat(),
            "happenedUntil": now.date().isoformat(),
            "endsAt": f"{now + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}",
        }

    async def dismissal(self) -> dict[str, Any]:
        return self.about(await make.proposed(self.world))

    async def appeal(self) -> dict[str, Any]:
        """Imposed and ended, so that the member goes on with the other wishes."""
        world, member_id = self.world, self.wishes.who(WORKER)
        employer = await rich_employer(world)
        assignment = await submitted(world, member_id, await running(world, employer))
        case = await make.propose(world, member_id, employer, assignment)
        await make.impose(world, case)
        await operations.advance_suspensions(now=world.now + make.LONG)
        return self.about(case)

    async def ruling(self) -> dict[str, Any]:
        case = await make.proposed(self.world)
        await make.impose(self.world, case)
        await make.appeal(self.world, case)
        return {**self.about(case), "isReversed": True, **self.wishes.key()}

    async def suspect(self) -> dict[str, Any]:
        found = await risk.suspect(self.world)
        return {"memberId": self.wishes.scene.ask.id(Tag.MEMBER, found.id)}

    async def taken(self) -> tuple[dict[str, Any], Suspect]:
        found = await risk.suspect(self.world)
        await risk_cases.take_case(
            staff_id=self.wishes.who("staff"), member_id=found.id, now=self.world.now
        )
        return {"memberId": self.wishes.scene.ask.id(Tag.MEMBER, found.id), "text": TEXT}, found

    async def clearing(self) -> dict[str, Any]:
        wish, _ = await self.taken()
        return wish

    async def allowance(self) -> dict[str, Any]:
        wish, _ = await self.taken()
        ends_at = f"{self.world.now + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"
        return {**wish, "measure": {"claimAllowance": {"claimsPerDay": 3, "endsAt": ends_at}}}

    async def measure(self) -> dict[str, Any]:
        wish, found = await self.taken()
        about = {"assignmentIds": self.shown(found.work.assignment_ids), "campaignIds": []}
        return {**wish, "measure": {"suspension": about}}

    def about(self, case: Case) -> dict[str, Any]:
        return {"suspensionId": self.wishes.scene.ask.id(Tag.SUSPENSION, case.id), "text": TEXT}

    def shown(self, assignment_ids: Sequence[UUID]) -> list[str]:
        return [self.wishes.scene.ask.id(Tag.ASSIGNMENT, each) for each in assignment_ids]
