"""Valid inputs for what staff decide about campaigns, and for the answers of their owners."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from domain.assignments.operations import advance_campaigns
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import PauseReason
from domain.database import transaction
from domain.paging import Page
from domain.referrals.queries import referrals_of
from domain.tasks.queries import tasks_of
from schema.ids import Tag
from tests.make.campaigns import draft, pay_in, reviewed, running, usd
from tests.make.referrals import add_earning_referee
from tests.schema.wishes_of_finding import WishesOfFinding
from tests.schema.wishes_of_money import EMPLOYER, WORKER

STAFF: Final = "staff"
SAID: Final = "The rejections cite the clause that was not followed."


class WishesOfCampaigns(WishesOfFinding):
    def of_campaigns(self) -> dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]]:
        return {
            **self.of_finding(),
            "campaignPlanConsensus": (EMPLOYER, self.plan),
            "skillCreate": (EMPLOYER, self.skill),
            "campaignAcknowledge": (EMPLOYER, self.said_of_paused),
            "campaignClear": (STAFF, self.said_of_paused),
            "campaignSuspend": (STAFF, self.said_of_running),
            "campaignExtend": (EMPLOYER, self.extension),
            "campaignExtend price": (EMPLOYER, self.dearer),
            "campaignFeature": (EMPLOYER, self.placement),
            "campaignRestart": (EMPLOYER, self.restart),
            "campaignBlock": (STAFF, self.blocking),
            "referralClawBack": (STAFF, self.fraud),
            "campaignReport": (WORKER, self.report),
            "campaignInvite": (EMPLOYER, self.inviting),
            "campaignInvitationDecline": (WORKER, self.invited),
            "campaignApprove": (STAFF, self.waiting),
            "campaignDecline": (STAFF, self.declining),
        }

    async def plan(self) -> dict[str, Any]:
        key = await draft(self.scene.ask.world, self.who(EMPLOYER), reward=usd("0.01"))
        percent = {"confidencePercent": 90, "goldPercent": 5}
        labels = ["a dog", "no dog"]
        return {
            "campaignId": self.scene.ask.id(Tag.CAMPAIGN, key),
            "labels": labels,
            "answerCountMin": 2,
            **percent,
            "skillId": await self.a_skill(),
            "testAnswerCount": 3,
        }

    async def skill(self) -> dict[str, Any]:
        return {
            "name": f"Dogs {self.scene.ask.world.new_id()}",
            "description": "Tells dogs from cats.",
            "validDays": 30,
            "retakeDays": 7,
            "attemptMax": 2,
            "isOfPlatform": False,
        }

    async def a_skill(self) -> str:
        made = await self.scene.do(EMPLOYER, "skillCreate", **await self.skill())
        skill_id: str = made["skill"]["id"]
        return skill_id

    async def said_of_running(self) -> dict[str, Any]:
        key = await running(self.scene.ask.world, self.who(EMPLOYER), reward=usd("0.01"))
        return {"campaignId": self.scene.ask.id(Tag.CAMPAIGN, key), "text": SAID}

    async def dearer(self) -> dict[str, Any]:
        return {**await self.extension(), "reward": {"amount": "0.02", "currency": "USD"}}

    async def placement(self) -> dict[str, Any]:
        employer = self.who(EMPLOYER)
        await pay_in(self.scene.ask.world, employer, usd("3"))
        return {
            "campaignId": self.scene.ids["campaign_running_ann"],
            "amount": {"amount": "2.00", "currency": "USD"},
            **self.key(),
        }

    async def extension(self) -> dict[str, Any]:
        world, employer = self.scene.ask.world, self.who(EMPLOYER)
        key = await running(world, employer, places=[1], reward=usd("0.01"))
        (task,) = await tasks_of(campaign_id=key, employer_id=employer, page=Page(limit=1))
        return {
            "campaignId": self.scene.ask.id(Tag.CAMPAIGN, key),
            "taskId": self.scene.ask.id(Tag.TASK, task.id),
            "placeCount": 2,
            **self.key(),
        }

    async def restart(self) -> dict[str, Any]:
        """Of one that finished with nothing done."""
        wish = await self.extension()
        campaign = {"campaignId": wish["campaignId"]}
        await self.scene.do(EMPLOYER, "campaignStop", **campaign, **self.key())
        await advance_campaigns(new_id=self.scene.ask.world.new_id, now=self.scene.ask.world.now)
        return {**wish, "endsAt": None}

    async def blocking(self) -> dict[str, Any]:
        wish = await self.said_of_running()
        await self.scene.do(STAFF, "campaignSuspend", **wish)
        return {**wish, **self.key()}

    async def fraud(self) -> dict[str, Any]:
        referrer_id, _ = await add_earning_referee(self.scene.ask.world)
        (referral,) = await referrals_of(referrer_id=referrer_id, page=Page(limit=1))
        key = self.scene.ask.id(Tag.REFERRAL, referral.id)
        return {"referralId": key, "text": SAID, **self.key()}

    async def inviting(self) -> dict[str, Any]:
        """Of a favourite."""
        member = {"memberId": self.scene.ids[f"member_{WORKER}"]}
        await self.scene.do(EMPLOYER, "memberMark", **member, mark="FAVOURITE")
        key = await running(self.scene.ask.world, self.who(EMPLOYER), reward=usd("0.01"))
        campaign_id = self.scene.ask.id(Tag.CAMPAIGN, key)
        return {"campaignId": campaign_id, "memberIds": [member["memberId"]]}

    async def invited(self) -> dict[str, Any]:
        wish = await self.inviting()
        await self.scene.do(EMPLOYER, "campaignInvite", **wish)
        return {"campaignId": wish["campaignId"]}

    async def report(self) -> dict[str, Any]:
        return {**await self.said_of_running(), "reason": "FRAUD"}

    async def waiting(self) -> dict[str, Any]:
        key = await reviewed(self.scene.ask.world, self.who(EMPLOYER))
        return {"campaignId": self.scene.ask.id(Tag.CAMPAIGN, key)}

    async def declining(self) -> dict[str, Any]:
        return {**await self.waiting(), "reason": "UNCLEAR", "text": SAID}

    async def said_of_paused(self) -> dict[str, Any]:
        world = self.scene.ask.world
        key = await running(world, self.who(EMPLOYER), reward=usd("0.01"))
        async with transaction():
            await campaigns.pause_by_system(
                campaign_id=key, reason=PauseReason.QUALITY, now=world.now
            )
        return {"campaignId": self.scene.ask.id(Tag.CAMPAIGN, key), "text": SAID}
