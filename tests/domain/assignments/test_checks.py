"""Proofs, questions with hidden answers, and contact data in what is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

import pytest

from domain.assignments import operations, queries
from domain.assignments.operations import ChecksPassed
from domain.assignments.queries import SubmissionRecord
from domain.assignments.rules import (
    CheckAnswer,
    ItemRole,
    ReasonCode,
    Rejection,
    SubmissionItem,
    mode_problem,
)
from domain.campaigns import operations as campaigns
from domain.campaigns.queries import campaign_of
from domain.campaigns.rules import (
    CampaignState,
    Checks,
    KeyedQuestion,
    Proof,
    WorkMode,
    checks_problem,
    failed_checks,
    failures_to_reject,
)
from domain.contacts import ContactKind
from domain.errors import InvalidInput
from domain.members.rules import Role
from tests.make.campaigns import REASON, asking, claim, rich_employer
from tests.make.members import add_staff, add_worker
from tests.make.world import World

RIGHT: Final = (CheckAnswer(id="legs", text="4"), CheckAnswer(id="colour", text=" deep blue"))
WRONG: Final = (CheckAnswer(id="legs", text="5"), CheckAnswer(id="colour", text="red"))
PROVEN: Final = (
    SubmissionItem(text="yes"),
    SubmissionItem(role=ItemRole.PROOF, text="https://example.org/it", proof_id="link"),
)


async def hand_in(
    world: World,
    worker: UUID,
    assignment: UUID,
    *,
    items: Sequence[SubmissionItem] = PROVEN,
    answers: Sequence[CheckAnswer] = RIGHT,
) -> SubmissionRecord:
    await operations.submit_assignment(
        worker_id=worker,
        assignment_id=assignment,
        items=items,
        check_answers=answers,
        new_id=world.new_id,
        now=world.now,
    )
    (record,) = (await queries.submissions_of(assignment_ids=[assignment]))[assignment]
    return record


def test_who_checks_says_what_they_found() -> None:
    """C3: a file, an address or a proof alone is no judgement; elsewhere it may be all there is."""
    link = SubmissionItem(url="https://example.org")
    proof = SubmissionItem(role=ItemRole.PROOF, text="seen")
    assert mode_problem([link, proof], mode=WorkMode.CHECK) is not None
    assert mode_problem([link, proof], mode=WorkMode.COLLECT) is None
    for found in (SubmissionItem(text="no"), SubmissionItem(score=0), SubmissionItem(answers=())):
        assert mode_problem([link, found], mode=WorkMode.CHECK) is None


@pytest.mark.asyncio
async def test_nothing_is_handed_in_without_proof_and_answers(world: World) -> None:
    """R30: a required proof and an answer to every question, each once; a right one or not."""
    employer, worker = await rich_employer(world), await add_worker(world)
    assignment = await claim(world, worker, await asking(world, employer))
    foreign = SubmissionItem(role=ItemRole.PROOF, text="x", proof_id="other")
    for items, answers, path in (
        (PROVEN[:1], RIGHT, ("items",)),
        ((*PROVEN, foreign), RIGHT, ("items", "2")),
        ((*PROVEN, PROVEN[1]), RIGHT, ("items",)),
        (PROVEN, RIGHT[:1], ("check_answers",)),
        (PROVEN, (RIGHT[0], RIGHT[0]), ("check_answers",)),
        (PROVEN, (RIGHT[0], CheckAnswer(id="colour", text=" ")), ("check_answers", "1")),
    ):
        with pytest.raises(InvalidInput) as refused:
            await hand_in(world, worker, assignment, items=items, answers=answers)
        assert refused.value.path == path
    record = await hand_in(world, worker, assignment, answers=WRONG)
    assert (record.failed_check_count, record.check_answers) == (2, WRONG)
    assert [item.proof_id for item in record.items] == [None, "link"]


@pytest.mark.asyncio
async def test_a_rejection_for_failed_checks_is_checked(world: World) -> None:
    """R10: who answered well enough cannot be rejected for it; who did not can."""
    employer = await rich_employer(world)
    campaign = await asking(world, employer)
    works = []
    for answers in (RIGHT, (RIGHT[0], WRONG[1]), WRONG):
        worker = await add_worker(world)
        works.append(await claim(world, worker, campaign))
        await hand_in(world, worker, works[-1], answers=answers)

    async def reject(work: UUID) -> None:
        await operations.reject_assignment(
            employer_id=employer,
            assignment_id=work,
            rejection=Rejection(reason_code=ReasonCode.FAILED_CHECKS, text=REASON),
            new_id=world.new_id,
            now=world.now,
        )

    for work in works[:2]:
        with pytest.raises(ChecksPassed):
            await reject(work)
    await reject(works[2])


@pytest.mark.asyncio
async def test_contact_data_in_work_is_masked_and_flagged(world: World) -> None:
    """P3: no contact data of the worker reaches the employer, in an answer, a proof or a check."""
    employer, worker = await rich_employer(world), await add_worker(world)
    assignment = await claim(world, worker, await asking(world, employer))
    items = (
        SubmissionItem(text="It is a cat, write to me: me@example.org"),
        SubmissionItem(role=ItemRole.PROOF, text="call +44 20 7946 0018", proof_id="link"),
        SubmissionItem(score=4),
    )
    answers = (RIGHT[0], CheckAnswer(id="colour", text="me@example.org"))
    record = await hand_in(world, worker, assignment, items=items, answers=answers)
    assert [item.text for item in record.items] == [
        "It is a cat, write to me: •••",
        "call •••",
        None,
    ]
    assert record.check_answers[1].text == "•••"
    assert record.contact_kinds == (ContactKind.EMAIL, ContactKind.PHONE)


@pytest.mark.asyncio
async def test_contact_data_is_kept_where_staff_let_it_be_collected(world: World) -> None:
    """P3: a list of shops needs their numbers; a person looks at such a campaign first."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await asking(world, employer, collects_contacts=True)
    found = await campaign_of(campaign_id=campaign, employer_id=employer)
    assert found.state is CampaignState.PENDING_REVIEW
    staff = await add_staff(world, Role.STAFF)
    await campaigns.approve_campaign(staff_id=staff, campaign_id=campaign, now=world.now)
    items = (SubmissionItem(text="shop@example.org"), *PROVEN[1:])
    assignment = await claim(world, worker, campaign)
    record = await hand_in(world, worker, assignment, items=items)
    assert record.items[0].text == "shop@example.org"
    assert record.contact_kinds == (ContactKind.EMAIL,)


def test_wrong_answers_are_counted_however_they_are_written() -> None:
    """Upper case, wide letters and spaces do not make an answer wrong; silence does."""
    keys = {"a": ["Deep  Blue", "navy"], "b": ["\uff14\uff12"]}
    assert failed_checks(keys, {"a": "NAVY ", "b": "42"}) == 0
    assert failed_checks(keys, {"a": "deep blue", "b": "4 2"}) == 1
    assert failed_checks(keys, {}) == 2


def test_short_work_needs_one_wrong_answer_and_longer_work_two() -> None:
    """R10: below five minutes by the estimate, or by the claim, which is 1.5 times as long."""
    needed = partial(failures_to_reject, estimated_seconds=None)
    assert [needed(claim_minutes=each) for each in (5, 7, 8, 90)] == [1, 1, 2, 2]
    assert failures_to_reject(claim_minutes=90, estimated_seconds=299) == 1
    assert failures_to_reject(claim_minutes=5, estimated_seconds=300) == 2


@pytest.mark.parametrize(
    ("checks", "path"),
    [
        (Checks(proofs=tuple(Proof(id=str(n), text="x") for n in range(5))), ("proofs",)),
        (Checks(proofs=(Proof(id="1", text="x"),) * 2), ("proofs",)),
        (Checks(proofs=(Proof(id="1", text=" "),)), ("proofs", "0")),
        (
            Checks(
                questions=tuple(
                    KeyedQuestion(id=str(n), text="x", answers=("y",)) for n in range(4)
                )
            ),
            ("questions",),
        ),
        (
            Checks(questions=(KeyedQuestion(id="1", text="x", answers=()),)),
            ("questions", "0", "answers"),
        ),
        (
            Checks(questions=(KeyedQuestion(id="1", text="x", answers=("\0",)),)),
            ("questions", "0", "answers"),
        ),
    ],
)
def test_what_is_asked_besides_is_bounded(checks: Checks, path: tuple[str, ...]) -> None:
    """R30: four proofs, three questions, each with an id of its own and something to say."""
    problem = checks_problem(checks)
    assert problem is not None
    assert problem.path == path
