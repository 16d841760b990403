"""What the worker does with a claim: hand in, give back, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.assignments.operations.settle import (
    Locked,
    cancel_outpriced,
    give_up_places,
    lock_assignment,
)
from domain.assignments.rules import (
    DECISION_TIME_MIN,
    REVISION_TIME,
    AssignmentEvent,
    AssignmentState,
    CheckAnswer,
    ItemKind,
    SubmissionItem,
    check_answers_problem,
    contact_link_problem,
    hand_in,
    items_problem,
    label_problem,
    mode_problem,
    proofs_problem,
    survey_item_problem,
    without_contacts,
)
from domain.campaigns.rules import (
    CampaignState,
    Proof,
    SurveyQuestion,
    WorkMode,
    failed_checks,
)
from domain.contacts import ContactKind, masked
from domain.database import execute, fetch, fetch_row, one_transaction
from domain.errors import InvalidInput, NotFound, Refused
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import operations as ledger
from domain.uploads.operations import attach_uploads
from domain.uploads.rules import UploadKind


class DeadlinePassed(Refused):
    """The claim, or the time for the revision, is over."""

    code = "DEADLINE_PASSED"

    def __init__(self, deadline_at: datetime) -> None:
        super().__init__(f"the deadline was {deadline_at.isoformat()}")
        self.deadline_at = deadline_at


@dataclass(frozen=True, slots=True)
class HandedIn:
    submission_id: UUID
    replayed: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    assignment_id: UUID
    replayed: bool


_SUBMIT: Final = """
    with moved as (
        update assignment set state = 'submitted', submitted_at = $2, approves_at = $3
        where id = $1 returning task_id
    ), filled as (
        update task set place_count_held = place_count_held - 1,
                        place_count_filled = place_count_filled + 1
        from moved where task.id = moved.task_id and $4
    ), handed_in as (
        insert into submission (id, assignment_id, revision, received_at, check_answers,
                                failed_check_count, contact_kinds)
        values ($5, $1, $6, $2, $13, $14, $15)
    )
    insert into submission_item (submission_id, position, kind, role, text, score, proof_id,
                                 upload_id, answers, url)
    select $5, item.*
    from unnest($7::int[], $8::text[], $9::text[], $10::text[], $11::int[], $12::text[],
                $16::uuid[], $17::jsonb[], $18::text[]) as item
"""


@one_transaction
async def submit_assignment(
    *,
    worker_id: UUID,
    assignment_id: UUID,
    items: Sequence[SubmissionItem],
    check_answers: Sequence[CheckAnswer] = (),
    key: IdempotencyKey | None = None,
    new_id: NewId,
    now: datetime,
) -> HandedIn:
    """Hand in the work, or its next revision; the first time the reward moves to the worker's
    pending account (E3). Without a `key` the state machine alone keeps it from happening twice.

    Refuses with `NotFound`, `InvalidTransition`, `DeadlinePassed` or `InvalidInput`.
    """
    submission_id = new_id()
    if key is not None:
        earlier = await idempotency.claim(key=key, result=str(submission_id), now=now)
        if earlier is not None:
            return HandedIn(UUID(earlier), replayed=True)
    _refuse(items_problem(items))
    work = own(await lock_assignment(assignment_id=assignment_id), worker_id)
    work.require(AssignmentEvent.SUBMIT)
    if now > work.deadline_at:
        raise DeadlinePassed(work.deadline_at)
    content = await _examined(work, items, check_answers)
    kinds = await _kinds(work, items)

    is_first = work.state in (AssignmentState.CLAIMED, AssignmentState.REVOKED)
    await fetch(
        _SUBMIT,
        assignment_id,
        now,
        _approves_at(work, now),
        is_first,
        submission_id,
        work.revision_count + 1,
        list(range(1, len(items) + 1)),
        [kind.value for kind in kinds],
        [item.role.value for item in content.items],
        [item.text for item in content.items],
        [item.score for item in content.items],
        [item.proof_id for item in content.items],
        _json(content.check_answers),
        content.failed_check_count,
        [kind.value for kind in content.contact_kinds],
        [item.upload_id for item in content.items],
        [None if item.answers is None else _json(item.answers) for item in content.items],
        [item.url for item in content.items],
    )
    if is_first:
        await ledger.post(transfers=[hand_in(work.booking)], new_id=new_id, effective_on=now.date())
    return HandedIn(submission_id, replayed=False)


_RETURN: Final = """
    with moved as (
        update assignment set state = 'returned', returned_at = $2 where id = $1
        returning task_id
    )
    update task set place_count_held = place_count_held - 1,
                    place_count_open = place_count_open + 1,
                    state = case state when 'agreed' then 'agreed' else 'open' end
    from moved where task.id = moved.task_id
"""


# The sweep that ends claims posts it: no money moves by a worker's word alone.
_TO_PAY_BACK: Final = "update assignment set is_outpriced = true where id = $1"


@one_transaction
async def return_assignment(*, worker_id: UUID, assignment_id: UUID, now: datetime) -> None:
    """Give the place back unused; the third of a campaign within a day cools down there (R3).

    Refuses with `NotFound` or `InvalidTransition`.
    """
    work = own(await lock_assignment(assignment_id=assignment_id), worker_id)
    work.require(AssignmentEvent.RETURN)
    await execute(_RETURN, assignment_id, now)
    if await cancel_outpriced(assignment_ids=[assignment_id]):
        await execute(_TO_PAY_BACK, assignment_id)


@one_transaction
async def withdraw_assignment(
    *,
    worker_id: UUID,
    assignment_id: UUID,
    key: IdempotencyKey | None = None,
    new_id: NewId,
    now: datetime,
) -> Withdrawn:
    """Decline an asked revision: the reward goes back (E5) and the place with it.

    Refuses with `NotFound` or `InvalidTransition`.
    """
    result = str(assignment_id)
    if key is not None and await idempotency.claim(key=key, result=result, now=now) is not None:
        return Withdrawn(assignment_id, replayed=True)
    work = own(await lock_assignment(assignment_id=assignment_id), worker_id)
    work.require(AssignmentEvent.WITHDRAW)
    await give_up_places(
        works=[work],
        target=AssignmentState.WITHDRAWN,
        actor_id=worker_id,
        new_id=new_id,
        now=now,
    )
    return Withdrawn(assignment_id, replayed=False)


def _approves_at(work: Locked, now: datetime) -> datetime:
    """A full review time at first; only the first asked revision stops the clock, and after each
    a day is left to decide (R6).
    """
    if work.campaign_state is CampaignState.BLOCKED:
        return now
    if work.approves_at is None:
        return now + work.review_time
    if work.revision_count > 1:
        return max(work.approves_at, now + DECISION_TIME_MIN)
    asked_at = work.deadline_at - REVISION_TIME
    return max(work.approves_at + (now - asked_at), now + DECISION_TIME_MIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is kept of a submission, and what the platform found in it."""

    items: Sequence[SubmissionItem]
    check_answers: Sequence[CheckAnswer]
    failed_check_count: int | None  # None: nothing was asked
    contact_kinds: tuple[ContactKind, ...]


_ASKED: Final = """
    select i.proofs, i.survey, c.collects_contacts, c.work_mode,
           (select p.labels from consensus_plan p where p.campaign_id = c.id) as labels,
           (select jsonb_object_agg(k.question_id, to_jsonb(k.answers)) from check_key k
            where k.campaign_id = i.campaign_id and k.version = i.version) as keys
    from instruction_version i join campaign c on c.id = i.campaign_id
    where i.campaign_id = $1 and i.version = $2
"""


async def _examined(
    work: Locked, items: Sequence[SubmissionItem], check_answers: Sequence[CheckAnswer]
) -> Content:
    """Against the instructions that the work was claimed under. Contact data is masked (P3),
    unless gathering it is what the campaign is about. Refuses with `InvalidInput`.
    """
    asked = await fetch_row(_ASKED, work.booking.campaign_id, work.instruction_version)
    assert asked is not None
    keys: dict[str, list[str]] = msgspec.json.decode(asked["keys"] or "{}")
    proofs = msgspec.json.decode(asked["proofs"], type=tuple[Proof, ...])
    _refuse(proofs_problem(items, proofs=proofs))
    _refuse(check_answers_problem(check_answers, question_ids=keys))
    _refuse(label_problem(items, labels=asked["labels"]))
    survey = msgspec.json.decode(asked["survey"], type=tuple[SurveyQuestion, ...])
    _refuse(survey_item_problem(items, questions=survey))
    _refuse(mode_problem(items, mode=WorkMode(asked["work_mode"])))
    if not asked["collects_contacts"]:
        _refuse(contact_link_problem(items))
    said = {answer.id: answer.text for answer in check_answers}
    kept, kinds = without_contacts(items)
    return Content(
        items=items if asked["collects_contacts"] else kept,
        check_answers=[replace(each, text=masked(each.text).text) for each in check_answers],
        failed_check_count=failed_checks(keys, said) if keys else None,
        contact_kinds=kinds,
    )


async def _kinds(work: Locked, items: Sequence[SubmissionItem]) -> list[ItemKind]:
    """Files are handed in once, by whoever sent them for this assignment, for good."""
    wanted = [item.upload_id for item in items if item.upload_id is not None]
    attached: dict[UUID, UploadKind] = {}
    if wanted:
        attached = await attach_uploads(
            ids=wanted, owner_id=work.booking.worker_id, subject_id=work.id
        )
    kinds: list[ItemKind] = []
    for index, item in enumerate(items):
        if item.upload_id is None:
            kinds.append(item.kind)
        elif item.upload_id in attached:
            kinds.append(ItemKind(attached.pop(item.upload_id)))
        else:
            message = "a file that was sent for this assignment, and is not handed in yet"
            raise InvalidInput(message, path=("items", str(index)))
    return kinds


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _refuse(problem: tuple[str, tuple[str, ...]] | None) -> None:
    if problem is not None:
        message, path = problem
        raise InvalidInput(message, path=path)


def own(work: Locked | None, worker_id: UUID) -> Locked:
    if work is None or work.booking.worker_id != worker_id:
        raise NotFound("no such assignment")
    return work
