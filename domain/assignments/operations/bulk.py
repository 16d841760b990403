"""Many decisions in one wish (R28): each is its own, so one that is refused leaves the others."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress
from typing import Final
from uuid import UUID

from domain.assignments.operations.reject import reject_assignment
from domain.assignments.operations.review import approve_assignment
from domain.assignments.rules import Rejection
from domain.errors import InvalidInput, Refused
from domain.given import NewId
from domain.idempotency.rules import IdempotencyKey

VERDICT_COUNT_MAX: Final = 1_000  # R28
AT_ONCE_MAX: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Approves, unless it has a `rejection`."""

    assignment_id: UUID
    comment: str | None = None
    rejection: Rejection | None = None
    asks_staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictOutcome:
    """`refusal`: this one changed nothing."""

    refusal: Refused | None = None
    awaits_staff: bool = False
    replayed: bool = False


async def review_assignments(
    *,
    employer_id: UUID,
    verdicts: Sequence[Verdict],
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> list[VerdictOutcome]:
    """In the order of the verdicts. Approvals are made first, because they allow more rejections;
    those follow one after the other, so that who is over the limit is no matter of chance.
    Sent again with the same key it goes on where it was cut off, and answers what was done before.

    Refuses with `InvalidInput`; what is wrong with one verdict stands in its outcome.
    """
    if not 1 <= len(verdicts) <= VERDICT_COUNT_MAX:
        raise InvalidInput(f"1 to {VERDICT_COUNT_MAX:,} verdicts at once", path=("verdicts",))
    if len({each.assignment_id for each in verdicts}) < len(verdicts):
        raise InvalidInput("one verdict for each assignment", path=("verdicts",))
    doors = asyncio.Semaphore(AT_ONCE_MAX)

    async def decide(verdict: Verdict) -> VerdictOutcome:
        async with doors:
            try:
                return await _decide(employer_id, verdict, key, new_id, now)
            except Refused as refusal:
                return VerdictOutcome(refusal=refusal)

    kind = [each.rejection is None for each in verdicts]
    approved = iter(await asyncio.gather(*(decide(each) for each in compress(verdicts, kind))))
    return [
        next(approved) if is_approval else await decide(each)
        for each, is_approval in zip(verdicts, kind, strict=True)
    ]


async def _decide(
    employer_id: UUID, verdict: Verdict, key: IdempotencyKey, new_id: NewId, now: datetime
) -> VerdictOutcome:
    own_key = key_of_verdict(key, verdict)
    if verdict.rejection is None:
        done = await approve_assignment(
            employer_id=employer_id,
            assignment_id=verdict.assignment_id,
            comment=verdict.comment,
            key=own_key,
            new_id=new_id,
            now=now,
        )
        return VerdictOutcome(replayed=done.replayed)
    rejected = await reject_assignment(
        employer_id=employer_id,
        assignment_id=verdict.assignment_id,
        rejection=verdict.rejection,
        asks_staff=verdict.asks_staff,
        key=own_key,
        new_id=new_id,
        now=now,
    )
    return VerdictOutcome(awaits_staff=rejected.awaits_staff, replayed=rejected.replayed)


def key_of_verdict(key: IdempotencyKey, verdict: Verdict) -> IdempotencyKey:
    """One of its own for each: what was done is done, however the whole wish ended."""
    name = hashlib.sha256(f"{key.key} {verdict.assignment_id}".encode()).hexdigest()
    return replace(key, key=name, digest=hashlib.sha256(repr(verdict).encode()).digest())
