"""Finance says who issues and how papers are numbered; what was issued keeps what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.database import execute, fetch, transaction
from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.invoices import operations, queries
from domain.invoices.rules import DocumentKind, LegalEntity
from tests.make.campaigns import rich_employer, usd
from tests.make.invoices import ENTITY, approved_work, fee_invoice
from tests.make.members import add_finance_member, add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio

# After DE by code, so that no other test's documents come from them.
FRANCE = LegalEntity(
    code="ZFR",
    name="Piecerate SAS",
    street="Rue 7",
    postcode="75001",
    city="Paris",
    country="FR",
    vat_id="FR32123456789",
    legal_id="123456789",
)
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


async def test_each_change_is_kept_with_who_did_it(world: World) -> None:
    """Before and after; the country of a company never changes."""
    finance = await add_finance_member(world)
    facts = {"actor_id": finance, "new_id": world.new_id, "now": world.now}

    await operations.save_legal_entity(entity=FRANCE, **facts)  # type: ignore[arg-type]  # shared facts
    moved = replace(FRANCE, street="Rue 8")
    await operations.save_legal_entity(entity=moved, **facts)  # type: ignore[arg-type]  # shared facts

    # Other tests' changes, later ones among them, may fill the list of the newest.
    kept = await fetch("select * from issuer_change where actor_id = $1 order by id desc", finance)
    newest = kept[0]
    assert newest["subject"] == "ZFR" and newest["before"] is not None
    assert "Rue 7" in newest["before"] and "Rue 8" in newest["after"]
    (entity,) = [each for each in await queries.legal_entities() if each.entity.code == "ZFR"]
    assert entity.entity == moved
    with pytest.raises(InvalidInput):
        await operations.save_legal_entity(entity=replace(FRANCE, country="DE"), **facts)  # type: ignore[arg-type]  # shared facts
    for change in ({"name": "a\0b"}, {"footer": "x" * 201}, {"endpoint": "\ud800"}):
        with pytest.raises(InvalidInput) as refusal:
            await operations.save_legal_entity(entity=replace(FRANCE, **change), **facts)  # type: ignore[arg-type]  # shared facts
        assert refusal.value.path == tuple(change)
    with pytest.raises(NotAllowed):
        await operations.save_legal_entity(
            actor_id=await add_worker(world), entity=FRANCE, new_id=world.new_id, now=world.now
        )


async def test_a_series_gets_its_prefix_before_its_first_number(world: World) -> None:
    """Afterwards it stays, and no two series of a year share one."""
    finance = await add_finance_member(world)
    world.now = world.now.replace(year=2061)
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=1, reward=usd("1.00"))

    async def set_prefix(prefix: str, *, code: str = "DE", year: int = 2061) -> None:
        await operations.set_series_prefix(
            actor_id=finance,
            code=code,
            kind=DocumentKind.FEE_INVOICE,
            year=year,
            prefix=prefix,
            new_id=world.new_id,
            now=world.now,
        )

    await set_prefix("RE/")
    record = await fee_invoice(world, employer)

    assert record is not None and record.number == "RE/2061-000001"
    for wrong in ("with space", "", "x" * 25, "RX/"):
        with pytest.raises(InvalidInput):
            await set_prefix(wrong)
    for code in ("NO", "a\0b"):
        with pytest.raises(NotFound):
            await set_prefix("NO/", code=code)
    with pytest.raises(InvalidInput):
        await set_prefix("NO/", year=12_345)


async def test_a_logo_is_on_documents_from_now_on(world: World) -> None:
    """Named by its digest, so that it is there for ever; only pictures are."""
    finance = await add_finance_member(world)
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=1, reward=usd("1.00"))

    async def set_logo(content: bytes, media_type: str = "image/svg+xml") -> None:
        await operations.set_logo(
            actor_id=finance,
            code=ENTITY.code,
            media_type=media_type,
            content=content,
            new_id=world.new_id,
            now=world.now,
        )

    await set_logo(LOGO)
    record = await fee_invoice(world, employer)
    async with transaction():  # documents of other tests have none
        await execute("update legal_entity set logo_sha256 = null")

    assert record is not None and record.content.logo is not None
    assert await queries.logo(sha256=record.content.logo) == LOGO
    for content, media_type in (
        (LOGO, "image/png"),
        (LOGO, "text/html"),
        (b"<" * 70_000, "image/svg+xml"),
    ):
        with pytest.raises(InvalidInput):
            await set_logo(content, media_type)
