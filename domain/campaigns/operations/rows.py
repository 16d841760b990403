"""The row of a campaign: its lock, and its steps through the state machine."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.campaigns.queries import CAMPAIGN_COLUMNS, CampaignRecord, campaign_record
from domain.campaigns.rules import CampaignEvent, CampaignState, PauseReason, next_state
from domain.database import execute, fetch_row, in_transaction
from domain.errors import InvalidTransition, NotFound

# Not the stronger `for update`: a claim has locked its task when its foreign key asks for the
# campaign, and a stop holds the campaign when it asks for the task.
_LOCK_OWN: Final = f"""
    select {CAMPAIGN_COLUMNS} from campaign where id = $1 and employer_id = $2 for no key update
"""  # noqa: S608  # our own column list
_LOCK: Final = f"select {CAMPAIGN_COLUMNS} from campaign where id = $1 for no key update"  # noqa: S608


async def lock_campaign(*, campaign_id: UUID) -> CampaignRecord:
    """For staff and for rules of ours, whoever owns it. Comes before the lock of an assignment."""
    assert in_transaction()
    row = await fetch_row(_LOCK, campaign_id)
    if row is None:
        raise NotFound("no such campaign")
    return campaign_record(row)


async def lock_own_campaign(*, campaign_id: UUID, employer_id: UUID) -> CampaignRecord:
    """The first lock of the global order. Another employer's campaign is `NotFound`."""
    assert in_transaction()
    row = await fetch_row(_LOCK_OWN, campaign_id, employer_id)
    if row is None:
        raise NotFound("no such campaign")
    return campaign_record(row)


async def move_campaign(
    *, campaign: CampaignRecord, event: CampaignEvent, reason: PauseReason | None = None
) -> CampaignState:
    """One step of the state machine on a locked row, or `InvalidTransition`.

    `reason` stands on the row as long as the new state lasts.
    """
    assert in_transaction()
    target = next_state(campaign.state, event)
    if target is None:
        raise InvalidTransition(subject="the campaign", state=campaign.state, event=event)
    changed = await execute(
        "update campaign set state = $3, pause_reason = $4 where id = $1 and state = $2",
        campaign.id,
        campaign.state.value,
        target.value,
        None if reason is None else reason.value,
    )
    assert changed == 1, "the campaign row is locked by us"
    return target


async def count_places(*, campaign_id: UUID, added: int) -> None:
    """Keeps the sum that funding is computed from. On a locked campaign."""
    assert in_transaction()
    await execute(
        "update campaign set place_count = place_count + $2 where id = $1", campaign_id, added
    )
