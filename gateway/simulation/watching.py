"""How staff decide about members whom a rule or one of them has proposed to suspend."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from domain.suspensions import operations as suspensions
from domain.suspensions.queries import SuspensionRecord, suspension_queue
from domain.suspensions.rules import SuspensionState, Work
from gateway.simulation.market import Market

SEEN_AT_ONCE: Final = 20
WHY: Final = "Known answers of three days were wrong, and all others saw it otherwise."
WHY_NOT: Final = "These pictures are hard to tell apart; it says nothing about the member."
APPEAL: Final = "I have looked at every one of these pictures for a minute or longer."
LENGTH: Final = timedelta(days=5)


async def propose(market: Market, member_id: UUID, assignment_id: UUID) -> None:
    await market.act(
        "propose suspension",
        partial(
            suspensions.propose_suspension,
            staff_id=market.virtual.chance.choice(market.clerks),
            member_id=member_id,
            text=WHY,
            work=Work(assignment_ids=(assignment_id,)),
            new_id=market.virtual.new_id,
            now=market.virtual.now,
        ),
    )


async def look(market: Market) -> None:
    """Once a day. What nobody decides about in time is dismissed by the clock."""
    for case in await suspension_queue(limit=SEEN_AT_ONCE):
        if market.percent(25):
            continue
        if case.state is SuspensionState.APPEALED:
            await _rule(market, case)
        elif market.percent(60):
            await _impose(market, case)
        else:
            await _dismiss(market, case)


async def _impose(market: Market, case: SuspensionRecord) -> None:
    virtual = market.virtual
    impose = partial(
        suspensions.impose_suspension,
        staff_id=virtual.chance.choice(market.clerks),
        suspension_id=case.id,
        text=WHY,
        work=case.evidence,
        from_on=(virtual.now - timedelta(days=3)).date(),
        to_on=virtual.now.date(),
        ends_at=virtual.now + LENGTH,
        now=virtual.now,
    )
    if await market.did("impose suspension", impose) and market.percent(50):
        market.plan(lambda: _appeal(market, case), after=timedelta(days=2))


async def _dismiss(market: Market, case: SuspensionRecord) -> None:
    await market.act(
        "dismiss suspension",
        partial(
            suspensions.dismiss_suspension,
            staff_id=market.virtual.chance.choice(market.clerks),
            suspension_id=case.id,
            text=WHY_NOT,
            now=market.virtual.now,
        ),
    )


async def _appeal(market: Market, case: SuspensionRecord) -> None:
    await market.act(
        "appeal suspension",
        partial(
            suspensions.appeal_suspension,
            member_id=case.member_id,
            suspension_id=case.id,
            text=APPEAL,
            now=market.virtual.now,
        ),
    )


async def _rule(market: Market, case: SuspensionRecord) -> None:
    """Whoever has imposed it tries now and then, and is refused."""
    clerk = market.virtual.chance.choice(market.clerks)
    rule = partial(
        suspensions.rule_suspension,
        staff_id=clerk,
        suspension_id=case.id,
        is_reversed=market.percent(50),
        text=WHY_NOT,
        key=market.virtual.key(clerk, "suspensionRule", str(case.id)),
        new_id=market.virtual.new_id,
        now=market.virtual.now,
    )
    await market.twice("rule suspension", rule)
