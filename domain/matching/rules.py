"""The score of a campaign for a worker: its terms, each in millionths, and their weights (R26);
and the states of an invitation to a campaign (C1).

Pure and in whole numbers, so that the order of a list, its cursors and what is said about it
agree to the last digit. Who may claim at all is `assignments.rules.claim_reasons`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

from domain.access.rules import Limit
from domain.campaigns.rules import CampaignState
from domain.quality.rules import lower_bound

MILLION: Final = 1_000_000
NEWCOMER_COUNT: Final = 25  # below so many decided tasks some days are left to chance
EXPLORED_PERCENT: Final = 10
RECORD_COUNT_MAX: Final = 100  # the latest outcomes, and the latest stars, that count (R14)
STARS_GOOD_MIN: Final = 4
STARS_BAD_MAX: Final = 2
NEUTRAL: Final = MILLION // 2
_HALF_LIFE: Final = timedelta(days=1)
INVITED_COUNT_MAX: Final = 100  # workers at once
INVITING_STATES: Final = frozenset(
    {
        CampaignState.FUNDED,
        CampaignState.PENDING_REVIEW,
        CampaignState.RUNNING,
        CampaignState.PAUSED,
    }
)


class CampaignInvitationState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    ENDED = "ended"


class CampaignInvitationEvent(StrEnum):
    INVITE = "invite"
    CLAIM = "claim"
    DECLINE = "decline"
    END = "end"


class InviteResult(StrEnum):
    """What became of the wish to invite somebody. Who was suspended, or has blocked the employer,
    counts as invited like anybody else.
    """

    INVITED = "invited"
    ALREADY_INVITED = "already_invited"
    HAS_CLAIMED = "has_claimed"
    NOT_KNOWN = "not_known"  # neither worked for the employer nor is a favourite, or is nobody


_I, _IE = CampaignInvitationState, CampaignInvitationEvent
MOVES: Final[
    Mapping[tuple[CampaignInvitationState, CampaignInvitationEvent], CampaignInvitationState]
] = {
    (_I.OPEN, _IE.CLAIM): _I.TAKEN,
    (_I.OPEN, _IE.DECLINE): _I.DECLINED,
    (_I.OPEN, _IE.END): _I.ENDED,
    (_I.ENDED, _IE.INVITE): _I.OPEN,  # a campaign can be started again
}


def next_state(
    state: CampaignInvitationState, event: CampaignInvitationEvent
) -> CampaignInvitationState | None:
    """None: not possible."""
    return MOVES.get((state, event))


def invite_limits(employer: str) -> tuple[Limit, ...]:
    return (Limit(f"campaign_invite:{employer}", capacity=10, per_second=10 / 86_400),)


class MatchTerm(StrEnum):
    INVITATION = "invitation"
    QUALITY = "quality"
    SKILL_FIT = "skill_fit"
    WAGE = "wage"
    EMPLOYER_RATING = "employer_rating"
    FRESHNESS = "freshness"
    AFFINITY = "affinity"


_T: Final = MatchTerm
WEIGHTS: Final[Mapping[MatchTerm, int]] = {  # percent
    _T.INVITATION: 100,  # as much as all others: who is invited finds it first
    _T.QUALITY: 30,
    _T.SKILL_FIT: 25,
    _T.WAGE: 20,
    _T.EMPLOYER_RATING: 10,
    _T.FRESHNESS: 10,
    _T.AFFINITY: 5,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What speaks for and against somebody: approvals and good stars, rejections and bad ones."""

    good: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A running campaign as far as its score goes."""

    campaign_id: UUID
    category: str
    branches: frozenset[str]  # its category in the tree, and all above it
    languages: frozenset[str]  # of which it asks for one
    hourly_micros: int | None  # what it pays; None: nobody knows
    minimum_micros: int | None  # what it should pay at least; None: nobody has said
    employer: Standing
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The worker as far as scores go."""

    worker_id: UUID
    decided_count: int
    standings: Mapping[str, Standing]  # by category
    words: frozenset[str]  # categories they have done well, and their languages
    interests: frozenset[str] = frozenset()  # categories in the tree that their profile names
    invited_to: frozenset[UUID] = frozenset()  # campaigns


def terms_of(offer: Offer, profile: Profile, *, on: date) -> dict[MatchTerm, int]:
    """Each in 0 to 1,000,000."""
    is_liked = not offer.branches.isdisjoint(profile.interests)
    liked = profile.words | {offer.category} if is_liked else profile.words
    return {
        _T.INVITATION: MILLION if offer.campaign_id in profile.invited_to else 0,
        _T.QUALITY: careful_share(profile.standings.get(offer.category, Standing())),
        _T.SKILL_FIT: MILLION,  # no campaign can wish for skills, and none wished is a fit
        _T.WAGE: wage(hourly_micros=offer.hourly_micros, minimum_micros=offer.minimum_micros),
        _T.EMPLOYER_RATING: careful_share(offer.employer),
        _T.FRESHNESS: freshness(offer.published_at, on=on),
        _T.AFFINITY: affinity({offer.category, *offer.languages}, liked),
    }


def branches_of(slug: str) -> frozenset[str]:
    """It, and all above it: `labeling.images` is in `labeling` too."""
    parts = slug.split(".")
    return frozenset(".".join(parts[:count]) for count in range(1, len(parts) + 1))


def score(terms: Mapping[MatchTerm, int]) -> int:
    """In 0 to 200,000,000: percent of millionths, so that no term is lost by rounding."""
    return sum(WEIGHTS[term] * value for term, value in terms.items())


def careful_share(standing: Standing) -> int:
    """The lower tenth of what the share of good outcomes may be: nobody starts at the bottom,
    and each good one helps.
    """
    return _careful_share(standing.good, standing.bad)


@lru_cache(maxsize=65_536)
def _careful_share(good: int, bad: int) -> int:
    return int(lower_bound(good=good, bad=bad) * MILLION)


def wage(*, hourly_micros: int | None, minimum_micros: int | None) -> int:
    """Full from twice the minimum on; in the middle where nobody knows one of the two."""
    if hourly_micros is None or minimum_micros is None:
        return NEUTRAL
    return min(MILLION, hourly_micros * MILLION // (2 * minimum_micros))


def freshness(published_at: datetime, *, on: date) -> int:
    """Half as much for each day before this one began; all of this day are equally fresh."""
    age = max(timedelta(0), datetime.combine(on, time(), UTC) - published_at)
    return int(MILLION * 0.5 ** (age / _HALF_LIFE))


def affinity(offered: Collection[str], liked: Collection[str]) -> int:
    """Which share of what a campaign is about is in the worker's profile."""
    return sum(word in liked for word in offered) * MILLION // max(1, len(offered))


def explores(*, worker_id: UUID, decided_count: int, on: date) -> bool:
    """Whether this day's order is left to chance: else newcomers see what others took over."""
    return decided_count < NEWCOMER_COUNT and _draw(worker_id.bytes, on) % 100 < EXPLORED_PERCENT


def tie(*, worker_id: UUID, campaign_id: UUID, on: date) -> int:
    """What decides between equal scores: another order for each worker and each day."""
    return _draw(worker_id.bytes + campaign_id.bytes, on)


def _draw(what: bytes, on: date) -> int:
    digest = hashlib.sha256(what + on.isoformat().encode()).digest()
    return int.from_bytes(digest[:7], "big")  # fits a cursor and a bigint
