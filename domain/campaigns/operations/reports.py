"""Members report a campaign; enough of them, or staff, stop it until staff have looked (P4)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns.operations.oversight import (
    record,
    require_staff,
    require_stranger,
)
from domain.campaigns.operations.rows import lock_campaign, move_campaign
from domain.campaigns.queries import CampaignRecord, campaigns_by_id
from domain.campaigns.rules import (
    PAUSING_REPORTS,
    CampaignEvent,
    CampaignParty,
    PauseReason,
    ReportReason,
    next_state,
)
from domain.database import execute, fetch_value, in_transaction, one_transaction
from domain.errors import NotAllowed, NotFound
from domain.rates import queries as rates
from domain.rates.rules import RateKind
from domain.texts import require_grounds

_REPORT: Final = """
    insert into campaign_report (campaign_id, reporter_id, reason, text, at)
    values ($1, $2, $3, $4, $5) on conflict (campaign_id, reporter_id) do nothing
"""
# What staff have looked at already does not stop it again.
_COUNT: Final = """
    select count(*) from campaign_report r
    where r.campaign_id = $1 and r.reason = any($2) and r.at > coalesce(
        (select max(at) from campaign_decision where campaign_id = $1 and event = 'clear'),
        '-infinity')
"""


@one_transaction
async def report_campaign(
    *, reporter_id: UUID, campaign_id: UUID, reason: ReportReason, text: str, now: datetime
) -> None:
    """A member says what is wrong with a campaign, once; the first word counts.

    Refuses with `InvalidInput`, `NotFound`, or `NotAllowed` to its own employer.
    """
    require_grounds(text)
    seen = await campaigns_by_id(ids=[campaign_id], viewer_id=reporter_id, now=now)
    if campaign_id not in seen:
        raise NotFound("no such campaign")
    campaign = await lock_campaign(campaign_id=campaign_id)
    if campaign.employer_id == reporter_id:
        raise NotAllowed("nobody reports a campaign of their own")
    added = await execute(_REPORT, campaign_id, reporter_id, reason.value, text.strip(), now)
    if added and reason in PAUSING_REPORTS:
        await _pause_when_enough(campaign, now)


@one_transaction
async def suspend_campaign(*, staff_id: UUID, campaign_id: UUID, text: str, now: datetime) -> None:
    """Staff stop new claims until `clear_campaign`; live claims go on.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    await require_staff(staff_id)
    require_grounds(text)
    campaign = await lock_campaign(campaign_id=campaign_id)
    require_stranger(campaign, staff_id)
    event, reason = CampaignEvent.SUSPEND, PauseReason.STAFF
    await move_campaign(campaign=campaign, event=event, reason=reason)
    await record(
        campaign,
        event,
        CampaignParty.STAFF,
        pause_reason=reason,
        text=text.strip(),
        actor_id=staff_id,
        now=now,
    )


async def begin_block(
    *, staff_id: UUID, campaign_id: UUID, text: str, now: datetime
) -> CampaignRecord:
    """The campaign's own part of `block_campaign`, whose transaction it is in.

    Refuses as `suspend_campaign`.
    """
    assert in_transaction()
    await require_staff(staff_id)
    require_grounds(text)
    campaign = await lock_campaign(campaign_id=campaign_id)
    require_stranger(campaign, staff_id)
    event = CampaignEvent.BLOCK
    await execute("update campaign set blocked_at = $2 where id = $1", campaign_id, now)
    await move_campaign(campaign=campaign, event=event)
    await record(
        campaign, event, CampaignParty.STAFF, text=text.strip(), actor_id=staff_id, now=now
    )
    return campaign


async def _pause_when_enough(campaign: CampaignRecord, now: datetime) -> None:
    if next_state(campaign.state, CampaignEvent.SUSPEND) is None:
        return
    counted = await fetch_value(_COUNT, campaign.id, sorted(each.value for each in PAUSING_REPORTS))
    needed = await rates.count_of(kind=RateKind.CAMPAIGN_REPORTS, scope="*", on=now.date())
    if counted < needed:
        return
    event, reason = CampaignEvent.SUSPEND, PauseReason.REPORTS
    await move_campaign(campaign=campaign, event=event, reason=reason)
    await record(campaign, event, CampaignParty.SYSTEM, pause_reason=reason, now=now)
