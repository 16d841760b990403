"""People decide: with reasons, by two where it matters, never about themselves, and on record."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch, fetch_value, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, SecondPersonNeeded
from domain.verification import operations, queries
from domain.verification.operations import Decided, RetryLater
from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    CheckState,
    ListHit,
    ListVersion,
)
from domain.verification.rules import DecisionAction, VerificationState
from tests.make.ask import counted_statements
from tests.make.ledger import fill
from tests.make.members import add_worker
from tests.make.payouts import VAULT, earnings_of
from tests.make.verifications import Office, by, checks, level_of, states, verification

pytestmark = pytest.mark.asyncio
_A = DecisionAction
FOR_PEOPLE = CheckOutcome(state=CheckState.PENDING, is_for_people=True)
LIST = ListVersion(list_id="ofac", digest="aa", published_on=None, entry_count=9)


def hit(digest: str = "e1") -> CheckOutcome:
    found = ListHit(list_id="ofac", entry_id="7", entry_digest=digest, score=96, name="W. Worker")
    return CheckOutcome(state=CheckState.HIT, hits=(found,), lists=(LIST,))


async def at_the_desk(
    office: Office, outcome: CheckOutcome = FOR_PEOPLE, *, level: int = 2, **rule: Any
) -> tuple[UUID, UUID]:
    """A member whose check waits for people, and the check."""
    kind = CheckKind.DOCUMENT if outcome is FOR_PEOPLE else CheckKind.SANCTIONS
    await office.rules({level: [by(kind, "desk", recheck_days=30)]}, **rule)
    worker = await add_worker(office.world)
    office.tell("desk", outcome)
    await office.start(worker, level=level)
    await office.work(worker)
    (check,) = await checks(worker, level=level)
    assert check.is_for_people
    return worker, check.id


async def decide(
    office: Office,
    check_id: UUID,
    action: DecisionAction,
    reason: str,
    *,
    clerk: UUID | None = None,
) -> Decided:
    return await operations.decide_check(
        check_id=check_id,
        member_id=clerk or await office.clerk(),
        action=action,
        reason=reason,
        note="",
        vault=VAULT,
        new_id=office.world.new_id,
        now=office.world.now,
    )


async def test_one_person_accepts_a_document_of_somebody_who_is_paid_little(
    office: Office,
) -> None:
    """Above the limit it takes two different ones."""
    poor, check = await at_the_desk(office)
    rich, second = await at_the_desk(office)
    await fill(office.world, earnings_of(rich), 6_000_000_000)
    clerk = await office.clerk()

    alone = await decide(office, check, _A.ACCEPT, "document_genuine")
    first = await decide(office, second, _A.ACCEPT, "document_genuine", clerk=clerk)
    with pytest.raises(SecondPersonNeeded):
        await decide(office, second, _A.ACCEPT, "document_genuine", clerk=clerk)
    between = await level_of(rich)
    last = await decide(office, second, _A.ACCEPT, "document_genuine")

    assert (alone.is_final, first.is_final, last.is_final) == (True, False, True)
    assert first.missing_count == 1
    assert (await level_of(poor), between, await level_of(rich)) == (2, 0, 2)


async def test_a_refusal_tells_the_member_why(office: Office) -> None:
    """By a code; some reasons allow no other attempt."""
    worker, check = await at_the_desk(office, retry_hours=1)
    forger, forged = await at_the_desk(office)

    await decide(office, check, _A.DECLINE, "document_unreadable")
    await decide(office, forged, _A.DECLINE, "document_not_genuine")

    declined = await verification(worker, 2)
    assert (declined.state.value, declined.reasons) == ("declined", ("document_unreadable",))
    assert declined.retry_at == office.world.now + timedelta(hours=1)
    assert (await verification(forger, 2)).retry_at is None
    with pytest.raises(RetryLater):
        await office.start(forger, 2)


async def test_who_may_not_decide(office: Office) -> None:
    """Nobody without the role, nobody about themselves, nothing without a known reason."""
    worker, check = await at_the_desk(office)
    world = office.world
    with pytest.raises(NotAllowed):
        await decide(office, check, _A.ACCEPT, "document_genuine", clerk=worker)
    with pytest.raises(InvalidInput):
        await decide(office, check, _A.ACCEPT, "because")
    with pytest.raises(InvalidTransition):
        await decide(office, check, _A.REVOKE, "on_list")
    async with transaction():
        await execute("update member set roles = '{worker,staff}' where id = $1", worker)
    with pytest.raises(SecondPersonNeeded):
        await decide(office, check, _A.ACCEPT, "document_genuine", clerk=worker)
    await decide(office, check, _A.ACCEPT, "document_genuine")
    with pytest.raises(InvalidTransition):
        await decide(office, check, _A.DECLINE, "document_expired")
    assert world.now == office.world.now


async def test_two_people_decide_at_once(office: Office) -> None:
    """One of them is first, the other is refused; nothing is half of both."""
    worker, check = await at_the_desk(office)
    clerks = [await office.clerk() for _ in range(4)]

    done = await asyncio.gather(
        decide(office, check, _A.ACCEPT, "document_genuine", clerk=clerks[0]),
        decide(office, check, _A.DECLINE, "name_differs", clerk=clerks[1]),
        decide(office, check, _A.ACCEPT, "document_genuine", clerk=clerks[2]),
        decide(office, check, _A.DECLINE, "face_differs", clerk=clerks[3]),
        return_exceptions=True,
    )

    assert sum(isinstance(each, Decided) for each in done) == 1
    assert sum(isinstance(each, InvalidTransition) for each in done) == 3
    kept = await fetch("select action from verification_decision where check_id = $1", check)
    state = {"accept": "verified", "decline": "declined"}[kept[0]["action"]]
    assert len(kept) == 1
    assert (await verification(worker, 2)).state.value == state


async def test_decisions_and_answers_are_never_edited(office: Office) -> None:
    """Whoever holds the database can add, not rewrite."""
    _, check = await at_the_desk(office)
    await decide(office, check, _A.ACCEPT, "document_genuine")

    for statement in (
        "update verification_decision set note = 'x' where check_id = $1",
        "delete from verification_decision where check_id = $1",
        "update verification_answer set state = 'x' where check_id = $1",
        "delete from verification_answer where check_id = $1",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with transaction():
                await execute(statement, check)


async def test_a_cleared_hit_is_not_asked_again(office: Office) -> None:
    """Until the entry changes; what was found meanwhile holds everything."""
    worker, check = await at_the_desk(office, hit(), level=1)
    held = (await queries.standings(member_ids=[worker]))[worker].is_held
    await decide(office, check, _A.ACCEPT, "other_person")
    cleared = (await queries.standings(member_ids=[worker]))[worker]

    office.wait(timedelta(days=31))
    await operations.step_due(verifiers=office.asking.verifiers, now=office.world.now)
    await office.work(worker)
    same = await states(worker)
    office.tell("desk", hit("e2"))
    office.wait(timedelta(days=31))
    await operations.step_due(verifiers=office.asking.verifiers, now=office.world.now)
    await office.work(worker)

    assert held
    assert (cleared.is_held, cleared.level) == (False, 1)
    assert same == ("verified", ["verified"])
    assert await states(worker) == ("verified", ["hit"])
    assert (await queries.standings(member_ids=[worker]))[worker].is_held


async def test_a_confirmed_hit_holds_for_ever(office: Office) -> None:
    """Whether it was found at the beginning or long after."""
    early, first = await at_the_desk(office, hit(), level=1)
    late, second = await at_the_desk(office, hit(), level=1)
    await decide(office, second, _A.ACCEPT, "other_person")
    office.tell("desk", hit("e2"))
    office.wait(timedelta(days=31))
    await operations.step_due(verifiers=office.asking.verifiers, now=office.world.now)
    await office.work(late)

    await decide(office, first, _A.DECLINE, "on_list")
    await decide(office, second, _A.DECLINE, "on_list")

    assert await states(early) == ("declined", ["mismatch"])
    assert await states(late) == ("revoked", ["revoked"])
    for worker in (early, late):
        standing = (await queries.standings(member_ids=[worker]))[worker]
        assert (standing.is_held, standing.level) == (True, 0)
        assert (await verification(worker)).retry_at is None


async def test_a_confirmed_hit_outlives_a_later_answer(office: Office) -> None:
    """What a person has confirmed is not undone by a list that says nothing."""
    await office.rules({1: [by(CheckKind.SANCTIONS, "desk", recheck_days=30)]}, retry_hours=0)
    worker = await add_worker(office.world)
    office.tell("desk", hit())
    await office.start(worker)
    await office.work(worker)
    (check,) = await checks(worker)
    await decide(office, check.id, _A.DECLINE, "not_plausible")
    office.tell("desk", CheckOutcome(state=CheckState.VERIFIED, lists=(LIST,)))
    await office.start(worker)
    await office.work(worker)

    state = await fetch_value("select state from verification_hit where member_id = $1", worker)
    assert state == "confirmed"
    assert (await queries.standings(member_ids=[worker]))[worker].is_held


async def test_what_waits_beside_a_refusal_waits_no_more(office: Office) -> None:
    """Of two checks at the desk one is refused: whoever still sees the other is told it is over."""
    both = (CheckKind.DOCUMENT, CheckKind.SELFIE)
    await office.rules({2: [by(kind, "desk") for kind in both]})
    worker = await add_worker(office.world)
    office.tell("desk", FOR_PEOPLE)
    await office.start(worker, level=2)
    await office.work(worker)
    first, second = [each.id for each in await checks(worker, level=2)]

    await decide(office, first, _A.DECLINE, "document_unreadable")

    for action, reason in ((_A.DECLINE, "face_differs"), (_A.ACCEPT, "confirmed_otherwise")):
        with pytest.raises(InvalidTransition):
            await decide(office, second, action, reason)
    assert (await verification(worker, 2)).state is VerificationState.DECLINED


async def test_staff_take_a_level_away(office: Office) -> None:
    """For good, with a reason; payouts wait from then on."""
    worker, check = await at_the_desk(office)
    await decide(office, check, _A.ACCEPT, "document_genuine")

    await operations.revoke_verification(
        verification_id=(await verification(worker, 2)).id,
        member_id=await office.clerk(),
        reason="account_shared",
        note="seen by support",
        new_id=office.world.new_id,
        now=office.world.now,
    )

    revoked = await verification(worker, 2)
    assert (revoked.state.value, revoked.reasons) == ("revoked", ("account_shared",))
    assert await level_of(worker) == 0
    with pytest.raises(RetryLater):
        await office.start(worker, 2)


async def test_a_long_queue_is_read_as_cheaply_as_a_short_one(office: Office) -> None:
    """Each case with its own hits, in a number of statements that does not grow with them."""
    await at_the_desk(office)
    async with counted_statements() as of_few:
        few = await queries.queue(vault=VAULT)
    _, listed = await at_the_desk(office, hit())
    _, plain = await at_the_desk(office)
    async with counted_statements() as of_more:
        more = await queries.queue(vault=VAULT)

    assert len(more) == len(few) + 2
    assert len(of_few) == len(of_more)
    found = {each.check.id: each.hits for each in more}
    assert [each.entry_name for each in found[listed]] == ["W. Worker"]
    assert found[plain] == ()


async def test_what_a_person_accepts_ends_when_the_document_does(office: Office) -> None:
    """A document is not for ever: its holder is asked for the next one."""
    worker, check = await at_the_desk(office)
    last = office.world.now.date() + timedelta(days=40)
    async with transaction():
        await execute("update verification_check set is_for_people = false where id = $1", check)
    ending = CheckOutcome(state=CheckState.PENDING, is_for_people=True, valid_until=last)
    office.tell("desk", ending)
    async with transaction():
        await execute(
            "update verification_check set due_at = $2 where id = $1", check, office.world.now
        )
    await office.work(worker)

    await decide(office, check, _A.ACCEPT, "document_genuine")

    assert (await verification(worker, 2)).valid_until == last
    office.wait(timedelta(days=41))
    await operations.expire_verifications(now=office.world.now)
    assert (await states(worker, 2))[0] == "expired"
