"""Staff look at a campaign before workers do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.campaigns.operations.oversight import (
    record,
    require_staff,
    require_stranger,
)
from domain.campaigns.operations.rows import lock_campaign, move_campaign
from domain.campaigns.rules import CampaignEvent, CampaignParty, DeclineReason
from domain.database import execute, one_transaction
from domain.texts import require_grounds


@one_transaction
async def approve_campaign(*, staff_id: UUID, campaign_id: UUID, now: datetime) -> None:
    """Workers may claim from now on.

    Refuses with `NotAllowed` (no staff, or the campaign's own employer), `NotFound` or
    `InvalidTransition`.
    """
    await require_staff(staff_id)
    campaign = await lock_campaign(campaign_id=campaign_id)
    require_stranger(campaign, staff_id)
    await move_campaign(campaign=campaign, event=CampaignEvent.APPROVE)
    await execute("update campaign set published_at = $2 where id = $1", campaign_id, now)
    await record(campaign, CampaignEvent.APPROVE, CampaignParty.STAFF, actor_id=staff_id, now=now)


@one_transaction
async def decline_campaign(
    *, staff_id: UUID, campaign_id: UUID, reason: DeclineReason, text: str, now: datetime
) -> None:
    """Not as it is; the employer reads why. Its money stays set aside until it is offered again
    or stopped.

    Refuses as `approve_campaign`, and with `InvalidInput`.
    """
    await require_staff(staff_id)
    require_grounds(text)
    campaign = await lock_campaign(campaign_id=campaign_id)
    require_stranger(campaign, staff_id)
    await move_campaign(campaign=campaign, event=CampaignEvent.DECLINE)
    await record(
        campaign,
        CampaignEvent.DECLINE,
        CampaignParty.STAFF,
        decline_reason=reason,
        text=text.strip(),
        actor_id=staff_id,
        now=now,
    )
