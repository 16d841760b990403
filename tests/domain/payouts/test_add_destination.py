"""Destinations: checked by the provider, unreadable in the database, masked for display."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from domain.access.operations import StepUpRequired
from domain.access.rules import StepUpClaim
from domain.database import fetch_row
from domain.errors import InvalidInput, NotFound
from domain.paging import Page
from domain.payouts import operations, queries
from domain.payouts.rules import sealed_context
from gateway.vault import AesVault, Sealed
from tests.make.members import add_worker, session_of
from tests.make.payouts import VAULT, House

pytestmark = pytest.mark.asyncio

ACCOUNT = "DE02120300000000202051"


async def added(house: House, **fields: str) -> queries.DestinationRecord:
    member_id = await add_worker(house.world)
    session = await session_of(house.world, member_id)
    destination_id = await house.add_destination(
        member_id, session, fields={"account": ACCOUNT, "scenario": "ok", **fields}
    )
    return (await queries.destinations_by_id(ids=[destination_id]))[destination_id]


async def test_the_label_shows_the_end_only(house: House) -> None:
    """Enough for its owner, nothing for whoever looks over the shoulder."""
    assert (await added(house)).label == "…2051"


async def test_the_fields_cannot_be_read_in_the_database(house: House) -> None:
    """Neither in any column nor with another key or for another row."""
    record = await added(house)

    row = await fetch_row("select * from destination where id = $1", record.id)
    assert row is not None
    assert not [each for each in row.values() if ACCOUNT.encode() in str(each).encode()]
    assert ACCOUNT.encode() not in row["fields"]
    with pytest.raises(Sealed):
        VAULT.unseal(row["fields"], context=sealed_context(house.world.new_id()))
    with pytest.raises(Sealed):
        AesVault(b"another secret, long enough as well").unseal(
            row["fields"], context=sealed_context(record.id)
        )
    opened = json.loads(VAULT.unseal(row["fields"], context=sealed_context(record.id)))
    assert opened == {"account": ACCOUNT, "scenario": "ok"}


async def test_equal_content_has_one_fingerprint(house: House) -> None:
    """Two members with one bank account can be noticed without reading either."""
    assert (await added(house)).fingerprint == (await added(house)).fingerprint
    assert (await added(house)).fingerprint != (await added(house, scenario="slow")).fingerprint


async def test_the_provider_finds_fault_before_anything_is_kept(house: House) -> None:
    """Each problem names its field; the step-up stays unspent."""
    with pytest.raises(operations.DestinationRefused) as refusal:
        await added(house, scenario="surprise", colour="blue")

    found = [(problem.field, problem.code) for problem in refusal.value.problems]
    assert found == [("scenario", "unknown"), ("colour", "unknown")]


async def test_needs_a_consent_to_this_very_destination(house: House) -> None:
    """A stolen session must not redirect the money."""
    member_id = await add_worker(house.world)
    session = await session_of(house.world, member_id)
    claim = StepUpClaim(house.world.new_id(), session.session_id)

    with pytest.raises(StepUpRequired):
        await add(house, member_id, claim)


async def test_refuses_what_nobody_pays(house: House) -> None:
    """Told when it is added, not when the worker wants money."""
    member_id = await add_worker(house.world)
    claim = StepUpClaim(house.world.new_id(), house.world.new_id())

    with pytest.raises(operations.NoRoute):
        await add(house, member_id, claim, kind="carrier pigeon")


async def test_refuses_nonsense(house: House) -> None:
    """Before any provider sees it."""
    member_id = await add_worker(house.world)
    claim = StepUpClaim(house.world.new_id(), house.world.new_id())

    with pytest.raises(InvalidInput):
        await add(house, member_id, claim, country="Germany")
    with pytest.raises(InvalidInput):
        await add(house, member_id, claim, account="x" * 1000)
    with pytest.raises(InvalidInput):
        await add(house, member_id, claim, account="1\x00")


async def test_a_removed_one_is_gone_for_its_owner_only(house: House) -> None:
    """Old payouts still show where they went; nobody else can remove it."""
    record = await added(house)
    now = house.world.now
    with pytest.raises(NotFound):
        await operations.remove_destination(
            member_id=house.world.new_id(), destination_id=record.id, now=now
        )

    await operations.remove_destination(
        member_id=record.member_id, destination_id=record.id, now=now
    )

    page = Page(limit=10)
    assert await queries.destinations_of(member_id=record.member_id, page=page) == []
    assert (await queries.destinations_by_id(ids=[record.id]))[record.id].removed_at == now
    with pytest.raises(NotFound):
        await operations.remove_destination(
            member_id=record.member_id, destination_id=record.id, now=now
        )


async def add(
    house: House,
    member_id: UUID,
    claim: StepUpClaim,
    *,
    kind: str = "sandbox",
    country: str = "PH",
    account: str = "1",
) -> None:
    await operations.add_destination(
        member_id=member_id,
        kind=kind,
        country=country,
        currency="EUR",
        fields={"account": account, "scenario": "ok"},
        step_up=claim,
        providers=house.providers,
        vault=VAULT,
        new_id=house.world.new_id,
        now=house.world.now,
    )
