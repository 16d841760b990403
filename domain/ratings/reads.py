"""Ratings as clients may read them, and what they add to members."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from domain.ratings.queries import SEEN, VISIBLE_OF_MEMBER, RatingSummary
from domain.reads import Entity, Field, One, Paged, Ruled, columns


def average(count: int, stars_total: int) -> Decimal | None:
    return RatingSummary(count, stars_total).average


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
    source="""
        from unnest({keys}) as rated (id)
        cross join lateral (
            select count(*)::int as count, coalesce(sum(stars), 0)::int as stars_total
            from rating where subject_id = rated.id and state = 'visible'
        ) summary
    """,
    row="summary",
    fields={
        **columns("count"),
        "average": Ruled(average, ("{row}.count", "{row}.stars_total")),
    },
)
ENTITIES: Final = (RATING, SUMMARY)
TOLD_MEMBERS: Final[Mapping[str, Field]] = {
    "rating_summary": One("SummaryOfRatings", key="{row}.id", to="rated.id"),
    "ratings": Paged("Rating", VISIBLE_OF_MEMBER),
}
