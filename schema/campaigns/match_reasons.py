"""Why a campaign stands where it stands in the viewer's list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import strawberry

from domain.matching import queries
from domain.matching.rules import MILLION, WEIGHTS, MatchTerm
from schema.context import Context
from schema.enums import show_enum

show_enum(
    MatchTerm,
    description="What the order of `campaignMatches` is made of.",
    values={
        MatchTerm.INVITATION: "1 where its employer invites the viewer, else 0.",
        MatchTerm.QUALITY: "The viewer's approved work and stars in this category.",
        MatchTerm.SKILL_FIT: "The skills that the campaign wishes for; 1 when it wishes none.",
        MatchTerm.WAGE: "What an hour of it pays; 1 from twice the minimum on, 0.5 where "
        "nobody knows one of the two.",
        MatchTerm.EMPLOYER_RATING: "The employer's approvals, and the stars of workers.",
        MatchTerm.FRESHNESS: "Halves with each day since it opened.",
        MatchTerm.AFFINITY: "Which share of its category and languages the viewer has done, "
        "is interested in, or speaks.",
    },
)


@strawberry.type(description="A term of a score: the score is the sum of value times weight.")
class MatchReason:
    term: MatchTerm = strawberry.field(description="Which one.")
    value: Decimal = strawberry.field(description="From 0 to 1, with six decimals.")
    weight: Decimal = strawberry.field(
        description="Its share: 1 for `INVITATION`, and 1 for all others together."
    )


async def match_terms(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, Mapping[MatchTerm, int]]:
    """Nothing when nobody is signed in."""
    if context.viewer_id is None:
        return {}
    return await queries.match_terms(
        campaign_ids=keys, worker_id=context.viewer_id, now=context.now
    )


def reasons_of(terms: Mapping[MatchTerm, int] | None) -> list[MatchReason] | None:
    """The weightiest first."""
    if terms is None:
        return None
    return [
        MatchReason(
            term=term,
            value=Decimal(value) / MILLION,
            weight=Decimal(WEIGHTS[term]) / 100,
        )
        for term, value in terms.items()
    ]
