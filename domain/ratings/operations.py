"""Everything that changes a rating."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound, Refused
from domain.given import NewId
from domain.money import Money
from domain.ratings.rules import (
    AMENDABLE_FOR,
    HIDDEN_FOR,
    SETTLED_STATES,
    STARS_MAX,
    RatingState,
    clean_comment,
    rating_problem,
)
from domain.workers import operations as workers
from domain.workers.rules import Merit, MeritReason

REVEAL_COUNT_MAX: Final = 500
FREEZE_COUNT_MAX: Final = 500


class NotSettled(Refused):
    """Ratings come after the outcome, so that none can be held over the other."""

    code = "NOT_SETTLED"
    argument = "assignment_id"


class AlreadyRated(Refused):
    code = "ALREADY_RATED"
    argument = "assignment_id"


_PARTIES: Final = """
    select a.state, a.worker_id, c.employer_id
    from assignment a join campaign c on c.id = a.campaign_id
    where a.id = $1 and $2 in (a.worker_id, c.employer_id)
"""
_INSERT: Final = """
    insert into rating (id, assignment_id, author_id, subject_id, stars, comment, state, given_at)
    values ($1, $2, $3, $4, $5, $6, 'hidden', $7)
    on conflict (assignment_id, author_id) do nothing returning id
"""
# Two parties who rate at the same moment do not see each other here: the sweep does.
_REVEAL_BOTH: Final = """
    update rating set state = 'visible', visible_at = $2
    where assignment_id = $1 and state = 'hidden'
      and (select count(*) from rating where assignment_id = $1) = 2
"""


@one_transaction
async def give_rating(
    *,
    author_id: UUID,
    assignment_id: UUID,
    stars: int,
    comment: str | None,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """The worker rates the employer, or the other way round, once.

    Refuses with `NotFound` (also for who is neither), `NotSettled`, `AlreadyRated` or
    `InvalidInput`.
    """
    problem = rating_problem(stars=stars, comment=comment)
    if problem is not None:
        raise InvalidInput(problem.message, path=(problem.field,))
    row = await fetch_row(_PARTIES, assignment_id, author_id)
    if row is None:
        raise NotFound("no such assignment")
    if row["state"] not in SETTLED_STATES:
        raise NotSettled(f"the assignment is {row['state']}")
    subject_id = row["employer_id"] if author_id == row["worker_id"] else row["worker_id"]
    rating_id: UUID | None = await fetch_value(
        _INSERT,
        new_id(),
        assignment_id,
        author_id,
        subject_id,
        stars,
        clean_comment(comment),
        now,
    )
    if rating_id is None:
        raise AlreadyRated("this assignment is rated already")
    await execute(_REVEAL_BOTH, assignment_id, now)
    return rating_id


# The author's own alone; whoever may not amend it learns as much as its state tells them.
_LOCK: Final = "select state, visible_at from rating where id = $1 and author_id = $2 for update"
_AMEND: Final = "update rating set state = 'amended', stars = $2, comment = $3 where id = $1"


@one_transaction
async def amend_rating(
    *, author_id: UUID, rating_id: UUID, stars: int, comment: str | None, now: datetime
) -> None:
    """Change one's mind once, within 48 hours from when everybody could see it (R40).

    Refuses with `NotFound`, `InvalidTransition` or `InvalidInput`.
    """
    problem = rating_problem(stars=stars, comment=comment)
    if problem is not None:
        raise InvalidInput(problem.message, path=(problem.field,))
    row = await fetch_row(_LOCK, rating_id, author_id)
    if row is None:
        raise NotFound("no such rating")
    is_late = row["visible_at"] is not None and row["visible_at"] + AMENDABLE_FOR <= now
    if is_late or row["state"] != RatingState.VISIBLE:
        state = RatingState.FROZEN if is_late else RatingState(row["state"])
        raise InvalidTransition(subject="the rating", state=state, event="amend")
    await execute(_AMEND, rating_id, stars, clean_comment(comment))


_FREEZE: Final = """
    with frozen as (
        update rating set state = 'frozen' where id in (
            select id from rating where state in ('visible', 'amended') and visible_at <= $1
            order by visible_at limit $2 for update skip locked)
        returning assignment_id, subject_id, stars
    )
    select f.stars, a.id, a.worker_id, a.currency,
           a.worker_id = f.subject_id and a.state in ('approved', 'partly_approved') as is_paid
    from frozen f join assignment a on a.id = f.assignment_id
"""


@one_transaction
async def freeze_ratings(*, now: datetime) -> int:
    """What nobody may change any more: five stars for paid work are points. 500 at a time."""
    rows = await fetch(_FREEZE, now - AMENDABLE_FOR, FREEZE_COUNT_MAX)
    merits = [
        Merit(
            assignment_id=row["id"],
            worker_id=row["worker_id"],
            reason=MeritReason.FIVE_STARS,
            earned=Money(0, row["currency"]),
        )
        for row in rows
        if row["is_paid"] and row["stars"] == STARS_MAX
    ]
    if merits:
        await workers.gain_points(merits=merits, on=now.date())
    return len(rows)


_REVEAL: Final = """
    update rating set state = 'visible', visible_at = $1 where id in (
        select r.id from rating r
        where r.state = 'hidden'
          and (r.given_at <= $2 or exists (
              select 1 from rating other
              where other.assignment_id = r.assignment_id and other.author_id = r.subject_id))
        order by r.given_at limit $3 for update of r skip locked)
"""


@one_transaction
async def reveal_ratings(*, now: datetime) -> int:
    """Ratings that both sides have given, or that waited a week, become visible; 500 at a time."""
    return await execute(_REVEAL, now, now - HIDDEN_FOR, REVEAL_COUNT_MAX)
