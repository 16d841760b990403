"""Who proves who they are in a simulated marketplace, and how staff look at what is unclear.

What the sandbox says of somebody, their name says.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from domain.verification import operations as verification
from domain.verification.operations import REASONS
from domain.verification.provider import CheckKind, CheckState
from domain.verification.queries import checks_of, queue, verifications_of
from domain.verification.rules import CheckRule, DecisionAction, Rule
from gateway.simulation.market import Market
from gateway.simulation.people import Person
from gateway.simulation.virtual import Virtual
from plugins.kyc.sandbox import CODE

INSTANCE: Final = "sandbox_checks"
REGION: Final = "ZZ"
WRONG_CODE: Final = "123456"
NOTE: Final = "Compared with what the member has sent."
# Never "away": who does not answer is asked again every hour, to the end.
WORDS: Final = ("mismatch", "pending", "hit")
WORDED_PERCENT: Final = 25
LEVELS: Final = {
    1: (
        CheckRule(check=CheckKind.EMAIL, by=(INSTANCE,)),
        CheckRule(check=CheckKind.AGE, by=(INSTANCE,)),
    ),
    2: (
        CheckRule(check=CheckKind.DOCUMENT, by=(INSTANCE,), recheck_days=5),
        CheckRule(check=CheckKind.SANCTIONS, by=(INSTANCE,)),
    ),
}


def next_name(virtual: Virtual, plain: str) -> str:
    """Most names lead to nothing."""
    chance = virtual.chance
    has_word = chance.randrange(100) < WORDED_PERCENT
    return f"{plain} {chance.choice(WORDS)}" if has_word else plain


async def begin(market: Market) -> None:
    """Written by one of finance, and let in by another."""
    author, approver = market.financiers[:2]
    virtual = market.virtual
    draft = partial(
        verification.draft_ruleset,
        author_id=author,
        rules=(Rule(name="everybody", levels=LEVELS, retry_hours=1),),
        requirements=(),
        effective_from=virtual.now,
        note="What everybody may show.",
        new_id=virtual.new_id,
        now=virtual.now,
    )
    version = await market.act("draft ruleset", draft)
    assert version is not None
    approve = partial(
        verification.approve_ruleset, version=version, approver_id=approver, now=virtual.now
    )
    await market.act("approve ruleset", approve)


async def prove(market: Market, member: Person) -> None:
    """The next level, or once more the one that they did not reach."""
    virtual = market.virtual
    level = virtual.chance.choice((1, 2))
    start = partial(
        verification.start_verification,
        member_id=member.id,
        level=level,
        region=REGION,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    found = await market.act("start verification", start)
    if found is not None:
        market.plan(lambda: give(market, member, found), after=timedelta(hours=2))


async def give(market: Market, member: Person, verification_id: UUID) -> None:
    """The code from the letter, now and then a wrong one at first, and sometimes nothing."""
    if market.percent(10):
        return
    checks = (await checks_of(verification_ids=[verification_id]))[verification_id]
    for check in checks:
        if check.state is not CheckState.NEEDS_INPUT:
            continue
        is_wrong = market.percent(20)
        give_ = partial(
            verification.give_input,
            check_id=check.id,
            member_id=member.id,
            given={"code": WRONG_CODE if is_wrong else CODE},
            vault=market.given.vault,
            now=market.virtual.now,
        )
        await market.act("give code", give_)
        if is_wrong:
            market.plan(lambda: give(market, member, verification_id), after=timedelta(hours=3))


async def look(market: Market) -> None:
    """Once a day: what waits for people; and now and then a proof turns out to be none."""
    for case in await queue(vault=market.given.vault):
        if market.percent(70):
            is_accepted = market.percent(60)
            await _decide(market, case.check.id, is_accepted=is_accepted)
    if market.percent(15) and market.people:
        await _revoke(market, market.virtual.chance.choice(market.people))


async def _decide(market: Market, check_id: UUID, *, is_accepted: bool) -> None:
    virtual, chance = market.virtual, market.virtual.chance
    action = DecisionAction.ACCEPT if is_accepted else DecisionAction.DECLINE
    decide = partial(
        verification.decide_check,
        check_id=check_id,
        member_id=chance.choice(market.clerks),
        action=action,
        reason=chance.choice(sorted(REASONS[action])),
        note=NOTE,
        vault=market.given.vault,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    await market.act("decide check", decide)


async def _revoke(market: Market, member: Person) -> None:
    virtual, chance = market.virtual, market.virtual.chance
    found = (await verifications_of(member_ids=[member.id]))[member.id]
    for each in found:
        revoke = partial(
            verification.revoke_verification,
            verification_id=each.id,
            member_id=chance.choice(market.clerks),
            reason=chance.choice(sorted(REASONS[DecisionAction.REVOKE])),
            note=NOTE,
            new_id=virtual.new_id,
            now=virtual.now,
        )
        await market.act("revoke verification", revoke)
