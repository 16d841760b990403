"""Who refers themselves earns nothing, and what fraud won is taken back."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from domain.errors import InvalidTransition, NotAllowed
from domain.ledger import queries as books
from domain.ledger.rules import AccountKind
from domain.members.rules import Role
from domain.paging import Page
from domain.referrals import operations, queries
from domain.referrals.rules import ReferralRejectReason, ReferralState
from tests.domain.disputes.test_operations import Case
from tests.make.campaigns import balance
from tests.make.ledger import FEES, book, earnings, pay
from tests.make.members import add_staff, add_worker, session_of
from tests.make.payouts import House, open_house
from tests.make.referrals import add_earning_referee, add_referee, work_once
from tests.make.world import World

pytestmark = pytest.mark.asyncio
TEXT = "Both memberships are of the same person."


async def referral_of(referrer_id: UUID) -> queries.ReferralRecord:
    (referral,) = await queries.referrals_of(referrer_id=referrer_id, page=Page(limit=9))
    return referral


async def sweep(world: World) -> None:
    while await operations.reward_referrals(now=world.now, new_id=world.new_id):
        pass


async def share_an_account(house: House, *member_ids: UUID) -> None:
    account = house.world.new_token()
    for text in (account, account.upper()):
        for member_id in member_ids:
            await house.add_destination(
                member_id,
                await session_of(house.world, member_id),
                fields={"account": text, "scenario": "ok"},
            )


async def test_linked_members_earn_nothing(world: World, tmp_path: Path) -> None:
    """3.12: the same person by name and birthday, or the same account; others earn."""
    cases: dict[UUID, ReferralRejectReason | None] = {}
    async with open_house(world, tmp_path) as house:
        for reason in (ReferralRejectReason.SELF, ReferralRejectReason.PAYOUT_LINK, None):
            referrer = await add_worker(world, name="Rita Referrer")
            is_self = reason is ReferralRejectReason.SELF
            name = "RITA Referrer" if is_self else "Rafael Referee"
            referee = await add_referee(world, referrer, name=name)
            if reason is ReferralRejectReason.PAYOUT_LINK:
                await share_an_account(house, referrer, referee)
            await work_once(world, referee)
            cases[referrer] = reason
    await sweep(world)

    for referrer, reason in cases.items():
        referral = await referral_of(referrer)
        assert referral.reject_reason is reason
        expected = ReferralState.EARNING if reason is None else ReferralState.REJECTED
        assert referral.state is expected
        assert await balance(AccountKind.WORKER_EARNINGS, referrer) == (reason is None) * 50_000


async def test_a_split_ruling_earns_a_share_of_the_share(world: World) -> None:
    """R20: a twentieth of what was approved; of 0.05 the referee got 60 percent."""
    referrer = await add_worker(world)
    case = Case(world)
    await case.begin(await add_referee(world, referrer))
    await case.open()
    await case.answer()
    await case.escalate()
    await case.rule(percent=60)
    for member in (case.worker, case.employer):
        await case.accept(member)
    await sweep(world)

    assert await case.earned() == 30_000
    assert await balance(AccountKind.WORKER_EARNINGS, referrer) == 1_500
    assert (await referral_of(referrer)).state is ReferralState.EARNING


async def test_fraud_is_taken_back_once(world: World, tmp_path: Path) -> None:
    """E7r: as far as it is there, the rest is our loss; staff alone, and the queue shows it."""
    staff = await add_staff(world, Role.STAFF)
    referrer, referee = await add_earning_referee(world)
    async with open_house(world, tmp_path) as house:
        await share_an_account(house, referrer, referee)
    referral = await referral_of(referrer)
    queue = {each.referral.id: each for each in await queries.referral_queue()}
    assert queue[referral.id].link is ReferralRejectReason.PAYOUT_LINK
    spent = pay(world, source=earnings(referrer), target=FEES, micros=20_000, currency="USD")
    await book(world=world, transfers=[spent])
    kinds = (AccountKind.EXPENSE_REFERRALS, AccountKind.EXPENSE_LOSSES)
    before = [await balance(kind, None) for kind in kinds]

    async def claw_back(member_id: UUID, key: str) -> bool:
        return await operations.claw_back_referral(
            staff_id=member_id,
            referral_id=referral.id,
            text=TEXT,
            key=world.key(member_id, text=key),
            new_id=world.new_id,
            now=world.now,
        )

    with pytest.raises(NotAllowed):
        await claw_back(referee, "one")
    assert [await claw_back(staff, "one") for _ in range(2)] == [False, True]
    with pytest.raises(InvalidTransition):
        await claw_back(staff, "two")

    after = [await balance(kind, None) for kind in kinds]
    assert [new - old for new, old in zip(after, before, strict=True)] == [-50_000, 20_000]
    assert await balance(AccountKind.WORKER_EARNINGS, referrer) == 0
    found = await referral_of(referrer)
    assert (found.state, found.claw_back_text) == (ReferralState.CLAWED_BACK, TEXT)
    await work_once(world, referee)
    await sweep(world)
    assert await balance(AccountKind.WORKER_EARNINGS, referrer) == 0
    assert await queries.audit() == []
    assert (await books.trial_balance())["USD"] == 0
