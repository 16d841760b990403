"""What would become of a campaign: it is funded and published in earnest, and all is taken back."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from domain.campaigns.operations.fund import price_places, set_aside
from domain.campaigns.operations.opening import open_campaign
from domain.campaigns.operations.rows import lock_own_campaign
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import CampaignState
from domain.database import current_transaction, one_transaction
from domain.errors import Refused
from domain.given import NewId
from domain.money import Money

Result = TypeVar("Result")
KIND: Final = "campaign.funded"


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """`state`: what it would have; None where something stands in the way."""

    refusals: tuple[Refused, ...]
    cost: Money | None
    state: CampaignState | None


class _TakenBack(Exception):
    """No error: it ends the transaction without a trace."""

    def __init__(self, found: DryRun) -> None:
        super().__init__("taken back")
        self.found = found


async def dry_run_campaign(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    starts_at: datetime | None,
    ends_at: datetime | None,
    new_id: NewId,
    now: datetime,
) -> DryRun:
    """What `fund_campaign`, unless it is funded, and `publish_campaign` would answer now. Too
    little money does not hide what else is in the way. Refuses with `NotFound`.
    """
    try:
        await _run(
            employer_id=employer_id,
            campaign_id=campaign_id,
            starts_at=starts_at,
            ends_at=ends_at,
            new_id=new_id,
            now=now,
        )
    except _TakenBack as end:
        return end.found
    raise AssertionError("unreachable")


@one_transaction
async def _run(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    starts_at: datetime | None,
    ends_at: datetime | None,
    new_id: NewId,
    now: datetime,
) -> None:
    campaign = await lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    refusals: list[Refused] = []
    cost: Money | None = campaign.whole_price
    if campaign.state is CampaignState.DRAFT:
        cost = await _fund(campaign, refusals, new_id, now)
    state = None
    if cost is not None:
        opening = open_campaign(
            employer_id=employer_id,
            campaign_id=campaign_id,
            starts_at=starts_at,
            ends_at=ends_at,
            now=now,
        )
        state = await _attempt(opening, refusals)
    found = DryRun(refusals=tuple(refusals), cost=cost, state=None if refusals else state)
    raise _TakenBack(found)


async def _fund(
    campaign: CampaignRecord, refusals: list[Refused], new_id: NewId, now: datetime
) -> Money | None:
    pricing = price_places(
        employer_id=campaign.employer_id, campaign_id=campaign.id, new_id=new_id, now=now
    )
    priced = await _attempt(pricing, refusals)
    if priced is None:
        return None
    _, cost = priced
    count = campaign.place_count
    paying = set_aside(
        campaign=campaign,
        cost=cost,
        place_count=count,
        kind=KIND,
        key=f"campaign:{campaign.id}:funded",
        new_id=new_id,
        now=now,
    )
    await _attempt(paying, refusals)
    return Money(count * cost.total.micros, cost.total.currency)


async def _attempt(step: Awaitable[Result], refusals: list[Refused]) -> Result | None:
    """In a savepoint, so that the next step finds what was before a refusal."""
    current = current_transaction()
    assert current is not None
    try:
        async with current.partial():
            return await step
    except Refused as refusal:
        refusals.append(refusal)
        return None
