"""Which campaigns a worker is offered, in the order of their scores, and why; and invitations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from domain.assignments.queries import claim_facts
from domain.assignments.rules import claim_reasons
from domain.campaigns.queries import FOUND, OPEN, said_of
from domain.database import fetch, fetch_row
from domain.filters import Condition, Parameters, compiled
from domain.matching.rules import (
    RECORD_COUNT_MAX,
    STARS_BAD_MAX,
    STARS_GOOD_MIN,
    CampaignInvitationState,
    MatchTerm,
    Offer,
    Profile,
    Standing,
    branches_of,
    explores,
    score,
    terms_of,
    tie,
)
from domain.paging import Count, Page
from domain.rates.rules import RateKind

FIRST_BATCH: Final = 200  # candidates whose claim is looked at in one statement; then more
BATCH_MAX: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRecord:
    """Where a campaign stands in the list of a worker and a day."""

    campaign_id: UUID
    on: date
    score: int
    tie: int

    @property
    def keys(self) -> tuple[int, int, int, UUID]:
        return self.on.toordinal(), self.score, self.tie, self.campaign_id


_OFFERS: Final = """
    select campaign.id, campaign.category, campaign.category_slug,
           campaign.published_at, s.hourly_micros, coalesce(s.employer_good, 0) as employer_good,
           coalesce(s.employer_bad, 0) as employer_bad, minimum.micros as minimum_micros,
           case when campaign.is_targeted then array(
               select unnest(t.codes) from campaign_target t
               where t.campaign_id = campaign.id and t.field = 'language' and t.comparator = 'in'
           ) else '{}' end as languages
    from campaign
    left join campaign_standing s on s.campaign_id = campaign.id
    left join (select distinct on (scope) scope, micros from rate
               where kind = $1 and valid_from <= $2 order by scope, valid_from desc) minimum
        on minimum.scope = campaign.currency
"""
_RUNNING: Final = "where campaign.state = 'running' and campaign.employer_id <> $3"
# An interest is a word of the worker's: it names a category by its name in any language.
_LIKED: Final = """
    select coalesce((select languages from work_preference where member_id = $1), '{}')
               as languages,
           array(
               select c.slug from member_profile p cross join category c
               where p.member_id = $1 and exists (
                   select from jsonb_each_text(c.names) as name (language, text)
                   where lower(name.text) in (select lower(each) from unnest(p.interests) each))
           ) as interests,
           array(
               select i.campaign_id from campaign_invitation i
               join campaign c on c.id = i.campaign_id
               where i.worker_id = $1 and i.state = 'open' and not is_blocked(c.employer_id, $1)
           ) as invited_to
"""
_DECIDED: Final = f"""
    select category, count(*) filter (where state <> 'closed_rejected')::int as good,
           count(*) filter (where state = 'closed_rejected')::int as bad
    from (select c.category, a.state,
                 row_number() over (partition by c.category order by a.decided_at desc) as place
          from assignment a join campaign c on c.id = a.campaign_id
          where a.worker_id = $1 and a.state in ('approved', 'partly_approved', 'closed_rejected')
         ) decided
    where place <= {RECORD_COUNT_MAX} group by category
"""  # noqa: S608  # our own numbers
_RATED: Final = f"""
    select category, count(*) filter (where stars >= {STARS_GOOD_MIN})::int as good,
           count(*) filter (where stars <= {STARS_BAD_MAX})::int as bad
    from (select c.category, r.stars,
                 row_number() over (partition by c.category order by r.visible_at desc) as place
          from rating r join assignment a on a.id = r.assignment_id
          join campaign c on c.id = a.campaign_id
          where r.subject_id = $1 and r.state = 'visible' and a.worker_id = $1) visible
    where place <= {RECORD_COUNT_MAX} group by category
"""  # noqa: S608  # our own numbers


async def matches_of(
    *, worker_id: UUID, now: datetime, page: Page, where: Condition | None = None
) -> list[MatchRecord]:
    """Best first, and only what a claim would be taken of.

    A page that follows another one has the order of that one's day.
    """
    keys = page.after or page.before
    on = date.fromordinal(int(str(keys[0]))) if keys else _day(now)
    ranked = await _ranked(worker_id, on=on, where=where)
    # What comes first is what is greatest.
    between = [
        each
        for each in ranked
        if (page.after is None or each.keys < page.after)
        and (page.before is None or each.keys > page.before)
    ]
    found: list[MatchRecord] = []
    candidates = between[::-1] if page.backward else between
    async for each in _claimable(candidates, worker_id, now=now):
        found.append(each)
        if len(found) == page.limit:
            break
    return found[::-1] if page.backward else found


async def count_matches(
    *, parent_ids: Sequence[UUID], now: datetime, where: Condition | None = None
) -> dict[UUID, Count]:
    """By worker."""
    found = {}
    for worker_id in parent_ids:
        ranked = await _ranked(worker_id, on=_day(now), where=where)
        number = len([each async for each in _claimable(ranked, worker_id, now=now)])
        found[worker_id] = Count(number, is_estimate=False)
    return found


async def match_terms(
    *, campaign_ids: Sequence[UUID], worker_id: UUID, now: datetime
) -> dict[UUID, dict[MatchTerm, int]]:
    """In millionths, as of this day. Ask only for campaigns the worker was given."""
    profile = await _profile(worker_id)
    sql = f"{_OFFERS} where campaign.id = any($3) and campaign.published_at is not null"
    on = _day(now)
    rows = await fetch(sql, RateKind.HOURLY_MINIMUM.value, on, list(campaign_ids))
    return {row["id"]: terms_of(_offer(row), profile, on=on) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignInvitationRecord:
    worker_id: UUID
    state: CampaignInvitationState
    invited_at: datetime


# As the list of campaigns has it: who may not find the campaign finds no invitation either.
_INVITING: Final = f"""
    select i.campaign_id
    from campaign_invitation i join campaign on campaign.id = i.campaign_id
    where i.worker_id = $1 and i.state = 'open' and campaign.state = 'running'
      and not is_blocked(campaign.employer_id, $1)
      and {said_of(FOUND, campaign="campaign", viewer="$1::uuid", now="$2::timestamptz")}
    order by i.invited_at desc, i.campaign_id desc limit $3
"""  # noqa: S608  # our own condition
_INVITED: Final = """
    select i.campaign_id, i.worker_id, i.state, i.invited_at
    from unnest($1::uuid[]) as asked (id) cross join lateral (
        select * from campaign_invitation i where i.campaign_id = asked.id
        order by i.invited_at desc, i.worker_id desc limit $2) i
"""


async def campaigns_inviting(*, worker_id: UUID, now: datetime, limit: int) -> list[UUID]:
    """To which the worker can still come, the newest invitation first."""
    return [row["campaign_id"] for row in await fetch(_INVITING, worker_id, now, limit)]


async def invitations_to(
    *, campaign_ids: Sequence[UUID], limit: int
) -> dict[UUID, list[CampaignInvitationRecord]]:
    """For their employers alone: of each campaign, newest first."""
    found: dict[UUID, list[CampaignInvitationRecord]] = {each: [] for each in campaign_ids}
    for row in await fetch(_INVITED, list(campaign_ids), limit):
        found[row["campaign_id"]].append(
            CampaignInvitationRecord(
                worker_id=row["worker_id"],
                state=CampaignInvitationState(row["state"]),
                invited_at=row["invited_at"],
            )
        )
    return found


async def _ranked(worker_id: UUID, *, on: date, where: Condition | None) -> list[MatchRecord]:
    """All running campaigns of others, best first."""
    profile = await _profile(worker_id)
    by_chance = explores(worker_id=worker_id, decided_count=profile.decided_count, on=on)
    parameters = Parameters([RateKind.HOURLY_MINIMUM.value, on, worker_id])
    sql = _OFFERS + _RUNNING
    if where is not None:
        sql += f" and ({compiled(where, OPEN.filters, parameters)})"
    offers = map(_offer, await fetch(sql, *parameters.values))
    ranked = [
        MatchRecord(
            campaign_id=offer.campaign_id,
            on=on,
            score=_score(offer, profile, on=on, by_chance=by_chance),
            tie=tie(worker_id=worker_id, campaign_id=offer.campaign_id, on=on),
        )
        for offer in offers
    ]
    return sorted(ranked, key=lambda each: each.keys, reverse=True)


def _score(offer: Offer, profile: Profile, *, on: date, by_chance: bool) -> int:
    """By chance comes what the worker is not invited to."""
    terms = terms_of(offer, profile, on=on)
    return score({MatchTerm.INVITATION: terms[MatchTerm.INVITATION]} if by_chance else terms)


async def _claimable(
    candidates: Sequence[MatchRecord], worker_id: UUID, *, now: datetime
) -> AsyncIterator[MatchRecord]:
    """Asked in batches that grow: a page rarely needs more than one."""
    start, size = 0, FIRST_BATCH
    while start < len(candidates):
        batch = candidates[start : start + size]
        facts = await claim_facts(
            campaign_ids=[each.campaign_id for each in batch],
            worker_id=worker_id,
            task_id=None,
            now=now,
        )
        for each in batch:
            if each.campaign_id in facts and not claim_reasons(facts[each.campaign_id]):
                yield each
        start, size = start + size, min(size * 4, BATCH_MAX)


async def _profile(worker_id: UUID) -> Profile:
    decided = {row["category"]: row for row in await fetch(_DECIDED, worker_id)}
    rated = {row["category"]: row for row in await fetch(_RATED, worker_id)}
    standings = {
        category: Standing(
            *(
                sum(rows[category][side] for rows in (decided, rated) if category in rows)
                for side in ("good", "bad")
            )
        )
        for category in decided | rated
    }
    liked = await fetch_row(_LIKED, worker_id)
    assert liked is not None
    return Profile(
        worker_id=worker_id,
        decided_count=sum(row["good"] + row["bad"] for row in decided.values()),
        standings=standings,
        words=frozenset(category for category, row in decided.items() if row["good"])
        | frozenset(liked["languages"]),
        interests=frozenset(liked["interests"]),
        invited_to=frozenset(liked["invited_to"]),
    )


def _offer(row: Mapping[str, Any]) -> Offer:
    return Offer(
        campaign_id=row["id"],
        category=row["category"],
        branches=branches_of(row["category_slug"]),
        languages=frozenset(row["languages"]),
        hourly_micros=row["hourly_micros"],
        minimum_micros=row["minimum_micros"],
        employer=Standing(row["employer_good"], row["employer_bad"]),
        published_at=row["published_at"],
    )


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
