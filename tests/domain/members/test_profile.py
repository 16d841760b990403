"""What members tell of themselves, and who decides about the rest (P2, P8, P23)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.members import operations, queries
from domain.members.operations import ChangeWaiting, EmailTaken
from domain.members.rules import (
    AgeBand,
    ChangeableField,
    ChangeState,
    MemberState,
    Profile,
    ProfileField,
    Role,
    age_band,
    problem_of,
)
from tests.make.members import add_staff, add_worker, email_of
from tests.make.world import World

FULL = Profile(city="St. Pölten", interests=("R&D",))


@pytest.mark.parametrize(
    ("born_on", "band"),
    [
        (date(2008, 2, 29), AgeBand.FROM_18),
        (date(2001, 3, 2), AgeBand.FROM_18),
        (date(2001, 3, 1), AgeBand.FROM_25),
        (date(1961, 3, 1), AgeBand.FROM_65),
    ],
)
def test_an_age_is_known_in_steps_only(born_on: date, band: AgeBand) -> None:
    """On the birthday, not a day before; also of those born on 29 February."""
    assert age_band(born_on=born_on, on=date(2026, 3, 1)) is band


@pytest.mark.parametrize(
    "profile",
    [
        replace(FULL, city="call 030 123456"),
        replace(FULL, city="me@example.org"),
        replace(FULL, interests=("example.org",)),
        replace(FULL, interests=("telegram: wanda",)),
        replace(FULL, interests=("a", "a")),
        replace(FULL, city=" "),
    ],
)
def test_a_profile_leaves_no_address(profile: Profile) -> None:
    """Nobody gives others a way around the platform, and nothing is kept twice."""
    assert problem_of(FULL) is None
    assert problem_of(profile) is not None


@pytest.mark.asyncio
async def test_what_is_not_shown_is_not_there_for_others(world: World) -> None:
    """P2: hidden by default; the flag off means null for others."""
    member_id = await add_worker(world)
    await operations.set_profile(member_id=member_id, profile=FULL)
    hidden = (await queries.shown_profiles(ids=[member_id]))[member_id]
    shown = replace(FULL, shown=frozenset({ProfileField.CITY, ProfileField.AGE_BAND}))
    await operations.set_profile(member_id=member_id, profile=shown)
    seen = (await queries.shown_profiles(ids=[member_id]))[member_id]

    assert hidden.profile == Profile() and hidden.born_on is None
    assert seen.profile == Profile(city=FULL.city, shown=shown.shown)
    assert seen.born_on is not None
    assert await queries.profile_of(member_id=member_id) == shown


@pytest.mark.asyncio
async def test_a_change_has_no_effect_until_staff_agree(world: World) -> None:
    """P23: name and address; one request at a time, and nobody decides about themselves."""
    member_id, staff_id = await add_worker(world), await add_staff(world, Role.STAFF)
    other_id = await add_worker(world)

    async def ask(field: ChangeableField, wanted: str, *, of: object = None) -> None:
        await operations.ask_profile_change(
            member_id=staff_id if of else member_id,
            field=field,
            wanted=wanted,
            reason="It is right so",
            new_id=world.new_id,
            now=world.now,
        )

    async def decide(field: ChangeableField, *, by: object = staff_id, of: object = None) -> None:
        await operations.decide_profile_change(
            staff_id=member_id if by is not staff_id else staff_id,
            member_id=staff_id if of else member_id,
            field=field,
            is_approved=True,
            answer="So be it",
            now=world.now,
        )

    with pytest.raises(InvalidInput):
        await ask(ChangeableField.BORN_ON, "1990-02-30")
    with pytest.raises(NotFound):
        await decide(ChangeableField.NAME)
    await ask(ChangeableField.NAME, "Wanda Santos")
    with pytest.raises(ChangeWaiting):
        await ask(ChangeableField.NAME, "Wanda Other")
    with pytest.raises(NotAllowed):
        await decide(ChangeableField.NAME, by=member_id)
    await ask(ChangeableField.NAME, "Stefan Other", of=staff_id)
    with pytest.raises(NotAllowed):
        await decide(ChangeableField.NAME, of=staff_id)
    before = (await queries.persons_by_id(ids=[member_id]))[member_id]
    await decide(ChangeableField.NAME)
    await ask(ChangeableField.EMAIL, email_of(other_id).upper())
    with pytest.raises(EmailTaken):
        await decide(ChangeableField.EMAIL)

    after = (await queries.persons_by_id(ids=[member_id]))[member_id]
    waiting, done = await queries.profile_changes_of(member_id=member_id, limit=9)
    assert (before.name, after.name) == ("Wanda Worker", "Wanda Santos")
    assert after.email == before.email
    assert (waiting.state, done.state) == (ChangeState.WAITING, ChangeState.APPROVED)
    assert done.wanted is None


@pytest.mark.asyncio
async def test_who_turns_out_to_be_under_age_is_frozen(world: World) -> None:
    """P16, P23: the day before the eighteenth birthday freezes, the birthday does not."""
    staff_id = await add_staff(world, Role.STAFF)
    today = world.now.date()
    states = []
    for born_on in (today.replace(year=today.year - 18), date(today.year - 17, 1, 1)):
        member_id = await add_worker(world)
        await operations.ask_profile_change(
            member_id=member_id,
            field=ChangeableField.BORN_ON,
            wanted=born_on.isoformat(),
            reason="A slip of the pen",
            new_id=world.new_id,
            now=world.now,
        )
        await operations.decide_profile_change(
            staff_id=staff_id,
            member_id=member_id,
            field=ChangeableField.BORN_ON,
            is_approved=True,
            answer="So be it",
            now=world.now,
        )
        states.append((await queries.members_by_id(ids=[member_id]))[member_id].state)

    assert states[0] is not MemberState.FROZEN
    assert states[1] is MemberState.FROZEN
