"""Opening a campaign to workers, and closing it for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns.operations.floors import require_floor
from domain.campaigns.operations.hosts import require_open_hosts
from domain.campaigns.operations.rows import lock_own_campaign, move_campaign
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import LEVEL_WITHOUT_CAP, CampaignEvent, CampaignState
from domain.consents.operations import require_consents
from domain.database import execute, fetch_value, in_transaction, one_transaction
from domain.errors import InvalidInput, NotAllowed, Refused
from domain.members import queries as members
from domain.members.operations import require_free
from domain.money import Money
from domain.rates import queries as rates
from domain.rates.rules import RateKind


class EmployerUnverified(Refused):
    """More is on offer than an employer may offer whom nobody has verified (R42)."""

    code = "EMPLOYER_UNVERIFIED"
    argument = "campaign_id"


@one_transaction
async def publish_campaign(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    starts_at: datetime | None = None,
    ends_at: datetime | None,
    now: datetime,
) -> None:
    """Open a funded campaign to workers, or hand it to staff where they look first.

    Refuses with `NotFound`, `InvalidTransition`, `InvalidInput`, `ConsentRequired`,
    `MemberRestricted`, `PriceBelowFloor`, `HostBlocked` or
    `EmployerUnverified`.
    """
    await open_campaign(
        employer_id=employer_id,
        campaign_id=campaign_id,
        starts_at=starts_at,
        ends_at=ends_at,
        now=now,
    )


async def open_campaign(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    starts_at: datetime | None,
    ends_at: datetime | None,
    now: datetime,
) -> CampaignState:
    """`publish_campaign` in the caller's transaction; the state that it has now."""
    assert in_transaction()
    await require_free(member_id=employer_id)
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if ends_at is not None and ends_at <= now:
        raise InvalidInput("the end lies in the past", path=("ends_at",))
    if starts_at is not None and ends_at is not None and starts_at >= ends_at:
        raise InvalidInput("it begins before it ends", path=("starts_at",))
    await require_consents(member_id=employer_id, now=now)
    event = await _publication(campaign, now)
    state = await move_campaign(campaign=campaign, event=event)
    await require_floor(campaign=campaign, reward=campaign.price.reward, now=now)
    await require_open_hosts(campaign=campaign)
    await require_within_cap(campaign=campaign, now=now)
    await execute(
        "update campaign set published_at = $2, ends_at = $3, starts_at = $4 where id = $1",
        campaign_id,
        now if event is CampaignEvent.PUBLISH else None,
        ends_at,
        starts_at,
    )
    return state


_REOPEN: Final = """
    update campaign set finished_at = null, ends_at = $2,
                        published_at = case when $4 then $3 else published_at end
    where id = $1
"""


async def begin_restart(
    *, employer_id: UUID, campaign_id: UUID, ends_at: datetime | None, now: datetime
) -> CampaignRecord:
    """The campaign's own part of `restart_campaign`, whose transaction it is in.

    Refuses as that one.
    """
    assert in_transaction()
    await require_free(member_id=employer_id)
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if ends_at is not None and ends_at <= now:
        raise InvalidInput("the end lies in the past", path=("ends_at",))
    await require_consents(member_id=employer_id, now=now)
    event = CampaignEvent.RESTART
    if campaign.state is CampaignState.FINISHED:
        if campaign.blocked_at is not None:
            raise NotAllowed("staff have ended it for good")
        if await _publication(campaign, now) is CampaignEvent.ASK_REVIEW:
            event = CampaignEvent.ASK_RESTART
    await require_open_hosts(campaign=campaign)
    await move_campaign(campaign=campaign, event=event)
    await execute(_REOPEN, campaign_id, ends_at, now, event is CampaignEvent.RESTART)
    return campaign


@one_transaction
async def pause_campaign(*, employer_id: UUID, campaign_id: UUID) -> None:
    """No new claims for now; live claims and reviews go on."""
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    await move_campaign(campaign=campaign, event=CampaignEvent.PAUSE)


@one_transaction
async def resume_campaign(*, employer_id: UUID, campaign_id: UUID) -> None:
    """Refuses with `NotFound`, `InvalidTransition` or `MemberRestricted`."""
    await require_free(member_id=employer_id)
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    await move_campaign(campaign=campaign, event=CampaignEvent.RESUME)


async def _publication(campaign: CampaignRecord, now: datetime) -> CampaignEvent:
    """What was declined once, or gathers contact data, is always looked at first."""
    if campaign.state is CampaignState.DECLINED or campaign.collects_contacts:
        return CampaignEvent.ASK_REVIEW
    currency = campaign.price.reward.currency
    limit = await rates.limit_of(kind=RateKind.CAMPAIGN_REVIEW, currency=currency, on=now.date())
    is_looked_at = campaign.whole_price.micros > limit.micros
    return CampaignEvent.ASK_REVIEW if is_looked_at else CampaignEvent.PUBLISH


_OFFERED: Final = """
    select coalesce(sum(place_count * greatest(
        reward_micros + fee_micros + vat_micros, place_micros_max)), 0)::bigint
    from campaign
    where employer_id = $1 and currency = $2
      and state not in ('draft', 'funded', 'declined', 'finished', 'archived')
"""


async def require_within_cap(*, campaign: CampaignRecord, now: datetime) -> None:
    """All that is on offer counts, else many small campaigns would get around it.

    Refuses with `EmployerUnverified`.
    """
    employer = (await members.members_by_id(ids=[campaign.employer_id]))[campaign.employer_id]
    if employer.verification_level >= LEVEL_WITHOUT_CAP:
        return
    currency = campaign.price.reward.currency
    offered = Money(await fetch_value(_OFFERED, campaign.employer_id, currency), currency)
    cap = await rates.limit_of(kind=RateKind.UNVERIFIED_EMPLOYER, currency=currency, on=now.date())
    if offered > cap:
        raise EmployerUnverified(f"until you are verified, offer at most {cap} at a time")
