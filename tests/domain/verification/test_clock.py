"""What time does: proofs grow old, lists change, vendors delete, inputs are forgotten."""

# ruff: noqa: ARG002  # a port's arguments come, needed or not

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.database import execute, fetch_row, fetch_value, transaction
from domain.errors import InvalidInput, NotAllowed
from domain.provider import CallContext, NoAnswer
from domain.verification import operations
from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    CheckState,
    ListVersion,
    Redacts,
)
from tests.make.members import add_worker
from tests.make.payouts import VAULT
from tests.make.verifications import (
    ALL,
    Lists,
    Office,
    answers,
    by,
    checks,
    level_of,
    opening,
    states,
    verification,
)
from tests.make.verifiers import HostedVerifier, answering
from tests.make.world import World

pytestmark = pytest.mark.asyncio
VAT = CheckKind.VAT_ACTIVE


@dataclass
class Forgetful(HostedVerifier, Redacts):
    """Deletes at the second time it is asked."""

    redacted: list[str] = field(default_factory=list)

    async def redact(self, provider_ref: str, context: CallContext) -> bool:
        self.redacted.append(provider_ref)
        return len(self.redacted) > 1


async def test_a_proof_is_renewed_before_it_counts_no_more(office: Office, world: World) -> None:
    """Monthly for a VAT id; a refusal then takes the level away, and the member may try again."""
    await office.rules({3: [by(VAT, "vies", recheck_days=30)]})
    worker = await add_worker(world)
    office.tell("vies", CheckState.VERIFIED)
    await office.start(worker, level=3)
    await office.work(worker)
    office.wait(timedelta(days=30))
    await operations.step_due(verifiers=office.asking.verifiers, now=world.now)
    await office.work(worker)
    renewed = await level_of(worker), await answers(worker)

    office.tell("vies", CheckState.MISMATCH)
    office.wait(timedelta(days=30))
    await operations.step_due(verifiers=office.asking.verifiers, now=world.now)
    await office.work(worker)

    assert renewed == (3, 2)
    assert await states(worker, 3) == ("revoked", ["revoked"])
    assert await level_of(worker) == 0
    assert (await verification(worker, 3)).retry_at is not None


async def test_the_last_proof_counts_through_an_outage(office: Office, world: World) -> None:
    """For as many days as the rule says, and flagged; then it is too old."""
    await office.rules({3: [by(VAT, "vies", recheck_days=30, outage_days=10)]})
    worker = await add_worker(world)
    office.tell("vies", CheckState.VERIFIED)
    await office.start(worker, level=3)
    await office.work(worker)
    office.tell("vies", NoAnswer("down"))
    office.wait(timedelta(days=30))
    await operations.step_due(verifiers=office.asking.verifiers, now=world.now)
    await office.work(worker)
    (stale,) = await checks(worker, 3)
    kept = await level_of(worker)
    office.wait(timedelta(days=10))
    await office.work(worker)

    assert (stale.is_stale, stale.state, kept) == (True, CheckState.VERIFIED, 3)
    assert await states(worker, 3) == ("expired", ["expired"])
    await office.start(worker, level=3)  # at once: nobody said no


async def test_what_has_an_end_ends(office: Office, world: World) -> None:
    """On the day after, once, and a new attempt may begin."""
    await office.rules({2: [by(CheckKind.DOCUMENT, "desk")]})
    worker = await add_worker(world)
    until = date(2026, 4, 10)
    office.tell("desk", CheckOutcome(state=CheckState.VERIFIED, valid_until=until))
    await office.start(worker, level=2)
    await office.work(worker)

    office.wait(timedelta(days=12))  # 10 April
    await operations.expire_verifications(now=world.now)
    last_day = await level_of(worker)
    office.wait(timedelta(days=1))
    for _ in range(2):
        await operations.expire_verifications(now=world.now)

    assert last_day == 2
    assert (await verification(worker, 2)).state.value == "expired"
    assert await level_of(worker) == 0
    assert await office.start(worker, level=2)


async def test_a_newer_list_screens_everybody_again(office: Office, world: World) -> None:
    """It is read before it is kept, loaded once per process, and what is broken changes nothing."""
    kinds = {CheckKind.SANCTIONS: ALL.kinds[CheckKind.SANCTIONS]}
    lists: Any = office.add(
        "lists",
        Lists(answering(CheckState.VERIFIED)),
        replace(ALL, kinds=kinds, lists=("ofac",)),
    )
    await office.rules({1: [by(CheckKind.SANCTIONS, "lists")]})
    worker, clerk = await add_worker(world), await office.clerk()
    await office.start(worker)
    await office.work(worker)
    without_lists = await states(worker)

    async def add(content: bytes, member: Any = clerk, list_id: str = "ofac") -> ListVersion:
        return await operations.add_list(
            instance_id="lists",
            list_id=list_id,
            name="sdn.csv",
            content=content,
            member_id=member,
            verifiers=office.asking.verifiers,
            new_id=world.new_id,
            now=world.now,
        )

    await add(b"first")
    office.wait(timedelta(minutes=1))
    await office.work(worker)
    screened = await states(worker), await answers(worker)
    for refused, error in (
        ({"content": b"broken"}, InvalidInput),
        ({"content": b"x", "member": worker}, NotAllowed),
        ({"content": b"x", "list_id": "other"}, InvalidInput),
    ):
        with pytest.raises(error):
            await add(**refused)
    office.wait(timedelta(days=1))
    await add(b"second")
    await operations.step_due(verifiers=office.asking.verifiers, now=world.now)
    await office.work(worker)
    left = await answers(worker)
    await operations.screen_due(asking=office.asking)

    assert without_lists == ("pending", ["unavailable"])
    assert screened == (("verified", ["verified"]), 1)
    assert (left, await answers(worker)) == (1, 2)
    assert lists.loaded == [("ofac", b"second")]


async def test_who_waits_for_a_run_is_screened_first(office: Office, world: World) -> None:
    """Those who were screened today are not asked about again."""
    await office.rules({1: [by(CheckKind.SANCTIONS, "lists")]})
    worker = await add_worker(world)
    office.tell("lists", CheckState.VERIFIED)
    await office.start(worker)
    await office.work(worker)

    fresh = await operations.want_screening(member_ids=[worker], now=world.now)
    office.wait(timedelta(days=1))
    asked = await operations.want_screening(member_ids=[worker], now=world.now)
    waiting = await operations.unscreened(member_ids=[worker], now=world.now)
    await operations.step_due(verifiers=office.asking.verifiers, now=world.now)
    await office.work(worker)

    assert (fresh, asked, waiting) == (0, 1, [worker])
    assert await operations.unscreened(member_ids=[worker], now=world.now) == []
    assert await answers(worker) == 2


async def test_a_vendor_is_asked_to_delete_until_it_has(office: Office, world: World) -> None:
    """A day after the decision; then its name for the session is forgotten as well."""
    vendor = Forgetful(answering(CheckState.VERIFIED), manifest=ALL, opening=opening("vs_forget"))
    office.add("forgetful", vendor)  # no other test's: all sessions of an instance are looked at
    await office.rules({2: [by(CheckKind.DOCUMENT, "forgetful")]})
    worker = await add_worker(world)
    await office.start(worker, level=2)
    await office.work(worker)
    office.wait(timedelta(minutes=1))
    await office.work(worker)

    await operations.redact_checks(asking=office.asking)
    early = list(vendor.redacted)
    for _ in range(3):
        office.wait(timedelta(days=1, minutes=1))
        await operations.redact_checks(asking=office.asking)

    (check,) = await checks(worker, 2)
    assert (early, vendor.redacted) == ([], ["vs_forget", "vs_forget"])
    assert (check.provider_ref, check.redact_at) == (None, None)
    assert await level_of(worker) == 2


async def test_what_was_typed_is_forgotten_once_it_is_decided(office: Office, world: World) -> None:
    """And was never readable in the database."""
    await office.rules({1: [by(CheckKind.PHONE, "sms")]})
    worker = await add_worker(world)
    office.tell("sms", CheckState.NEEDS_INPUT)
    await office.start(worker)
    await office.work(worker)
    (check,) = await checks(worker)
    await operations.give_input(
        check_id=check.id, member_id=worker, given={"code": "493817"}, vault=VAULT, now=world.now
    )
    sealed = await fetch_value("select given from verification_check where id = $1", check.id)
    office.tell("sms", CheckState.VERIFIED)
    await office.work(worker)

    office.wait(timedelta(minutes=1))
    await operations.forget_inputs(now=world.now)

    row = await fetch_row(
        "select given, redirect_url from verification_check where id = $1", check.id
    )
    assert row is not None
    assert b"493817" not in sealed
    assert row["given"] is None


CLONE = """
    insert into verification_check
    select (jsonb_populate_record(c, jsonb_build_object(
        'id', gen_random_uuid(), 'attempt_no', n, 'check_ref', 'CZZGONE' || n,
        'instance_id', 'gone', 'redact_at', c.created_at))).*
    from verification_check c, generate_series(1000, 1600) n where c.id = $1
"""


async def test_who_cannot_delete_keeps_nobody_from_being_asked(office: Office) -> None:
    """Checks of a verifier that was taken out stand first in line, more than one sweep takes."""
    await office.rules({2: [by(CheckKind.DOCUMENT, "vendor")]})
    vendor = Forgetful(answering(CheckState.VERIFIED), manifest=ALL, opening=opening("vs_behind"))
    office.add("vendor", vendor)
    worker = await add_worker(office.world)
    await office.start(worker, 2)
    await office.work(worker)
    (check,) = await checks(worker, 2)
    async with transaction():
        await execute(CLONE, check.id)
    office.wait(timedelta(minutes=1))
    await office.work(worker)
    for _ in range(2):
        office.wait(timedelta(days=1, minutes=1))
        await operations.redact_checks(asking=office.asking)

    assert "vs_behind" in vendor.redacted
