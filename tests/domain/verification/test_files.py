"""Files of members and files of checks: sealed, seen by a reason, answered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.database import fetch, fetch_value
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.looks.queries import looks_at
from domain.looks.rules import LookedAt
from domain.provider import CallContext, FileRefused
from domain.verification import operations, queries
from domain.verification.provider import (
    CheckAnswer,
    CheckFile,
    CheckFileReport,
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    ChecksByFile,
    CheckState,
    SubjectField,
    Verifier,
)
from domain.verification.rules import DecisionAction
from tests.make.members import add_worker
from tests.make.payouts import VAULT
from tests.make.taxes import SSN, W9_FORM, submitted_form
from tests.make.verifications import ALL, Office, answers, by, checks, level_of, states
from tests.make.verifiers import ToldVerifier, answering
from tests.make.world import World

pytestmark = pytest.mark.asyncio
PNG = b"\x89PNG\r\n\x1a\n and a face"
DOCUMENT = CheckKind.DOCUMENT
ISSUED = CheckKind.TAX_ID_ISSUED


@dataclass
class TinFile(ToldVerifier, ChecksByFile):
    """One line per check: the reference, the name, the number."""

    check = Verifier.check

    async def render(self, requests: Sequence[CheckRequest], context: CallContext) -> CheckFile:
        lines = [
            f"{each.check_ref};{each.subject.name};{getattr(each.subject.tax_number, 'number', '')}"
            for each in requests
        ]
        content = "\n".join([*lines, context.correlation_id]).encode()
        return CheckFile(name="tin.txt", media_type="text/plain", content=content)

    async def read_file(self, content: bytes, context: CallContext) -> CheckFileReport:
        if not content.startswith(b"C") or not context.correlation_id:
            raise FileRefused("no such file")
        found = [line.split(";") for line in content.decode().splitlines()]
        outcomes = {"0": CheckState.VERIFIED, "3": CheckState.MISMATCH, "4": CheckState.PENDING}
        return CheckFileReport(
            answers=tuple(
                CheckAnswer(check_ref=ref, outcome=CheckOutcome(state=outcomes[code]))
                for ref, code in found
            )
        )


async def asking_for_files(office: Office) -> tuple[UUID, UUID]:
    """A member who is asked for two sides of a document, and the check."""
    needs = CheckNeeds(fields=frozenset({SubjectField.NAME}), files=("front", "back"))
    outcome = CheckOutcome(state=CheckState.PENDING, is_for_people=True)
    office.add("desk", ToldVerifier(answering(outcome)), replace(ALL, kinds={DOCUMENT: needs}))
    await office.rules({2: [by(DOCUMENT, "desk")]})
    worker = await add_worker(office.world)
    await office.start(worker, 2)
    await office.work(worker)
    (check,) = await checks(worker, 2)
    assert check.reasons == ("needs_file_front", "needs_file_back")
    return worker, check.id


async def put(office: Office, worker: UUID, check: UUID, name: str, content: bytes = PNG) -> str:
    ticket = await operations.begin_upload(
        check_id=check,
        name=name,
        member_id=worker,
        new_token=office.world.new_token,
        new_id=office.world.new_id,
        now=office.world.now,
    )
    await operations.finish_upload(
        token=ticket.token, content=content, vault=VAULT, now=office.world.now
    )
    return ticket.token


async def test_a_check_goes_on_with_its_last_file(office: Office, world: World) -> None:
    """Sealed in the database, shown to the verifier, and gone once a person has decided."""
    worker, check = await asking_for_files(office)
    await put(office, worker, check, "front")
    await office.work(worker)
    between = await states(worker, 2)
    await put(office, worker, check, "back", b"%PDF-1.7 the other side")
    await office.work(worker)
    sealed = [
        row["content"]
        for row in await fetch("select content from verification_upload where check_id = $1", check)
    ]
    (case,) = [each for each in await queries.queue(vault=VAULT) if each.check.id == check]
    clerk = await office.clerk()
    revealed = await operations.reveal_case(
        check_id=check,
        member_id=clerk,
        reason="compare",
        vault=VAULT,
        new_id=world.new_id,
        now=world.now,
    )
    await operations.decide_check(
        check_id=check,
        member_id=clerk,
        action=DecisionAction.ACCEPT,
        reason="document_genuine",
        note="",
        vault=VAULT,
        new_id=world.new_id,
        now=world.now,
    )
    await operations.forget_inputs(now=world.now)

    assert between == ("needs_input", ["needs_input"])
    asked = office.told["desk"].asked[0]
    assert {each.name: each.content for each in asked.files}["front"] == PNG
    assert not any(b"face" in each for each in sealed)
    assert [each.name for each in case.uploads] == ["back", "front"]
    assert [each.media_type for each in revealed.files] == ["application/pdf", "image/png"]
    looks = await fetch(
        "select member_id, reason from verification_look where subject_id = $1", check
    )
    assert [(row["member_id"], row["reason"]) for row in looks] == [(clerk, "compare")]
    told = await looks_at(member_id=worker, with_secret=False, limit=9)
    assert [(each.about, each.staff_id) for each in told] == [(LookedAt.IDENTITY, clerk)]
    left = "select count(content) from verification_upload where check_id = $1"
    assert await fetch_value(left, check) == 0
    assert await level_of(worker) == 2


async def test_a_ticket_is_for_one_file_of_its_member(office: Office, world: World) -> None:
    """Not used twice, not later, not for what was not asked, not by somebody else."""
    worker, check = await asking_for_files(office)
    stranger = await add_worker(world)
    used = await put(office, worker, check, "front")

    with pytest.raises(NotFound):
        await operations.finish_upload(token=used, content=PNG, vault=VAULT, now=world.now)
    with pytest.raises(NotFound):
        await put(office, stranger, check, "back")
    with pytest.raises(InvalidInput):
        await put(office, worker, check, "selfie")
    for content in (b"", b"MZ a program", PNG + bytes(8_000_000)):
        with pytest.raises(InvalidInput):
            await put(office, worker, check, "back", content)
    ticket = await operations.begin_upload(
        check_id=check,
        name="back",
        member_id=worker,
        new_token=world.new_token,
        new_id=world.new_id,
        now=world.now,
    )
    office.wait(timedelta(minutes=16))
    with pytest.raises(NotFound):
        await operations.finish_upload(token=ticket.token, content=PNG, vault=VAULT, now=world.now)


async def test_nothing_is_revealed_without_role_reason_and_need(
    office: Office, world: World
) -> None:
    """Only of what waits for people, and never of oneself."""
    worker, check = await asking_for_files(office)
    clerk = await office.clerk()

    async def reveal(member_id: UUID, reason: str) -> Any:
        return await operations.reveal_case(
            check_id=check,
            member_id=member_id,
            reason=reason,
            vault=VAULT,
            new_id=world.new_id,
            now=world.now,
        )

    with pytest.raises(NotAllowed):
        await reveal(worker, "mine")
    with pytest.raises(InvalidInput):
        await reveal(clerk, " ")
    with pytest.raises(NotFound):
        await reveal(clerk, "curious")
    assert (
        await fetch_value("select count(*) from verification_look where subject_id = $1", check)
        == 0
    )


async def test_checks_go_out_and_come_back_as_a_file(office: Office, world: World) -> None:
    """Each line once: the same file again, or an old one, changes nothing."""
    manifest = replace(ALL, kinds={ISSUED: ALL.kinds[ISSUED]}, file_lines_max=10)
    office.add("irs", TinFile(answering(CheckState.PENDING)), manifest)
    needs = CheckNeeds(fields=frozenset({SubjectField.NAME, SubjectField.TAX_NUMBER}))
    office.told["irs"].manifest = replace(manifest, kinds={ISSUED: needs})
    office.guarded["irs"].manifest = office.told["irs"].manifest
    await office.rules({3: [by(ISSUED, "irs")]})
    workers = [await add_worker(world) for _ in range(3)]
    for worker in workers:
        await submitted_form(world, worker, W9_FORM)
        await office.start(worker, 3)
        await office.work(worker)
    clerk = await office.clerk()
    file = await operations.render_check_file(
        instance_id="irs", member_id=clerk, reason="weekly", asking=office.asking
    )
    refs = [(await checks(worker, 3))[0].check_ref for worker in workers]
    answer = "\n".join(f"{ref};{code}" for ref, code in zip(refs, "034", strict=True))

    read = await operations.read_check_file(
        instance_id="irs",
        member_id=clerk,
        content=f"{answer}\nCZZUNKNOWN;0".encode(),
        asking=office.asking,
    )
    again = await operations.read_check_file(
        instance_id="irs", member_id=clerk, content=answer.encode(), asking=office.asking
    )
    last = await operations.read_check_file(
        instance_id="irs", member_id=clerk, content=f"{refs[2]};0".encode(), asking=office.asking
    )

    assert all(ref.encode() in file.content for ref in refs)
    assert SSN.replace("-", "").encode() in file.content
    assert (read.answer_count, read.unknown_count) == (3, 1)
    assert (again.answer_count, last.answer_count) == (1, 1)  # the one that is still open
    found = [await states(worker, 3) for worker in workers]
    assert [state for state, _ in found] == ["verified", "declined", "verified"]
    assert await answers(workers[0]) == 1
    taken = "select count(*) from verification_look where member_id = $1 and kind = 'file'"
    assert await fetch_value(taken, clerk) == 3
    with pytest.raises(InvalidInput):
        await operations.read_check_file(
            instance_id="irs", member_id=clerk, content=b"?", asking=office.asking
        )
    with pytest.raises(NotAllowed):
        await operations.render_check_file(
            instance_id="irs", member_id=workers[0], reason="x", asking=office.asking
        )
    with pytest.raises(NotFound):
        await operations.render_check_file(
            instance_id="irs", member_id=clerk, reason="x", asking=office.asking
        )


async def test_input_is_for_what_was_asked(office: Office, world: World) -> None:
    """Of one's own open check, in fields that can be kept."""
    worker, check = await asking_for_files(office)
    stranger = await add_worker(world)

    async def give(member_id: UUID, **given: str) -> None:
        await operations.give_input(
            check_id=check, member_id=member_id, given=given, vault=VAULT, now=world.now
        )

    with pytest.raises(NotFound):
        await give(stranger, code="1")
    for wrong in ({"code": "x" * 501}, {"code": "\0"}, {f"f{each}": "1" for each in range(21)}):
        with pytest.raises(InvalidInput):
            await give(worker, **wrong)
    await put(office, worker, check, "front")
    await put(office, worker, check, "back")
    await office.work(worker)
    with pytest.raises(InvalidTransition):
        await give(worker, code="1")
