"""What staff and finance do: rule disputes, look at what is reported, release what is held."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from domain.assignments.operations import block_campaign
from domain.campaigns import operations as campaigns
from domain.campaigns.rules import DeclineReason, ReportReason
from domain.disputes import operations as disputes
from domain.members.operations import grant_role
from domain.members.rules import Role
from domain.payouts import operations as payouts
from gateway.simulation.market import Market, Offer, Work
from gateway.simulation.people import Habit

RULING: Final = "Clause 1 asks for yes or no; what was handed in was compared with it."
REPORT: Final = "It asks for the name and the address of whoever works on it."
CLEARED: Final = "Looked at with the employer; it asks for nothing of the kind now."
APPEAL: Final = "The ruling overlooks what the instructions really ask for in clause 1."


async def grant(market: Market, member_id: UUID, role: Role) -> None:
    await market.act(
        "grant", lambda: grant_role(member_id=member_id, role=role, now=market.virtual.now)
    )


def plan_ruling(market: Market, work: Work, dispute_id: UUID) -> None:
    """Now and then staff are late: then the platform pays."""
    if market.percent(85):
        market.plan(lambda: rule(market, work, dispute_id), after=timedelta(days=4))


async def rule(market: Market, work: Work, dispute_id: UUID) -> None:
    """By one of the staff; who contests it is heard by another one."""
    first, second = market.virtual.chance.sample(market.clerks, 2)
    is_for_worker = work.worker.habit is not Habit.CHEATING
    if await _ruled(market, dispute_id, first, is_for_worker=is_for_worker) is None:
        return
    loser = work.offer.employer if is_for_worker else work.worker
    if not market.percent(40):
        return
    appeal = partial(
        disputes.appeal_dispute,
        member_id=loser.id,
        dispute_id=dispute_id,
        text=APPEAL,
        now=market.virtual.now,
    )
    await market.act("appeal", appeal)
    if market.percent(80):
        again = partial(_ruled, market, dispute_id, second, is_for_worker=is_for_worker)
        market.plan(again, after=timedelta(days=3))


async def _ruled(
    market: Market, dispute_id: UUID, clerk: UUID, *, is_for_worker: bool
) -> bool | None:
    key = market.virtual.key(clerk, "disputeRule", str(dispute_id))
    ruling = partial(
        disputes.rule_dispute,
        staff_id=clerk,
        dispute_id=dispute_id,
        is_for_worker=is_for_worker,
        text=RULING,
        key=key,
        new_id=market.virtual.new_id,
        now=market.virtual.now,
    )
    return await market.twice("rule", ruling)


async def look_first(market: Market, offered: Offer) -> None:
    """Before workers see it; what is declined is offered again, or given up."""
    virtual, clerk = market.virtual, market.virtual.chance.choice(market.clerks)
    if market.percent(70):
        approve = partial(
            campaigns.approve_campaign,
            staff_id=clerk,
            campaign_id=offered.id,
            now=virtual.now,
        )
        offered.is_open = await market.did("approve campaign", approve) or offered.is_open
        return
    decline = partial(
        campaigns.decline_campaign,
        staff_id=clerk,
        campaign_id=offered.id,
        reason=DeclineReason.UNCLEAR,
        text=CLEARED,
        now=virtual.now,
    )
    await market.act("decline campaign", decline)
    market.plan(lambda: offer_again(market, offered), after=timedelta(days=1))


async def offer_again(market: Market, offered: Offer) -> None:
    publish = partial(
        campaigns.publish_campaign,
        employer_id=offered.employer.id,
        campaign_id=offered.id,
        ends_at=None,
        now=market.virtual.now,
    )
    if market.percent(70) and await market.did("publish again", publish):
        market.plan(lambda: look_first(market, offered), after=timedelta(days=1))


def plan_oversight(market: Market, offered: Offer) -> None:
    """Some offers are reported, some are stopped by staff; both go on unless nobody looks."""
    if market.percent(8):
        market.plan(lambda: report(market, offered), after=timedelta(days=2))
    elif market.percent(5):
        market.plan(lambda: suspend(market, offered), after=timedelta(days=2))


async def report(market: Market, offered: Offer) -> None:
    """By several, one of them twice."""
    for reporter in market.virtual.chance.choices(market.people, k=5):
        await market.act(
            "report",
            partial(
                campaigns.report_campaign,
                reporter_id=reporter.id,
                campaign_id=offered.id,
                reason=ReportReason.PERSONAL_DATA,
                text=REPORT,
                now=market.virtual.now,
            ),
        )
    market.plan(lambda: clear(market, offered), after=timedelta(days=1))


async def suspend(market: Market, offered: Offer) -> None:
    change = partial(
        campaigns.suspend_campaign,
        staff_id=market.virtual.chance.choice(market.clerks),
        campaign_id=offered.id,
        text=REPORT,
        now=market.virtual.now,
    )
    await market.act("suspend campaign", change)
    market.plan(lambda: clear(market, offered), after=timedelta(days=1))


async def clear(market: Market, offered: Offer) -> None:
    if market.percent(20):
        return  # nobody looks
    if market.percent(25):
        await _block(market, offered)
        return
    change = partial(
        campaigns.clear_campaign,
        staff_id=market.virtual.chance.choice(market.clerks),
        campaign_id=offered.id,
        text=CLEARED,
        now=market.virtual.now,
    )
    offered.is_open = await market.did("clear campaign", change) or offered.is_open


async def _block(market: Market, offered: Offer) -> None:
    virtual, clerk = market.virtual, market.virtual.chance.choice(market.clerks)
    block = partial(
        block_campaign,
        staff_id=clerk,
        campaign_id=offered.id,
        text=REPORT,
        key=virtual.key(clerk, "campaignBlock", str(offered.id)),
        new_id=virtual.new_id,
        now=virtual.now,
    )
    await market.twice("block campaign", block)


async def release(market: Market, payout_id: UUID) -> None:
    """What is held for a person is let out by one, or by two where one is not enough."""
    for member_id in market.financiers:
        released = await market.act(
            "release",
            partial(
                payouts.release_payout,
                payout_id=payout_id,
                member_id=member_id,
                reason="sums compared",
                new_id=market.virtual.new_id,
                now=market.virtual.now,
            ),
        )
        if released is None or released.is_out:
            return
