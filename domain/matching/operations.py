"""What the clock counts before workers are offered anything; and invitations to campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from domain.access.operations.limits import take
from domain.campaigns.operations import lock_own_campaign
from domain.database import execute, fetch, fetch_row, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.matching.rules import (
    INVITED_COUNT_MAX,
    INVITING_STATES,
    RECORD_COUNT_MAX,
    STARS_BAD_MAX,
    STARS_GOOD_MIN,
    CampaignInvitationEvent,
    CampaignInvitationState,
    InviteResult,
    invite_limits,
    next_state,
)

SWEEP_COUNT_MAX: Final = 1_000
_COUNT: Final = f"""
    with campaigns as (
        select c.id, c.employer_id from campaign c
        where c.state = 'running'
          and not exists (select from campaign_standing s
                          where s.campaign_id = c.id and s.on_day >= $1)
        order by c.id limit $2
    ), employers as (
        select e.id, work.good + rated.good as good, work.bad + rated.bad as bad
        from (select distinct employer_id as id from campaigns) e
        cross join lateral (
            select count(*) filter (where state <> 'closed_rejected')::int as good,
                   count(*) filter (where state = 'closed_rejected')::int as bad
            from (select a.state from campaign own join assignment a on a.campaign_id = own.id
                  where own.employer_id = e.id
                    and a.state in ('approved', 'partly_approved', 'closed_rejected')
                  order by a.decided_at desc limit {RECORD_COUNT_MAX}) decided
        ) work
        cross join lateral (
            select count(*) filter (where stars >= {STARS_GOOD_MIN})::int as good,
                   count(*) filter (where stars <= {STARS_BAD_MAX})::int as bad
            from (select r.stars from rating r join assignment a on a.id = r.assignment_id
                  where r.subject_id = e.id and r.state = 'visible' and r.author_id = a.worker_id
                  order by r.visible_at desc limit {RECORD_COUNT_MAX}) visible
        ) rated
    )
    insert into campaign_standing (campaign_id, on_day, hourly_micros, employer_good, employer_bad)
    select c.id, $1, w.hourly_micros, e.good, e.bad
    from campaigns c join employers e on e.id = c.employer_id
    left join lateral campaign_wage(c.id) w on true
    on conflict (campaign_id) do update
    set on_day = excluded.on_day, hourly_micros = excluded.hourly_micros,
        employer_good = excluded.employer_good, employer_bad = excluded.employer_bad
"""  # noqa: S608  # our own numbers


@one_transaction
async def count_standings(*, now: datetime) -> int:
    """Once a day for each running campaign, so that a day's order stays as it is; how many."""
    return await execute(_COUNT, now.astimezone(UTC).date(), SWEEP_COUNT_MAX)


# Whose work was paid, at least in part, or who is on the list; and who has claimed there already.
_KNOWN: Final = """
    select asked.id, exists (select from assignment a
                             where a.campaign_id = $2 and a.worker_id = asked.id) as has_claimed
    from unnest($1::uuid[]) as asked (id)
    where exists (select from member_mark m where m.owner_id = $3 and m.member_id = asked.id
                    and m.mark = 'favourite')
       or exists (select from assignment a join campaign c on c.id = a.campaign_id
                  where a.worker_id = asked.id and c.employer_id = $3
                    and a.state in ('approved', 'partly_approved'))
"""
_INVITE: Final = """
    insert into campaign_invitation (campaign_id, worker_id, state, invited_at, is_told)
    select $1, asked.id, 'open', $3, false from unnest($2::uuid[]) as asked (id)
    on conflict (campaign_id, worker_id) do update
    set state = excluded.state, invited_at = excluded.invited_at, is_told = false
    where campaign_invitation.state = 'ended'
    returning worker_id
"""


async def invite_workers(
    *, employer_id: UUID, campaign_id: UUID, worker_ids: Sequence[UUID], now: datetime
) -> dict[UUID, InviteResult]:
    """To a campaign of one's own that is funded and not over; each is told once it runs.

    The answer is the same whether or not they may claim, are suspended or have blocked the
    employer. Refuses with `InvalidInput`, `NotFound`, `InvalidTransition` or `TooManyAttempts`.
    """
    if not 1 <= len(worker_ids) <= INVITED_COUNT_MAX:
        raise InvalidInput(f"1 to {INVITED_COUNT_MAX} members", path=("member_ids",))
    await take(invite_limits(employer_id.hex))
    return await _invite(
        employer_id=employer_id, campaign_id=campaign_id, worker_ids=worker_ids, now=now
    )


@one_transaction
async def _invite(
    *, employer_id: UUID, campaign_id: UUID, worker_ids: Sequence[UUID], now: datetime
) -> dict[UUID, InviteResult]:
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.state not in INVITING_STATES:
        raise InvalidTransition(
            subject="the campaign", state=campaign.state, event=CampaignInvitationEvent.INVITE
        )
    found = await fetch(_KNOWN, list(worker_ids), campaign_id, employer_id)
    has_claimed = {row["id"]: row["has_claimed"] for row in found}
    wanted = sorted({key for key, has in has_claimed.items() if not has})
    invited = {row["worker_id"] for row in await fetch(_INVITE, campaign_id, wanted, now)}
    await execute("select tell_invited($1)", campaign_id)

    def result_of(worker_id: UUID) -> InviteResult:
        if worker_id in invited:
            return InviteResult.INVITED
        if worker_id not in has_claimed:
            return InviteResult.NOT_KNOWN
        claimed = has_claimed[worker_id]
        return InviteResult.HAS_CLAIMED if claimed else InviteResult.ALREADY_INVITED

    return {each: result_of(each) for each in worker_ids}


_LOCK: Final = """
    select i.state from campaign_invitation i join campaign c on c.id = i.campaign_id
    where i.campaign_id = $1 and i.worker_id = $2 and c.published_at is not null
      and not is_blocked(c.employer_id, i.worker_id)
    for update of i
"""


@one_transaction
async def decline_invitation(*, worker_id: UUID, campaign_id: UUID) -> None:
    """The worker is not invited to it again. Refuses with `NotFound`, also where one of both has
    blocked the other, or `InvalidTransition`.
    """
    row = await fetch_row(_LOCK, campaign_id, worker_id)
    if row is None:
        raise NotFound("no such invitation")
    state = CampaignInvitationState(row["state"])
    target = next_state(state, CampaignInvitationEvent.DECLINE)
    if target is None:
        raise InvalidTransition(
            subject="the invitation", state=state, event=CampaignInvitationEvent.DECLINE
        )
    await execute(
        "update campaign_invitation set state = $3 where campaign_id = $1 and worker_id = $2",
        campaign_id,
        worker_id,
        target.value,
    )
