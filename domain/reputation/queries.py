"""Brings together what a worker's signed record says. Ask for the worker's own alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.assignments import queries as assignments
from domain.ratings import queries as ratings
from domain.reputation.rules import CategoryRecord, Reputation
from domain.workers import queries as workers


async def reputation_of(
    *, worker_id: UUID, public_id: str, issuer: str, now: datetime
) -> Reputation:
    standing = (await workers.standings_of(ids=[worker_id]))[worker_id]
    summary = (await ratings.rating_summaries(ids=[worker_id]))[worker_id]
    judged = await assignments.judged_by_category(worker_id=worker_id)
    return Reputation(
        issuer=issuer,
        public_id=public_id,
        as_of=now,
        categories=tuple(
            CategoryRecord(category=category, good=good, bad=bad)
            for category, (good, bad) in judged.items()
        ),
        level=standing.level,
        points=standing.points,
        star_counts=summary.counts,
    )
