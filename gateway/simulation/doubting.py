"""How staff look at members of whom something was found, and take back what fraud has won."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from domain.referrals import operations as referrals
from domain.referrals.queries import referral_queue
from domain.risk import operations as risk
from domain.risk.queries import RiskCaseRecord, risk_queue
from domain.risk.rules import Allowance
from domain.suspensions.rules import Work
from gateway.simulation.market import Market

SEEN_AT_ONCE: Final = 10
NOTHING: Final = "Two of one household, who are paid to the same account; both are real."
SOMETHING: Final = "Both memberships are paid to one account and answer word by word the same."
LIMITED: Final = timedelta(days=6)


async def look(market: Market) -> None:
    """Once a day, at some of them."""
    for case in await risk_queue(limit=SEEN_AT_ONCE):
        if market.percent(60):
            await _look_at(market, case)
    for found in await referral_queue():
        if found.link is not None and market.percent(30):
            await _claw_back(market, found.referral.id)


async def _look_at(market: Market, case: RiskCaseRecord) -> None:
    """Whoever decides has taken it; somebody else tries now and then."""
    virtual, chance = market.virtual, market.virtual.chance
    clerk = chance.choice(market.clerks)
    take = partial(risk.take_case, staff_id=clerk, member_id=case.member_id, now=virtual.now)
    if not await market.did("take case", take):
        return
    decider = chance.choice(market.clerks) if market.percent(10) else clerk
    if market.percent(40):
        clear = partial(
            risk.clear_case,
            staff_id=decider,
            member_id=case.member_id,
            text=NOTHING,
            now=virtual.now,
        )
        await market.act("clear case", clear)
        return
    work = tuple(each for signal in case.signals for each in signal.assignment_ids)
    allowance = Allowance(claims_per_day=2, ends_at=virtual.now + LIMITED)
    act = partial(
        risk.act_on_case,
        staff_id=decider,
        member_id=case.member_id,
        text=SOMETHING,
        measure=Work(assignment_ids=work[:1]) if work and market.percent(50) else allowance,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    await market.act("act on case", act)


async def _claw_back(market: Market, referral_id: UUID) -> None:
    virtual, clerk = market.virtual, market.virtual.chance.choice(market.clerks)
    take = partial(
        referrals.claw_back_referral,
        staff_id=clerk,
        referral_id=referral_id,
        text=SOMETHING,
        key=virtual.key(clerk, "referralClawBack", str(referral_id)),
        new_id=virtual.new_id,
        now=virtual.now,
    )
    await market.twice("claw back", take)
