"""Many decisions in one wish: each its own, and none twice."""

from __future__ import annotations

import pytest

from domain.assignments import operations, queries
from domain.assignments.operations import Verdict, VerdictOutcome
from domain.assignments.rules import ReasonCode, Rejection
from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.idempotency.operations import IdempotencyMismatch
from domain.ledger.queries import differences
from domain.ledger.rules import AccountKind
from tests.make.campaigns import REASON, balance, rich_employer, running, submitted
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio
SPAM = Rejection(reason_code=ReasonCode.SPAM, text=REASON)


async def test_each_is_decided_on_its_own_and_once(world: World) -> None:
    """R28: what is refused leaves the others; the same key answers what was done."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1] * 6)
    works = [await submitted(world, worker, campaign) for _ in range(6)]
    rejected = [
        Verdict(assignment_id=work, rejection=SPAM, asks_staff=number == 3)
        for number, work in enumerate(works[1:5])
    ]
    verdicts = [Verdict(assignment_id=works[0]), *rejected, Verdict(assignment_id=employer)]

    async def review(*given: Verdict) -> list[VerdictOutcome]:
        return await operations.review_assignments(
            employer_id=employer,
            verdicts=given,
            key=world.key(employer, text="once"),
            new_id=world.new_id,
            now=world.now,
        )

    first = await review(*verdicts)
    again = await review(*verdicts, Verdict(assignment_id=works[5]))
    (other,) = await review(Verdict(assignment_id=works[0], rejection=SPAM))

    assert [each.refusal is None for each in first] == [True] * 5 + [False]
    assert isinstance(first[5].refusal, NotFound)
    assert [each.awaits_staff for each in first] == [False] * 4 + [True, False]
    assert [each.replayed for each in again] == [True] * 5 + [False, False]
    assert [each.awaits_staff for each in again[:5]] == [each.awaits_staff for each in first[:5]]
    assert isinstance(other.refusal, IdempotencyMismatch)
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 100_000
    assert await differences(checks=queries.CHECKS) == []


@pytest.mark.parametrize("count", [0, 1_001])
async def test_a_thousand_at_once_and_none_twice(world: World, count: int) -> None:
    """R28: the whole is refused before anything changes."""
    employer = await rich_employer(world)
    for verdicts in (
        [Verdict(assignment_id=world.new_id()) for _ in range(count)],
        [Verdict(assignment_id=employer)] * 2,
    ):
        with pytest.raises(InvalidInput):
            await operations.review_assignments(
                employer_id=employer,
                verdicts=verdicts,
                key=world.key(employer),
                new_id=world.new_id,
                now=world.now,
            )


async def test_what_was_decided_before_says_so(world: World) -> None:
    """3.5: another key is another wish, which the state machine refuses."""
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1])
    verdict = Verdict(assignment_id=await submitted(world, worker, campaign))

    outcomes = [
        await operations.review_assignments(
            employer_id=employer,
            verdicts=[verdict],
            key=world.key(employer),
            new_id=world.new_id,
            now=world.now,
        )
        for _ in range(2)
    ]

    assert outcomes[0][0].refusal is None
    assert isinstance(outcomes[1][0].refusal, InvalidTransition)
