"""Ratings as clients may read them, and what they add to members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from domain.ratings.queries import COUNTS, SEEN, VISIBLE_OF_MEMBER, RatingSummary
from domain.reads import Entity, Field, One, Paged, Ruled, columns


def average(counts: Sequence[int]) -> Decimal | None:
    return RatingSummary(tuple(counts)).average


RATING: Final = Entity(
    name="Rating",
    source="from rating",
    row="rating",
    visible=SEEN,
    fields={
        **columns("stars", "comment", "state", "given_at"),
        "author": One("Member", key="{row}.author_id"),
        "subject": One("Member", key="{row}.subject_id"),
    },
)
SUMMARY: Final = Entity(
    name="SummaryOfRatings",
    source=f"""
        from unnest({{keys}}) as rated (id)
        cross join lateral (
            select count(*)::int as count, array[{COUNTS}] as counts
            from rating where subject_id = rated.id and state <> 'hidden'
        ) summary
    """,  # noqa: S608  # our own words
    row="summary",
    fields={
        **columns("count"),
        "average": Ruled(average, ("{row}.counts",)),
        "star_counts": Ruled(list, ("{row}.counts",)),
    },
)
ENTITIES: Final = (RATING, SUMMARY)
TOLD_MEMBERS: Final[Mapping[str, Field]] = {
    "rating_summary": One("SummaryOfRatings", key="{row}.id", to="rated.id"),
    "ratings": Paged("Rating", VISIBLE_OF_MEMBER),
}
