"""From a start to an end: verifiers in order, outages, hosted checks, crashes and races."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from domain.database import execute, fetch_value, transaction
from domain.errors import InvalidTransition
from domain.members.queries import members_by_id
from domain.members.rules import MemberState
from domain.provider import NoAnswer, NotSent, OutcomeUnknown
from domain.verification import operations, queries
from domain.verification.operations import LevelNotOffered, RetryLater
from domain.verification.provider import (
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    CheckState,
    Reason,
    SubjectField,
    TaxNumber,
)
from domain.verification.rules import When
from tests.make.members import add_worker
from tests.make.payouts import VAULT
from tests.make.taxes import SSN, W9_FORM, submitted_form
from tests.make.verifications import (
    ALL,
    Office,
    answers,
    by,
    checks,
    level_of,
    opening,
    states,
    verification,
)
from tests.make.verifiers import ToldVerifier, answering
from tests.make.world import World

pytestmark = pytest.mark.asyncio
AGE = CheckKind.AGE


async def test_all_checks_of_a_level_make_it(office: Office, world: World) -> None:
    """One is not enough; what each was answered is kept."""
    await office.rules({1: [by(AGE, "one"), by(CheckKind.PHONE, "two")]})
    worker = await add_worker(world)
    office.tell("one", CheckState.VERIFIED)
    office.tell("two", CheckState.PENDING)
    await office.start(worker)

    await office.work(worker)
    between = await states(worker), await level_of(worker)
    office.tell("two", CheckOutcome(state=CheckState.VERIFIED, valid_until=date(2027, 1, 1)))
    office.wait(timedelta(minutes=1))
    await office.work(worker)

    assert between == (("pending", ["verified", "pending"]), 0)
    assert await states(worker) == ("verified", ["verified", "verified"])
    assert await level_of(worker) == 1
    assert (await verification(worker)).valid_until == date(2027, 1, 1)
    assert await answers(worker) == 3


async def test_the_next_verifier_is_asked_when_one_is_away(office: Office, world: World) -> None:
    """Away, or not serving the country: never because somebody said no."""
    await office.rules({1: [by(AGE, "gone", "away", "other", "answers")]})
    worker = await add_worker(world)
    office.tell("away", NoAnswer("down"))
    office.tell("other", CheckState.UNAVAILABLE)
    office.tell("answers", CheckState.VERIFIED)
    await office.start(worker)

    await office.work(worker)

    assert await states(worker) == ("verified", ["verified"])
    assert [len(office.told[name].asked) for name in ("away", "other", "answers")] == [1, 1, 1]


async def test_a_mismatch_asks_nobody_else(office: Office, world: World) -> None:
    """A second opinion is not shopped for; the member sees why and when to try again."""
    await office.rules({1: [by(AGE, "one", "two")]}, retry_hours=24, attempts_max=2)
    worker = await add_worker(world)
    reason = Reason(code="name_differs", staff_detail="surname")
    office.tell("one", CheckOutcome(state=CheckState.MISMATCH, reasons=(reason,)))
    office.tell("two", CheckState.VERIFIED)
    await office.start(worker)
    await office.work(worker)

    declined = await verification(worker)
    with pytest.raises(RetryLater):
        await office.start(worker)
    office.wait(timedelta(hours=24))
    await office.start(worker)
    await office.work(worker)

    assert declined.reasons == ("name_differs",)
    assert declined.retry_at == world.now
    assert office.told["two"].asked == []
    assert (await verification(worker)).retry_at is None, "two attempts were allowed"
    with pytest.raises(RetryLater, match="ask the support"):
        await office.start(worker)


async def test_an_outage_of_all_is_waited_for(office: Office, world: World) -> None:
    """UNAVAILABLE harms nobody: all are asked again, later and later."""
    await office.rules({1: [by(AGE, "one", "two")]})
    worker = await add_worker(world)
    office.tell("one", NoAnswer())
    office.tell("two", NoAnswer())
    await office.start(worker)

    await office.work(worker)
    between = await states(worker)
    await office.work(worker)
    asked = len(office.told["one"].asked)
    office.tell("one", CheckState.VERIFIED)
    office.wait(timedelta(minutes=1))
    await office.work(worker)

    assert between == ("pending", ["unavailable"])
    assert asked == 1, "not before its time"
    assert await states(worker) == ("verified", ["verified"])


async def test_what_is_missing_is_asked_of_the_member_first(office: Office, world: World) -> None:
    """A verifier hears nothing until it can be told what it needs."""
    needs = CheckNeeds(fields=frozenset({SubjectField.NAME, SubjectField.TAX_NUMBER}))
    manifest = type(ALL)(**{**_fields(ALL), "kinds": {CheckKind.TAX_ID_ISSUED: needs}})
    office.add("irs", ToldVerifier(answering(CheckState.VERIFIED)), manifest)
    await office.rules({3: [by(CheckKind.TAX_ID_ISSUED, "irs")]})
    worker = await add_worker(world)
    await office.start(worker, level=3)

    await office.work(worker)
    (asked,) = await checks(worker, level=3)
    await submitted_form(world, worker, W9_FORM)
    await operations.give_input(
        check_id=asked.id, member_id=worker, given={}, vault=VAULT, now=world.now
    )
    await office.work(worker)

    assert (asked.state, asked.reasons) == (CheckState.NEEDS_INPUT, ("needs_tax_number",))
    told = office.told["irs"].asked[0].subject
    assert told.tax_number == TaxNumber(country="US", kind="ssn", number=SSN.replace("-", ""))
    assert told.name == W9_FORM.name
    assert await states(worker, level=3) == ("verified", ["verified"])


async def test_a_hosted_check_shows_the_way_and_is_looked_up(office: Office, world: World) -> None:
    """Started once; news only asks for a look-up, and twice the same news changes nothing."""
    await office.rules({2: [by(CheckKind.DOCUMENT, "vendor")]})
    worker = await add_worker(world)
    vendor = office.host("vendor", opening(), answering(CheckState.PENDING))
    await office.start(worker, level=2)
    await office.work(worker)
    (started,) = await checks(worker, level=2)

    vendor.script = answering(CheckState.VERIFIED)
    for _ in range(2):
        async with transaction():
            await operations.hear_of_checks(check_ids=[started.id], now=world.now)
        await office.work(worker)

    assert queries.redirect_of(started, vault=VAULT) == "https://vendor.test/vs_1"
    assert b"vendor.test" not in (started.redirect_url or b"")
    assert await states(worker, level=2) == ("verified", ["verified"])
    assert len(vendor.asked) == 2
    assert await answers(worker) == 1


async def test_a_start_that_nobody_knows_the_end_of_is_looked_up(
    office: Office, world: World
) -> None:
    """By our reference alone; only when the vendor never heard of it, it is begun again."""
    await office.rules({2: [by(CheckKind.DOCUMENT, "vendor", "other")]})
    worker = await add_worker(world)
    seen: list[str] = []

    async def lost(request: CheckRequest) -> Any:
        seen.append(f"start {request.check_ref}")
        raise OutcomeUnknown("dropped")

    async def never_heard(request: CheckRequest) -> Any:
        seen.append(f"look up {request.check_ref} {request.provider_ref}")

    vendor = office.host("vendor", lost, never_heard)
    office.tell("other", CheckState.VERIFIED)
    await office.start(worker, level=2)
    await office.work(worker)
    between = await states(worker, level=2)
    vendor.opening = opening("vs_2")
    office.wait(timedelta(minutes=1))
    await office.work(worker)

    (check,) = await checks(worker, level=2)
    assert between == ("pending", ["pending"])
    assert seen == [f"start {check.check_ref}", f"look up {check.check_ref} None"]
    assert check.provider_ref == "vs_2"
    assert office.told["other"].asked == []


async def test_a_start_that_certainly_failed_goes_to_the_next(office: Office, world: World) -> None:
    """Not one byte arrived, so nobody is asked twice."""

    async def closed(_: CheckRequest) -> Any:
        raise NotSent("refused")

    await office.rules({2: [by(CheckKind.DOCUMENT, "vendor", "other")]})
    worker = await add_worker(world)
    office.host("vendor", closed, answering(CheckState.PENDING))
    office.tell("other", CheckState.VERIFIED)
    await office.start(worker, level=2)

    await office.work(worker)

    assert await states(worker, level=2) == ("verified", ["verified"])


async def test_a_crash_between_intent_and_answer_is_found_by_the_lease(
    office: Office, world: World
) -> None:
    """Killed while the verifier is asked: nothing is stuck, and nothing is asked meanwhile."""
    await office.rules({1: [by(AGE, "one")]})
    worker = await add_worker(world)
    begun = asyncio.Event()

    async def hangs(_: CheckRequest) -> Any:
        begun.set()
        await asyncio.Event().wait()

    office.tell("one", hangs)
    await office.start(worker)
    (check,) = await checks(worker)
    task = asyncio.create_task(operations.step_check(check_id=check.id, asking=office.asking))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    office.tell("one", CheckState.VERIFIED)
    await office.work(worker)
    between = await states(worker)
    office.wait(timedelta(seconds=16))
    await office.work(worker)

    assert between == ("pending", ["pending"])
    assert await states(worker) == ("verified", ["verified"])


async def test_two_steps_at_once_ask_once(office: Office, world: World) -> None:
    """Ten job workers pick up the same job: one lease, one question, one answer."""
    await office.rules({1: [by(AGE, "one")]})
    worker = await add_worker(world)
    office.tell("one", CheckState.VERIFIED)
    await office.start(worker)
    (check,) = await checks(worker)

    await asyncio.gather(
        *(operations.step_check(check_id=check.id, asking=office.asking) for _ in range(10))
    )

    assert len(office.told["one"].asked) == 1
    assert await answers(worker) == 1


async def test_two_starts_at_once_make_one_attempt(office: Office, world: World) -> None:
    """A double click is one verification with one set of checks."""
    await office.rules({1: [by(AGE, "one")]})
    worker = await add_worker(world)

    ids = await asyncio.gather(*(office.start(worker) for _ in range(5)))

    assert len(set(ids)) == 1
    assert len(await checks(worker)) == 1
    assert await fetch_value("select count(*) from verification where member_id = $1", worker) == 1


async def test_a_level_that_no_rule_makes_is_not_offered(office: Office, world: World) -> None:
    """Nor one that is reached already; a rule for another country is not for this member."""
    await office.rules({1: [by(AGE, "one")]}, when=When(country="DE"))
    worker, german = await add_worker(world), await add_worker(world, country="DE")
    office.tell("one", CheckState.VERIFIED)

    with pytest.raises(LevelNotOffered):
        await office.start(worker)
    with pytest.raises(LevelNotOffered):
        await office.start(german, level=2)
    await office.start(german)
    await office.work(german)
    with pytest.raises(InvalidTransition):
        await office.start(german)


async def test_a_session_given_up_there_may_begin_again(office: Office, world: World) -> None:
    """With a reference of its own: the vendor would answer the cancelled session otherwise."""
    await office.rules({2: [by(CheckKind.DOCUMENT, "vendor")]})
    worker = await add_worker(world)
    vendor = office.host("vendor", opening(), answering(CheckState.UNCHECKED))
    await office.start(worker, level=2)
    await office.work(worker)
    office.wait(timedelta(minutes=1))
    await office.work(worker)
    (given_up,) = await checks(worker, level=2)

    vendor.opening = opening("vs_2")
    await operations.give_input(
        check_id=given_up.id, member_id=worker, given={}, vault=VAULT, now=world.now
    )
    await office.work(worker)

    (again,) = await checks(worker, level=2)
    assert (given_up.state, given_up.reasons) == (CheckState.NEEDS_INPUT, ("start_again",))
    assert again.provider_ref == "vs_2"
    assert vendor.asked[0].check_ref != vendor.asked[-1].check_ref


def _fields(manifest: Any) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in type(manifest).__slots__}


async def test_a_confirmed_address_makes_a_member_active(office: Office, world: World) -> None:
    """Whoever is restricted stays so."""
    await office.rules({0: [by(CheckKind.EMAIL, "mail")]})
    worker, other = await add_worker(world), await add_worker(world)
    async with transaction():
        await execute("update member set state = 'restricted' where id = $1", other)
    before = (await members_by_id(ids=[worker]))[worker].state
    office.tell("mail", CheckState.VERIFIED)
    for each in (worker, other):
        await office.start(each, 0)
        await office.work(each)

    found = await members_by_id(ids=[worker, other])

    assert before is MemberState.REGISTERED
    assert found[worker].state is MemberState.ACTIVE
    assert found[other].state is MemberState.RESTRICTED
