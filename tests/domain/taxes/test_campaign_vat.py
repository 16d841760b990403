"""A campaign's VAT is decided once, when it is funded, and can be explained for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch_value, transaction
from domain.errors import InvalidInput, NotAllowed
from domain.money import Money
from domain.taxes import operations, queries
from domain.taxes.operations import SubjectKind
from domain.taxes.queries import DecisionRecord
from domain.taxes.rules import UndecidedReason, VatCategory, VatReturn, VatSeller, VatUndecided
from tests.make.campaigns import draft, rich_employer, running, usd
from tests.make.members import add_employer, add_finance_member, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def decision_of(campaign_id: UUID) -> DecisionRecord:
    id_ = await fetch_value("select vat_decision_id from campaign where id = $1", campaign_id)
    return (await queries.decisions_by_id(ids=[id_]))[id_]


async def company(code: str, country: str = "DE") -> VatSeller:
    """It sorts after the one that sells in other tests, so only those who name it meet it."""
    async with transaction():
        await operations.ensure_vat_seller(code=code, country=country)
    return VatSeller(code=code, country=country)


async def test_funding_stores_why_the_price_has_its_vat(world: World) -> None:
    """The line, the place, what went in, and the rows of law that were used."""
    employer = await rich_employer(world, country="DE")

    found = await decision_of(await running(world, employer, reward=usd("1"), places=(2,)))

    assert (found.decision.rule, found.decision.place) == ("same_country", "DE")
    assert found.decision.treatment.category is VatCategory.STANDARD
    assert found.decision.treatment.basis_points == 1_900
    assert found.decision.reported_in is VatReturn.DOMESTIC
    assert found.net == usd("0.20")
    assert found.counterparty_id == employer
    assert found.inputs["buyer"]["country"] == "DE"
    assert ("vat_rate", "DE", date(2021, 1, 1)) in {
        (rule.key.rule_kind, rule.key.scope, rule.key.valid_from) for rule in found.rules_used
    }
    assert not found.is_unverified


async def test_an_employer_outside_the_union_pays_no_vat(world: World) -> None:
    """The document says why, in the words of the law."""
    employer = await rich_employer(world, country="US")

    found = await decision_of(await running(world, employer, reward=usd("1"), places=(1,)))

    assert found.decision.treatment.category is VatCategory.OUTSIDE
    assert found.decision.treatment.exemption_code == "VATEX-EU-O"
    assert (
        await fetch_value("select vat_micros from campaign where vat_decision_id = $1", found.id)
        == 0
    )


async def test_a_draft_decides_nothing(world: World) -> None:
    """Its price is a preview; a row would count as a sale."""
    campaign = await draft(world, await rich_employer(world))

    stored = await fetch_value("select count(*) from vat_decision where subject_id = $1", campaign)

    assert stored == 0
    assert await fetch_value("select vat_decision_id from campaign where id = $1", campaign) is None


async def test_the_database_keeps_decisions_and_wants_one(world: World) -> None:
    """No update, no delete, and no funded campaign without it."""
    campaign = await running(world, await rich_employer(world), places=(1,))

    for sql in ("update vat_decision set place = 'FR'", "delete from vat_decision"):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with transaction():
                await execute(sql + " where subject_id = $1", campaign)
    with pytest.raises(asyncpg.CheckViolationError, match="campaign_vat_decided"):
        async with transaction():
            await execute("update campaign set vat_decision_id = null where id = $1", campaign)


async def test_what_was_sold_counts_towards_the_limit(world: World) -> None:
    """EUR 10,000 in a year to consumers of other members; the sale that passes it counts."""
    seller = await company("VATSUM")
    employer = await add_employer(world, country="FR")

    async def sell(euro: int) -> str:
        net = Money(euro * 1_000_000, "EUR")
        on = world.now.date()
        decided = await queries.decided_vat(
            member_id=employer, net=net, on=on, seller_code=seller.code
        )
        async with transaction():
            await operations.store_decision(
                decided=decided,
                subject_kind=SubjectKind.CAMPAIGN,
                subject_id=world.new_id(),
                counterparty_id=employer,
                net=net,
                new_id=world.new_id,
                now=world.now,
            )
        return decided.decision.rule

    assert await sell(9_000) == "below_union_threshold"
    assert await sell(1_000) == "below_union_threshold"
    with pytest.raises(VatUndecided) as refusal:
        await sell(1)
    assert refusal.value.reason is UndecidedReason.OSS_REGISTRATION_MISSING
    sold = await queries.vat_seller(on=world.now.date(), code=seller.code)
    assert sold.union_sales_this_year_eur == 10_000
    next_year = await queries.vat_seller(on=date(world.now.year + 1, 1, 1), code=seller.code)
    assert (next_year.union_sales_this_year_eur, next_year.union_sales_last_year_eur) == (0, 10_000)


async def test_finance_says_how_a_company_is_taxed_from_a_day_on(world: World) -> None:
    """Days before keep what was said before; a correction of the same day counts."""
    seller = await company("VATTERMS")
    finance = await add_finance_member(world)
    day = world.now.date()

    for has_oss in (False, True):
        await operations.record_terms(
            actor_id=finance,
            terms=replace(seller, has_oss=has_oss, is_small_business=not has_oss),
            valid_from=day,
            now=world.now,
        )

    found = await queries.vat_seller(on=day, code=seller.code)
    assert (found.has_oss, found.is_small_business) == (True, False)
    before = await queries.vat_seller(on=day - timedelta(days=1), code=seller.code)
    assert (before.has_oss, before.is_small_business) == (False, False)


async def test_who_may_not_say_how_a_company_is_taxed(world: World) -> None:
    """Nobody but finance, of no unknown company, and never of another country."""
    seller = await company("VATREFUSED")
    finance, worker = await add_finance_member(world), await add_worker(world)
    day = world.now.date()

    with pytest.raises(NotAllowed):
        await operations.record_terms(actor_id=worker, terms=seller, valid_from=day, now=world.now)
    for wrong in (
        replace(seller, code="NOBODY"),
        replace(seller, country="FR"),
        replace(seller, union_sales_this_year_eur=-1),
    ):
        with pytest.raises(InvalidInput):
            await operations.record_terms(
                actor_id=finance, terms=wrong, valid_from=day, now=world.now
            )


async def test_without_a_company_nothing_is_priced(world: World) -> None:
    """A default would put our name on somebody's invoice. Here: a day before the first company."""
    employer = await add_employer(world)

    with pytest.raises(VatUndecided) as refusal:
        await queries.decided_vat(member_id=employer, net=usd("1"), on=date(2019, 12, 31))

    assert refusal.value.reason is UndecidedReason.SELLER_MISSING
