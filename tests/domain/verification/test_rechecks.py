"""A re-check that is for people: it waits in their queue, and what was proven holds meanwhile."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.errors import InvalidTransition
from domain.verification import operations, queries
from domain.verification.provider import CheckKind, CheckOutcome, CheckState
from domain.verification.queries import CheckRow
from domain.verification.rules import DecisionAction
from tests.make.members import add_worker
from tests.make.payouts import VAULT
from tests.make.verifications import Office, by, checks, level_of, states, verification

pytestmark = pytest.mark.asyncio
MONTH = timedelta(days=30)
TAX_ID = CheckKind.TAX_ID_ISSUED


def for_people(name: str = "Other Name", until: date | None = None) -> CheckOutcome:
    return CheckOutcome(
        state=CheckState.PENDING,
        facts={"registered_name": name},
        valid_until=until,
        is_for_people=True,
    )


async def rechecked(
    office: Office,
    outcome: CheckOutcome,
    *,
    kind: CheckKind = TAX_ID,
    passed: CheckOutcome | None = None,
) -> tuple[UUID, CheckRow]:
    """A member whose check has passed, and what its re-check after a month has made of it."""
    await office.rules({1: [by(kind, "desk", recheck_days=30, outage_days=10)]}, retry_hours=1)
    worker = await add_worker(office.world)
    office.tell("desk", passed or CheckOutcome(state=CheckState.VERIFIED))
    await office.start(worker)
    await office.work(worker)
    office.tell("desk", outcome)
    office.wait(MONTH)
    await recheck(office, worker)
    (check,) = await checks(worker)
    return worker, check


async def recheck(office: Office, member_id: UUID) -> None:
    await operations.step_due(verifiers=office.asking.verifiers, now=office.world.now)
    await office.work(member_id)


async def decide(office: Office, check: CheckRow, action: DecisionAction, reason: str) -> None:
    await operations.decide_check(
        check_id=check.id,
        member_id=await office.clerk(),
        action=action,
        reason=reason,
        note="",
        vault=VAULT,
        new_id=office.world.new_id,
        now=office.world.now,
    )


async def is_queued(check: CheckRow) -> bool:
    return check.id in [each.check.id for each in await queries.queue(vault=VAULT)]


async def test_a_recheck_for_people_reaches_them_and_takes_nothing(office: Office) -> None:
    """The level holds until its old end; accepting brings the new one and the next re-check."""
    today = office.world.now.date()
    old, new = today + timedelta(days=35), today + timedelta(days=400)
    passed = CheckOutcome(state=CheckState.VERIFIED, valid_until=old)
    worker, check = await rechecked(office, for_people(until=new), passed=passed)
    waiting = await states(worker), await level_of(worker), await is_queued(check)
    end = (await verification(worker)).valid_until
    office.wait(timedelta(days=1))
    await recheck(office, worker)  # nobody is asked again while people look
    (same,) = await checks(worker)

    await decide(office, check, DecisionAction.ACCEPT, "confirmed_otherwise")
    (accepted,) = await checks(worker)
    office.wait(MONTH)
    await recheck(office, worker)  # the same facts once more
    (renewed,) = await checks(worker)

    assert waiting == (("verified", ["verified"]), 1, True)
    assert end == old
    assert same == check
    assert (accepted.is_for_people, accepted.is_stale, accepted.due_at) == (False, False, None)
    assert (accepted.reasons, accepted.recheck_at) == ((), office.world.now)
    assert (await verification(worker)).valid_until == new
    assert not renewed.is_for_people
    assert (await states(worker), await level_of(worker)) == (("verified", ["verified"]), 1)


async def test_a_person_who_refuses_at_a_recheck_takes_the_level_away(office: Office) -> None:
    """As a verifier who says no; the member reads why and may begin again."""
    worker, check = await rechecked(office, for_people())

    await decide(office, check, DecisionAction.DECLINE, "name_differs")

    refused = await verification(worker)
    assert await states(worker) == ("revoked", ["revoked"])
    assert refused.reasons == ("name_differs",)
    assert refused.retry_at == office.world.now + timedelta(hours=1)
    assert (await level_of(worker), await is_queued(check)) == (0, False)


async def test_what_nobody_decides_holds_as_long_as_its_last_proof(office: Office) -> None:
    """`outage_days` after the re-check was due; then nobody need decide, and it is begun anew."""
    worker, check = await rechecked(office, for_people())
    office.wait(timedelta(days=9))
    await recheck(office, worker)
    last_day = await level_of(worker), await is_queued(check)
    office.wait(timedelta(days=1))
    await recheck(office, worker)

    assert last_day == (1, True)
    assert await states(worker) == ("expired", ["expired"])
    assert (await level_of(worker), await is_queued(check)) == (0, False)
    with pytest.raises(InvalidTransition):
        await decide(office, check, DecisionAction.ACCEPT, "confirmed_otherwise")
    assert await office.start(worker)


async def test_a_well_formed_number_that_a_person_accepts_stays_that(office: Office) -> None:
    """Nobody has asked who issued it."""
    worker, check = await rechecked(
        office,
        for_people(),
        kind=CheckKind.TAX_ID_FORMAT,
        passed=CheckOutcome(state=CheckState.FORMAT_OK),
    )

    await decide(office, check, DecisionAction.ACCEPT, "confirmed_otherwise")

    assert await states(worker) == ("verified", ["format_ok"])


async def test_a_number_that_a_person_accepted_may_be_found_well_formed(office: Office) -> None:
    """The verifier has learned the rule of its country meanwhile: that renews the proof."""
    await office.rules({1: [by(CheckKind.TAX_ID_FORMAT, "desk", recheck_days=30)]})
    worker = await add_worker(office.world)
    office.tell("desk", for_people())
    await office.start(worker)
    await office.work(worker)
    (check,) = await checks(worker)
    await decide(office, check, DecisionAction.ACCEPT, "confirmed_otherwise")
    office.tell("desk", CheckState.FORMAT_OK)
    office.wait(MONTH)
    await recheck(office, worker)

    (renewed,) = await checks(worker)
    assert (renewed.state, renewed.is_stale) == (CheckState.VERIFIED, False)
    assert renewed.recheck_at == office.world.now + MONTH


async def test_facts_that_nobody_has_accepted_are_asked_of_people_again(office: Office) -> None:
    """Another number while they look: nothing of what waited counts, neither facts nor end."""
    old = office.world.now.date() + timedelta(days=35)
    passed = CheckOutcome(state=CheckState.VERIFIED, valid_until=old)
    later = for_people(until=old + MONTH)
    worker, check = await rechecked(office, later, passed=passed)

    await operations.ask_numbers_again(member_id=worker, asking=office.asking)
    (asked,) = await checks(worker)
    between = asked.is_for_people, asked.valid_until
    await office.work(worker)

    assert between == (False, old)
    assert await is_queued(check)
    assert (await verification(worker)).valid_until == old


async def test_what_waits_for_people_leaves_with_its_level(office: Office) -> None:
    """Nobody is asked to decide what changes nothing any more."""
    worker, check = await rechecked(office, for_people())
    queued = await is_queued(check)

    await operations.revoke_verification(
        verification_id=check.verification_id,
        member_id=await office.clerk(),
        reason="account_shared",
        note="",
        new_id=office.world.new_id,
        now=office.world.now,
    )

    assert (queued, await is_queued(check)) == (True, False)
    assert await level_of(worker) == 0
