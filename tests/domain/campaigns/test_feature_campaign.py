"""`feature_campaign`: shown first for a day, paid for once, and on the next fee invoice (R43)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.campaigns import operations, queries
from domain.campaigns.operations import Featured
from domain.campaigns.rules import CampaignState
from domain.database import execute, transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.idempotency.rules import IdempotencyKey
from domain.invoices import queries as documents
from domain.invoices.operations import ensure_legal_entity
from domain.ledger import operations as ledger
from domain.ledger.operations import BalanceTooLow
from domain.ledger.rules import Account, AccountKind
from domain.members.operations import MemberRestricted
from domain.money import Money
from domain.tasks import queries as tasks
from tests.make.campaigns import approve, balance, rich_employer, running, submitted, usd
from tests.make.invoices import ENTITY, fee_invoice
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
VAT = 380_000  # 19 % of 2 dollars


async def feature(
    world: World,
    employer: UUID,
    campaign: UUID,
    amount: Money | None = None,
    *,
    key: IdempotencyKey | None = None,
) -> Featured:
    return await operations.feature_campaign(
        employer_id=employer,
        campaign_id=campaign,
        amount=amount or usd("2"),
        key=key or world.key(employer),
        new_id=world.new_id,
        now=world.now,
    )


async def spendable(employer: UUID) -> int:
    return await balance(AccountKind.EMPLOYER_AVAILABLE, employer)


async def shown(world: World, *among: UUID) -> list[UUID]:
    """Other tests have campaigns of their own."""
    found = await queries.featured_campaigns(viewer_id=None, now=world.now, limit=1_000)
    return [each for each in found if each in among]


async def differences(*ids: UUID) -> list[str]:
    found = [*await tasks.audit(), *await documents.audit()]
    return [str(each) for each in found if any(str(id_) in str(each) for id_ in ids)]


async def of_months() -> list[str]:
    """What other tests have left, too."""
    return [str(each) for each in await documents.audit() if "of a month" in each.check]


async def test_it_is_shown_first_for_a_day_and_paid_for_with_vat(world: World) -> None:
    """It begins at once and ends by the clock; the VAT of today comes on top."""
    employer = await rich_employer(world)
    campaign = await running(world, employer)
    before = await spendable(employer)

    done = await feature(world, employer, campaign)

    assert await spendable(employer) == before - 2_000_000 - VAT
    assert await shown(world, campaign) == [campaign]
    until = await queries.featured_until(ids=[campaign], now=world.now)
    assert until == {campaign: world.now + timedelta(hours=24)}
    assert await differences(campaign, done.feature_id) == []
    world.now += timedelta(hours=24)
    assert await shown(world, campaign) == []
    assert await queries.featured_until(ids=[campaign], now=world.now) == {}


async def test_who_pays_more_stands_higher(world: World) -> None:
    """What overlaps adds up; currencies compare by their least bid."""
    employer = await rich_employer(world)
    low, high, raised = [await running(world, employer) for _ in range(3)]
    for campaign, amount in ((low, "2"), (raised, "3"), (high, "5"), (raised, "3")):
        await feature(world, employer, campaign, usd(amount))

    assert await shown(world, low, high, raised) == [raised, high, low]


async def test_a_campaign_that_pauses_is_not_shown_and_nothing_comes_back(world: World) -> None:
    """The list has what can be claimed; the day goes on."""
    employer = await rich_employer(world)
    campaign = await running(world, employer)
    await feature(world, employer, campaign)
    before = await spendable(employer)

    await operations.pause_campaign(employer_id=employer, campaign_id=campaign)
    assert await shown(world, campaign) == []
    await operations.resume_campaign(employer_id=employer, campaign_id=campaign)

    assert await shown(world, campaign) == [campaign]
    assert await spendable(employer) == before


async def test_members_alone_find_what_is_for_members(world: World) -> None:
    """To pay does not widen who sees it."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer)
    await feature(world, employer, campaign)
    async with transaction():
        await execute("update campaign set visibility = 'members' where id = $1", campaign)

    assert await shown(world, campaign) == []
    found = await queries.featured_campaigns(viewer_id=worker, now=world.now, limit=1_000)
    assert campaign in found


@pytest.mark.parametrize("amount", ["1.999999", "50.000001"])
async def test_r43_bounds_a_bid(world: World, amount: str) -> None:
    """From 2 to 50 units."""
    employer = await rich_employer(world)
    with pytest.raises(InvalidInput):
        await feature(world, employer, await running(world, employer), usd(amount))


async def test_whose_and_what_can_be_featured(world: World) -> None:
    """One's own, running, in its currency, paid for with what is there, by who is free."""
    employer, other = await rich_employer(world, usd("2.5")), await rich_employer(world)
    campaign = await running(world, employer, places=[1])
    with pytest.raises(NotFound):
        await feature(world, other, campaign)
    with pytest.raises(InvalidInput):
        await feature(world, employer, campaign, Money(2_000_000, "EUR"))
    with pytest.raises(BalanceTooLow):
        await feature(world, employer, campaign, usd("2.4"))
    await operations.pause_campaign(employer_id=employer, campaign_id=campaign)
    with pytest.raises(InvalidTransition) as refusal:
        await feature(world, employer, campaign)
    assert refusal.value.state == CampaignState.PAUSED
    async with transaction():
        await execute("update member set state = 'restricted' where id = $1", employer)
    with pytest.raises(MemberRestricted):
        await feature(world, employer, campaign)
    assert await shown(world, campaign) == []


async def test_the_same_key_pays_once_at_any_concurrency(world: World) -> None:
    """Five impatient clicks are one wish; a second wish adds to it."""
    employer = await rich_employer(world)
    campaign, key = await running(world, employer), world.key(employer)
    before = await spendable(employer)

    done = await asyncio.gather(
        *(feature(world, employer, campaign, key=key) for _ in range(5)), return_exceptions=True
    )

    answers = [each for each in done if isinstance(each, Featured)]
    assert len({each.feature_id for each in answers}) == 1
    assert sum(not each.replayed for each in answers) == 1
    assert await spendable(employer) == before - 2_000_000 - VAT
    await feature(world, employer, campaign)
    assert await spendable(employer) == before - 2 * (2_000_000 + VAT)


async def test_two_bids_of_all_that_is_left_are_one(world: World) -> None:
    """Only the balance stands between them."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[1])
    rest = await spendable(employer) - 2_000_000 - VAT
    async with transaction():
        await ledger.place_hold(
            hold=ledger.NewHold(
                account=Account(AccountKind.EMPLOYER_AVAILABLE, employer),
                amount=Money(rest, "USD"),
                reason="test",
                key=f"hold of {employer}",
            ),
            new_id=world.new_id,
            now=world.now,
        )

    done = await asyncio.gather(
        *(feature(world, employer, campaign) for _ in range(5)), return_exceptions=True
    )

    assert sum(isinstance(each, Featured) for each in done) == 1
    assert sum(isinstance(each, BalanceTooLow) for each in done) == 4


async def test_the_fee_invoice_has_a_line_for_it(world: World) -> None:
    """Beside the work, in one document; books, documents and VAT agree to the micro."""
    employer = await rich_employer(world)
    campaign = await running(world, employer, places=[2])
    assignment = await submitted(world, await add_worker(world), campaign)
    await approve(world, employer, assignment)
    await feature(world, employer, campaign)
    await ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    before = await of_months()

    document = await fee_invoice(world, employer)

    assert document is not None
    lines = [(line.is_placement, line.count, line.unit_micros) for line in document.content.lines]
    assert sorted(lines) == [(False, 1, 5_000), (True, 1, 2_000_000)]
    assert await differences(employer, campaign) == []
    assert await of_months() == before
