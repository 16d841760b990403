"""What rules of ours and staff do to a campaign, and how its owner answers."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns.operations.rows import lock_campaign, lock_own_campaign, move_campaign
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import (
    ACKNOWLEDGED,
    CampaignEvent,
    CampaignParty,
    DeclineReason,
    PauseReason,
    next_state,
)
from domain.database import execute, fetch, in_transaction, one_transaction
from domain.errors import NotAllowed
from domain.members import queries as members
from domain.members.rules import Role
from domain.texts import require_grounds


async def pause_by_system(*, campaign_id: UUID, reason: PauseReason, now: datetime) -> bool:
    """No new claims until the reason is gone. Part of the caller's transaction, which locks the
    campaign before any assignment of it: see `lock_campaign`.

    False where nothing is to be paused: it takes no claims, or is paused already.
    """
    assert in_transaction()
    campaign = await lock_campaign(campaign_id=campaign_id)
    if next_state(campaign.state, CampaignEvent.PAUSE_BY_SYSTEM) is None:
        return False
    await move_campaign(campaign=campaign, event=CampaignEvent.PAUSE_BY_SYSTEM, reason=reason)
    await record(
        campaign,
        CampaignEvent.PAUSE_BY_SYSTEM,
        CampaignParty.SYSTEM,
        pause_reason=reason,
        now=now,
    )
    return True


_TAKING_CLAIMS: Final = """
    select id from campaign
    where employer_id = $1 and currency = $2 and state in ('running', 'exhausted') order by id
"""


@one_transaction
async def pause_for_low_escrow(*, employer_id: UUID, currency: str, now: datetime) -> int:
    """A provider takes back money that already lies in escrow: no more of it is promised until
    staff have looked. What was claimed is honoured and paid. How many were paused.
    """
    paused = 0
    for row in await fetch(_TAKING_CLAIMS, employer_id, currency):
        paused += await pause_by_system(
            campaign_id=row["id"], reason=PauseReason.LOW_ESCROW, now=now
        )
    return paused


@one_transaction
async def acknowledge_pause(
    *, employer_id: UUID, campaign_id: UUID, text: str, now: datetime
) -> None:
    """The owner says what was put right, and claims are taken again.

    Refuses with `InvalidInput`, `NotFound`, `InvalidTransition`, or `NotAllowed` for a reason
    that a person of the platform has to look at.
    """
    require_grounds(text)
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    if campaign.pause_reason is not None and campaign.pause_reason not in ACKNOWLEDGED:
        raise NotAllowed("staff look at this pause")
    event = CampaignEvent.ACKNOWLEDGE
    await move_campaign(campaign=campaign, event=event)
    await record(
        campaign, event, CampaignParty.OWNER, text=text.strip(), actor_id=employer_id, now=now
    )


@one_transaction
async def clear_campaign(*, staff_id: UUID, campaign_id: UUID, text: str, now: datetime) -> None:
    """Staff looked at a pause and let claims in again.

    Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or `InvalidTransition`.
    """
    await require_staff(staff_id)
    require_grounds(text)
    campaign = await lock_campaign(campaign_id=campaign_id)
    require_stranger(campaign, staff_id)
    event = CampaignEvent.CLEAR
    await move_campaign(campaign=campaign, event=event)
    await record(
        campaign, event, CampaignParty.STAFF, text=text.strip(), actor_id=staff_id, now=now
    )


_RECORD: Final = """
    insert into campaign_decision
        (campaign_id, position, event, party, pause_reason, decline_reason, text, actor_id, at)
    select $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5, $6, $7, $8
    from campaign_decision where campaign_id = $1
"""


async def record(
    campaign: CampaignRecord,
    event: CampaignEvent,
    party: CampaignParty,
    *,
    pause_reason: PauseReason | None = None,
    decline_reason: DeclineReason | None = None,
    text: str | None = None,
    actor_id: UUID | None = None,
    now: datetime,
) -> None:
    """A line that the owner can read, on a campaign that the caller has locked."""
    assert in_transaction()
    await execute(
        _RECORD,
        campaign.id,
        event.value,
        party.value,
        None if pause_reason is None else pause_reason.value,
        None if decline_reason is None else decline_reason.value,
        text,
        actor_id,
        now,
    )


async def require_staff(member_id: UUID) -> None:
    await members.require_role(member_id=member_id, role=Role.STAFF)


def require_stranger(campaign: CampaignRecord, staff_id: UUID) -> None:
    if campaign.employer_id == staff_id:
        raise NotAllowed("nobody decides on a campaign of their own")
