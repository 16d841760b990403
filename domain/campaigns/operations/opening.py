"""Opening a campaign to workers, and closing it for a while."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.campaigns.operations.rows import lock_own_campaign, move_campaign
from domain.campaigns.rules import CampaignEvent
from domain.database import execute, one_transaction
from domain.errors import InvalidInput


@one_transaction
async def publish_campaign(
    *, employer_id: UUID, campaign_id: UUID, ends_at: datetime | None, now: datetime
) -> None:
    """Open a funded campaign to workers. Refuses with `NotFound` or `InvalidTransition`."""
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if ends_at is not None and ends_at <= now:
        raise InvalidInput("the end lies in the past", path=("ends_at",))
    await move_campaign(campaign=campaign, event=CampaignEvent.PUBLISH)
    await execute(
        "update campaign set published_at = $2, ends_at = $3 where id = $1",
        campaign_id,
        now,
        ends_at,
    )


@one_transaction
async def pause_campaign(*, employer_id: UUID, campaign_id: UUID) -> None:
    """No new claims for now; live claims and reviews go on."""
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    await move_campaign(campaign=campaign, event=CampaignEvent.PAUSE)


@one_transaction
async def resume_campaign(*, employer_id: UUID, campaign_id: UUID) -> None:
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    await move_campaign(campaign=campaign, event=CampaignEvent.RESUME)
