"""Screening of many at once: few calls, nobody left out, and each likeness for a person."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.database import fetch
from domain.looks.queries import looks_at
from domain.looks.rules import LookedAt
from domain.members.operations import ask_profile_change, decide_profile_change
from domain.members.rules import ChangeableField, Role
from domain.privacy.rules import STORES
from domain.provider import NoAnswer
from domain.verification import operations
from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    CheckRequest,
    CheckState,
    Entity,
    ListHit,
    ListVersion,
)
from gateway.verification_jobs import ENQUEUED
from tests.make.members import add_staff, add_worker
from tests.make.payouts import VAULT
from tests.make.verifications import ALL, Lists, Office, answers, by, checks, states
from tests.make.verifiers import answering
from tests.make.world import World

pytestmark = pytest.mark.asyncio
SANCTIONS = CheckKind.SANCTIONS
TOLD = """
    select 1 from jobs.pgqueuer where entrypoint = 'member_changed'
    and position($1 in convert_from(payload, 'UTF8')) > 0
"""
LIST = ListVersion(list_id="ofac", digest="ab", published_on=None, entry_count=1)
CLEAR = CheckOutcome(state=CheckState.VERIFIED, lists=(LIST,))
HIT = CheckOutcome(
    state=CheckState.HIT,
    lists=(LIST,),
    hits=(ListHit(list_id="ofac", entry_id="7", entry_digest="cd", score=96, name="Harry Hit"),),
)


async def screened(office: Office, instance_id: str, count: int, **rule: int) -> list[UUID]:
    """So many members whom a verifier with lists has screened when they came."""
    kinds = {SANCTIONS: ALL.kinds[SANCTIONS]}
    manifest = replace(ALL, kinds=kinds, lists=("ofac",))
    office.add(instance_id, Lists(answering(CLEAR)), manifest)
    await office.rules({1: [by(SANCTIONS, instance_id, "next", **rule)]})
    await newer_list(office, instance_id, b"first")
    members = [await add_worker(office.world, name=f"Member {each}") for each in range(count)]
    for each in members:
        await office.start(each)
        await office.work(each)
    office.wait(timedelta(days=1))
    return members


async def newer_list(office: Office, instance_id: str, content: bytes) -> None:
    await operations.add_list(
        instance_id=instance_id,
        list_id="ofac",
        name="sdn.csv",
        content=content,
        member_id=None,
        verifiers=office.asking.verifiers,
        new_id=office.world.new_id,
        now=office.world.now,
    )


async def test_a_newer_list_asks_about_everybody_by_the_chunk(office: Office) -> None:
    """Stopped in the middle it goes on with those who are left; who is like an entry is held for
    a person, all others have an answer of their own with what they were screened against.
    """
    members = await screened(office, "lists-of-many", 7, recheck_days=30)
    lists = office.told["lists-of-many"]
    assert isinstance(lists, Lists)
    await newer_list(office, "lists-of-many", b"second")
    begun = asyncio.Event()
    others = (await operations.screening_progress(now=office.world.now)).left_count - len(members)

    async def hangs(_: CheckRequest) -> CheckOutcome:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError("it was stopped")

    async def finds_one(request: CheckRequest) -> CheckOutcome:
        return HIT if request.subject.name == "Member 3" else CLEAR

    lists.script = hangs
    stopped = asyncio.create_task(operations.screen_due(asking=office.asking, count_max=4))
    await begun.wait()
    stopped.cancel()
    with suppress(asyncio.CancelledError):
        await stopped
    lists.script = finds_one
    rest = await operations.screen_due(asking=office.asking, count_max=4)
    between = await operations.screening_progress(now=office.world.now)
    office.wait(2 * ALL.load_deadline + timedelta(minutes=1))  # the leases end
    again = [await operations.screen_due(asking=office.asking, count_max=4) for _ in range(2)]
    after = await operations.screening_progress(now=office.world.now)
    left = await operations.unscreened(member_ids=members, now=office.world.now)

    assert (lists.chunks, rest, again) == ([4, 3, 4], 3, [4, 0])
    assert (between.left_count - others, after.left_count - others, left) == (4, 0, [])
    assert after.for_people_count >= 1
    assert [await answers(each) for each in members] == [2] * 7
    assert await states(members[3]) == ("verified", ["hit"])
    for each in (*members[:3], *members[4:]):
        (check,) = await checks(each)
        assert (check.state, check.due_at) == (CheckState.VERIFIED, None)
        assert check.recheck_at is not None
        assert check.recheck_at > office.world.now


async def test_nobody_is_told_that_people_looked_at_a_hit(office: Office, world: World) -> None:
    """P51: staff see who looked and why; the member sees nothing of it, nor takes it along."""
    (member,) = await screened(office, "lists-of-looks", 1)
    lists = office.told["lists-of-looks"]
    assert isinstance(lists, Lists)
    lists.script = answering(HIT)
    await newer_list(office, "lists-of-looks", b"second")
    await operations.screen_due(asking=office.asking, count_max=4)
    (check,) = await checks(member)
    await operations.reveal_case(
        check_id=check.id,
        member_id=await office.clerk(),
        reason="compare with the entry",
        vault=VAULT,
        new_id=world.new_id,
        now=world.now,
    )

    (look,) = await looks_at(member_id=member, with_secret=True, limit=9)
    assert (look.about, look.is_secret) == (LookedAt.IDENTITY, True)
    assert await looks_at(member_id=member, with_secret=False, limit=9) == []
    taken_along = f"select 1 from verification_look where {STORES['verification_look'].whose}"
    assert await fetch(taken_along, member) == []


async def test_a_change_of_who_somebody_is_screens_them_again(office: Office, world: World) -> None:
    """At once, without a newer list; a new phone changes nothing that a list knows."""
    (member,) = await screened(office, "lists-change", 1)
    waiting = []
    for entity, phone in ((Entity.PERSON, "+49301234567"), (Entity.BUSINESS, None)):
        await operations.set_profile(
            member_id=member, entity=entity, phone=phone, vault=VAULT, now=world.now
        )
        waiting.append(await operations.unscreened(member_ids=[member], now=world.now))

    assert waiting == [[], [member]]


async def test_a_new_name_is_screened(office: Office, world: World) -> None:
    """The approval enqueues it, so that no crash forgets it; a declined wish changes nothing."""
    (member,) = await screened(office, "lists-rename", 1)
    staff, told = await add_staff(world, Role.STAFF), []
    for is_approved in (False, True):
        await renamed(world, member, staff, is_approved=is_approved)
        told.append(len(await fetch(TOLD, str(member))))
    assert "member_changed" in {each.name for each in ENQUEUED}

    await operations.hear_of_change(member_id=member, now=world.now)

    assert told == [0, 1]
    assert await operations.unscreened(member_ids=[member], now=world.now) == [member]


async def renamed(world: World, member_id: UUID, staff_id: UUID, *, is_approved: bool) -> None:
    await ask_profile_change(
        member_id=member_id,
        field=ChangeableField.NAME,
        wanted="Harry Hit",
        reason="Married",
        new_id=world.new_id,
        now=world.now,
    )
    await decide_profile_change(
        staff_id=staff_id,
        member_id=member_id,
        field=ChangeableField.NAME,
        is_approved=is_approved,
        answer="As the papers say",
        now=world.now,
    )


async def test_who_cannot_be_screened_with_the_others_is_asked_about_alone(
    office: Office, world: World
) -> None:
    """By the next verifier of the rule: a reader of lists that is away leaves nobody unscreened."""
    (member,) = await screened(office, "lists-away", 1)
    office.told["lists-away"].script = answering(NoAnswer("away"))
    office.tell("next", CLEAR)
    await newer_list(office, "lists-away", b"second")

    await operations.screen_due(asking=office.asking)
    await operations.step_due(verifiers=office.asking.verifiers, now=world.now)
    await office.work(member)

    (check,) = await checks(member)
    assert (check.state, check.instance_id, check.tried) == (CheckState.VERIFIED, "next", ())
    assert await operations.unscreened(member_ids=[member], now=world.now) == []


async def test_who_waits_for_people_is_screened_against_a_newer_list(
    office: Office, world: World
) -> None:
    """Nobody decides by the lists of before: a likeness that the newer one brings holds at once."""
    (member,) = await screened(office, "lists-desk", 1)
    unclear = CheckOutcome(state=CheckState.PENDING, lists=(LIST,), is_for_people=True)
    office.told["lists-desk"].script = answering(unclear)
    await newer_list(office, "lists-desk", b"second")
    await operations.screen_due(asking=office.asking)
    (waiting,) = await checks(member)
    office.told["lists-desk"].script = answering(HIT)
    await newer_list(office, "lists-desk", b"third")
    await operations.screen_due(asking=office.asking)

    assert (waiting.state, waiting.is_for_people) == (CheckState.VERIFIED, True)
    assert await operations.unscreened(member_ids=[member], now=world.now) == []
    assert await states(member) == ("verified", ["hit"])
