"""`add_member`: one member per address, grown up, and personal data apart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from domain.database import fetch_value, in_transaction, one_transaction
from domain.errors import InvalidInput
from domain.members import operations, queries
from domain.members.rules import MemberState, Role
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@one_transaction
async def add(
    world: World,
    email: str,
    *,
    name: str = "Ada Byron",
    country: str = "GB",
    born_on: date = date(1990, 1, 1),
) -> UUID:
    return await operations.add_member(
        name=name,
        email=email,
        country=country,
        born_on=born_on,
        new_id=world.new_id,
        now=world.now,
    )


def address(world: World) -> str:
    return f"Ada.{world.new_id().hex}@Example.com"


async def test_a_member_starts_registered_as_worker_and_employer(world: World) -> None:
    """Everybody may do both (P5), four facts are enough (P8, P34), unconfirmed they may act."""
    email = address(world)
    member_id = await add(world, email, name="  Ada Byron ")

    record = (await queries.members_by_id(ids=[member_id]))[member_id]
    assert record == queries.MemberRecord(
        id=member_id,
        state=MemberState.REGISTERED,
        country="GB",
        roles=frozenset({Role.WORKER, Role.EMPLOYER}),
        registered_at=world.now,
        verification_level=0,
    )
    person = (await queries.persons_by_id(ids=[member_id]))[member_id]
    assert (person.email, person.name) == (email.replace("Example", "example"), "Ada Byron")
    assert person.born_on == date(1990, 1, 1)


async def test_the_address_is_taken_in_every_spelling(world: World) -> None:
    """And the refusal leaves no member without a person behind."""
    email = address(world)
    await add(world, email)
    before = await fetch_value("select count(*) from member")

    with pytest.raises(operations.EmailTaken):
        await add(world, email.upper())

    assert await fetch_value("select count(*) from member") == before


async def test_two_registrations_at_once_make_one_member(world: World) -> None:
    """Whoever commits second is told, and nothing half-made stays."""
    email = address(world)
    before = await fetch_value("select count(*) from member")

    outcomes = await asyncio.gather(
        *(add(world, spelling) for spelling in (email, email.lower()) * 3), return_exceptions=True
    )

    made = [outcome for outcome in outcomes if isinstance(outcome, UUID)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, operations.EmailTaken)]
    assert (len(made), len(refused)) == (1, 5)
    assert await fetch_value("select count(*) from member") == before + 1


@pytest.mark.parametrize(
    ("born_on", "is_refused"), [(date(2008, 3, 30), True), (date(2008, 3, 29), False)]
)
async def test_the_eighteenth_birthday_opens_the_door(
    world: World, born_on: date, *, is_refused: bool
) -> None:
    """17 years and 364 days are refused (P16), the birthday itself is not."""
    if not is_refused:
        assert await add(world, address(world), born_on=born_on)
        return
    with pytest.raises(operations.TooYoung):
        await add(world, address(world), born_on=born_on)


async def test_a_refusal_names_the_field_and_not_its_value(world: World) -> None:
    """The text may end in a log."""
    with pytest.raises(InvalidInput) as refusal:
        await add(world, "not an address")

    assert refusal.value.path == ("email",)
    assert "not an address" not in str(refusal.value)


async def test_personal_data_is_in_no_repr(world: World) -> None:
    """Records end up in tracebacks and logs; these fields must not."""
    member_id = await add(world, address(world))
    person = (await queries.persons_by_id(ids=[member_id]))[member_id]

    shown = repr(replace(person, name="Ada Secret"))
    assert "Ada" not in shown and "@" not in shown and "1990" not in shown


async def test_belongs_to_the_callers_transaction(world: World) -> None:
    """A member without the rest of the registration would be locked out for good."""
    assert not in_transaction()
    with pytest.raises(AssertionError):
        await operations.add_member(
            name="Ada",
            email=address(world),
            country="GB",
            born_on=date(1990, 1, 1),
            new_id=world.new_id,
            now=world.now,
        )
