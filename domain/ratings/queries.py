"""Reads of ratings. A hidden one exists for its author alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.filters import Column, Condition, Kind
from domain.paging import Count, Listing, Page, count_rows, read_pages
from domain.ratings.rules import STARS_MAX, STARS_MIN, RatingState


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRecord:
    id: UUID
    assignment_id: UUID
    author_id: UUID
    subject_id: UUID
    stars: int
    comment: str | None
    state: RatingState
    given_at: datetime
    visible_at: datetime | None


@dataclass(frozen=True, slots=True)
class RatingSummary:
    """Of what is visible."""

    counts: tuple[int, ...]  # of one star to five

    @property
    def count(self) -> int:
        return sum(self.counts)

    @property
    def stars_total(self) -> int:
        return sum(stars * count for stars, count in enumerate(self.counts, start=1))

    @property
    def average(self) -> Decimal | None:
        """With two decimals; None before the first rating."""
        if self.count == 0:
            return None
        return (Decimal(self.stars_total) / self.count).quantize(Decimal("0.01"))


NO_RATINGS: Final = RatingSummary((0,) * STARS_MAX)
_COLUMNS: Final = """
    id, assignment_id, author_id, subject_id, stars, comment, state, given_at, visible_at
"""
SEEN: Final = "rating.state <> 'hidden' or rating.author_id = {viewer}"
_BY_ID: Final = f"""
    select {_COLUMNS} from rating where id = any($1) and ({SEEN.format(viewer="$2")})
"""  # noqa: S608  # our own column list
VISIBLE_OF_MEMBER: Final = Listing(
    columns=_COLUMNS,
    source="from rating where subject_id = parent.id and state <> 'hidden'",
    orders={"visible_at": ("visible_at", "id"), "stars": ("stars", "id")},
    filters={
        "stars": Column("stars", Kind.INTEGER),
        "author_id": Column("author_id", Kind.ID),
        "comment": Column("comment"),
        "given_at": Column("given_at", Kind.INSTANT),
    },
    row="rating",
)
_OF_ASSIGNMENTS: Final = f"""
    select {_COLUMNS} from rating
    where assignment_id = any($1) and ({SEEN.format(viewer="$2")})
    order by given_at, id
"""  # noqa: S608
COUNTS: Final = ", ".join(
    f"count(*) filter (where stars = {stars})::int" for stars in range(STARS_MIN, STARS_MAX + 1)
)
_SUMMARIES: Final = f"""
    select subject_id, array[{COUNTS}] as counts from rating
    where subject_id = any($1) and state <> 'hidden' group by subject_id
"""  # noqa: S608  # our own words


async def ratings_by_id(*, ids: Sequence[UUID], viewer_id: UUID | None) -> dict[UUID, RatingRecord]:
    rows = await fetch(_BY_ID, list(ids), viewer_id)
    return {row["id"]: _rating(row) for row in rows}


async def rating_pages(
    *, member_ids: Sequence[UUID], page: Page, where: Condition | None = None
) -> dict[UUID, list[RatingRecord]]:
    """The visible ones about each member, newest first; anybody may read them."""
    found = await read_pages(VISIBLE_OF_MEMBER, parent_ids=member_ids, page=page, where=where)
    return {member_id: [_rating(row) for row in rows] for member_id, rows in found.items()}


async def count_ratings(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    """By member; the visible ones."""
    return await count_rows(VISIBLE_OF_MEMBER, parent_ids=parent_ids, where=where)


async def ratings_of_assignments(
    *, ids: Sequence[UUID], viewer_id: UUID
) -> dict[UUID, list[RatingRecord]]:
    """Ask only for assignments the viewer was given."""
    found: dict[UUID, list[RatingRecord]] = {assignment_id: [] for assignment_id in ids}
    for row in await fetch(_OF_ASSIGNMENTS, list(ids), viewer_id):
        found[row["assignment_id"]].append(_rating(row))
    return found


async def rating_summaries(*, ids: Sequence[UUID]) -> dict[UUID, RatingSummary]:
    """By member, the unrated ones too."""
    found = dict.fromkeys(ids, NO_RATINGS)
    for row in await fetch(_SUMMARIES, list(ids)):
        found[row["subject_id"]] = RatingSummary(tuple(row["counts"]))
    return found


def _rating(row: Mapping[str, Any]) -> RatingRecord:
    return RatingRecord(
        id=row["id"],
        assignment_id=row["assignment_id"],
        author_id=row["author_id"],
        subject_id=row["subject_id"],
        stars=row["stars"],
        comment=row["comment"],
        state=RatingState(row["state"]),
        given_at=row["given_at"],
        visible_at=row["visible_at"],
    )
