"""The least that a place may pay, by category, zone, currency and day."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.campaigns import operations as campaigns
from domain.campaigns.operations import PriceBelowFloor
from domain.campaigns.rules import (
    Audience,
    Category,
    Comparator,
    Target,
    TargetField,
    Terms,
)
from domain.categories import operations, queries
from domain.database import fetch
from domain.errors import InvalidInput, NotAllowed
from domain.members.rules import Role
from domain.money import Money
from tests.make.campaigns import draft, fill_and_fund, funded, publish, rich_employer, usd
from tests.make.members import add_staff, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def branch(world: World, staff: UUID, slug: str) -> str:
    await operations.set_category(
        staff_id=staff, slug=slug, names={"en": slug}, is_open=True, now=world.now
    )
    return slug


async def floor(
    world: World, staff: UUID, slug: str, price: Money, *, zone: str = "*", days: int = 0
) -> None:
    await operations.set_floor(
        staff_id=staff,
        slug=slug,
        zone=zone,
        currency=price.currency,
        micros=price.micros,
        valid_from=world.now.date() + timedelta(days=days),
        reason="test",
        now=world.now,
    )


def of(slug: str, reward: str, *countries: str) -> Terms:
    targets = (
        [Target(field=TargetField.COUNTRY, comparator=Comparator.IN, codes=countries)]
        if countries
        else []
    )
    return Terms(
        title="A survey",
        category=Category.SURVEY,
        category_slug=slug,
        reward=usd(reward),
        audience=Audience(targets=tuple(targets)),
    )


async def drafted(world: World, employer: UUID, terms: Terms) -> UUID:
    campaign = await draft(world, employer)
    await campaigns.change_campaign(
        employer_id=employer, campaign_id=campaign, terms=terms, now=world.now
    )
    return campaign


async def test_nobody_is_paid_less_than_the_floor_of_their_zone(world: World) -> None:
    """P33: the dearest zone counts that the campaign is open to, and all floors down its branch."""
    staff, employer = await add_staff(world, Role.STAFF), await rich_employer(world)
    above = await branch(world, staff, "survey.priced")
    slug = await branch(world, staff, "survey.priced.deeply")
    await floor(world, staff, above, usd("0.02"))
    await floor(world, staff, slug, usd("0.05"), zone="oceania")
    await floor(world, staff, slug, usd("0.10"), zone="europe")
    await floor(world, staff, slug, Money(9_000_000, "EUR"))

    for reward, countries, least, zone in (
        ("0.09", (), "0.10", "europe"),
        ("0.04", ("AU", "IN"), "0.05", "oceania"),
        ("0.01", ("IN",), "0.02", None),
    ):
        campaign = await drafted(world, employer, of(slug, reward, *countries))
        with pytest.raises(PriceBelowFloor) as refused:
            await fill_and_fund(world, employer, campaign, places=(1,))
        assert (refused.value.floor, refused.value.zone) == (usd(least), zone)
        await campaigns.change_campaign(
            employer_id=employer,
            campaign_id=campaign,
            terms=of(slug, least, *countries),
            now=world.now,
        )
        await campaigns.fund_campaign(
            employer_id=employer,
            campaign_id=campaign,
            key=world.key(employer),
            new_id=world.new_id,
            now=world.now,
        )
        await publish(world, employer, campaign)


async def test_a_floor_counts_from_its_day_on_and_ends_with_nothing(world: World) -> None:
    """P33: what was funded under another floor is looked at again when it opens."""
    staff, employer = await add_staff(world, Role.STAFF), await rich_employer(world)
    slug = await branch(world, staff, "survey.dated")
    campaign = await drafted(world, employer, of(slug, "0.05"))
    await floor(world, staff, slug, usd("1"), days=1)
    await fill_and_fund(world, employer, campaign, places=(1,))

    world.now += timedelta(days=1)
    with pytest.raises(PriceBelowFloor):
        await publish(world, employer, campaign)
    await floor(world, staff, slug, usd("0.50"))
    await floor(world, staff, slug, usd("0"))
    await publish(world, employer, campaign)
    assert slug not in await queries.floors(on=world.now.date())


async def test_a_campaign_without_a_branch_stands_at_its_root(world: World) -> None:
    """Employers who choose a kind of work alone go on as before."""
    campaign = await funded(world, employer := await rich_employer(world))
    await publish(world, employer, campaign)
    rows = await fetch("select category_slug from campaign where id = $1", campaign)
    assert [row["category_slug"] for row in rows] == ["labeling"]


async def test_only_staff_keep_the_tree_and_every_version_stays(world: World) -> None:
    """Dated and audited: lines are added, what was in force is not rewritten."""
    staff, worker = await add_staff(world, Role.STAFF), await add_worker(world)
    with pytest.raises(NotAllowed):
        await branch(world, worker, "survey.mine")
    slug = await branch(world, staff, "survey.kept")
    await branch(world, staff, slug)  # the same again is no line
    await operations.set_category(
        staff_id=staff, slug=slug, names={"en": "Kept", "de": "Da"}, is_open=False, now=world.now
    )
    lines = await fetch(
        "select position, actor_id, is_open from category_change where slug = $1 order by 1", slug
    )
    assert [tuple(line) for line in lines] == [(1, staff, True), (2, staff, False)]

    employer = await rich_employer(world)
    for wrong in (slug, "labeling.images", "survey.nowhere"):
        with pytest.raises(InvalidInput):  # closed, of another kind, not there
            await drafted(world, employer, of(wrong, "0.05"))
    for refused in (
        branch(world, staff, "nowhere.at_all"),
        branch(world, staff, "survey.kept.a.b"),
        floor(world, staff, slug, usd("1"), days=-1),
        floor(world, staff, slug, usd("1"), zone="atlantis"),
        floor(world, staff, "survey.nowhere", usd("1")),
    ):
        with pytest.raises(InvalidInput):
            await refused


async def test_a_country_changes_its_zone_from_a_day_on(world: World) -> None:
    """Zones are data: until the day the old one counts, and a country may leave them all."""
    staff, today = await add_staff(world, Role.STAFF), world.now.date()
    for zone, days in (("far_south", 1), (None, 2)):
        await operations.set_zone(
            staff_id=staff,
            countries=["AQ", "BV"],
            zone=zone,
            valid_from=today + timedelta(days=days),
            reason="test",
            now=world.now,
        )
    found = [await queries.zones(on=today + timedelta(days=days)) for days in (0, 1, 2)]
    assert [zones.get("far_south") for zones in found] == [None, ["AQ", "BV"], None]
    assert "DE" in found[0]["europe"]
    with pytest.raises(InvalidInput):
        await operations.set_zone(
            staff_id=staff,
            countries=["XX"],
            zone="far_south",
            valid_from=today,
            reason="test",
            now=world.now,
        )
