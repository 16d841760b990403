"""Adds places to what runs or ran: they move money, and perhaps the price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns import operations as campaigns
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import CampaignEvent
from domain.database import (
    execute,
    fetch,
    one_transaction,
)
from domain.errors import InvalidInput, NotFound
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.members.operations import require_free
from domain.money import Money
from domain.tasks.rules import (
    EXTENSION_MAX,
    PLACE_COUNT_MAX,
    PLACE_TOTAL_MAX,
    TaskState,
)


@dataclass(frozen=True, slots=True)
class Extended:
    campaign_id: UUID
    replayed: bool


_EXTENDED_TASK: Final = """
    select id, place_count_total, state from task
    where campaign_id = $1 and ($2::uuid is null or id = $2) order by position limit 2 for update
"""
# Every task: a place that is claimed meanwhile would be claimed at the price of before.
_OPEN_PLACES: Final = """
    select place_count_open from task where campaign_id = $1 order by id for update
"""
_ADD_PLACES: Final = """
    update task set place_count_total = place_count_total + $2,
                    place_count_open = place_count_open + $2, state = 'open'
    where id = $1
"""


@one_transaction
async def extend_campaign(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    task_id: UUID | None,
    place_count: int,
    reward: Money | None = None,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Extended:
    """So many more places of a task, or of the only one, at the campaign's own price (E2).

    Another `reward` is the price of today for them and for all open places (E2r); claims keep
    theirs. Refuses with `NotFound`, `InvalidTransition`, `InvalidInput`, `MemberRestricted`,
    `EmployerUnverified`, `PriceBelowFloor`, `VatUndecided` or `BalanceTooLow`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return Extended(campaign_id, replayed=True)
    await require_free(member_id=employer_id)
    campaign = await campaigns.lock_own_campaign(campaign_id=campaign_id, employer_id=employer_id)
    await campaigns.move_campaign(campaign=campaign, event=CampaignEvent.EXTEND)
    if reward is None or reward == campaign.price.reward:
        await _buy_places(
            campaign, task_id=task_id, place_count=place_count, new_id=new_id, now=now
        )
    else:
        await _buy_at_new_price(
            campaign,
            reward=reward,
            task_id=task_id,
            place_count=place_count,
            new_id=new_id,
            now=now,
        )
    await idempotency.answer(key=key, result=str(campaign_id))
    return Extended(campaign_id, replayed=False)


@dataclass(frozen=True, slots=True)
class Restarted:
    campaign_id: UUID
    replayed: bool


@one_transaction
async def restart_campaign(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    task_id: UUID | None,
    place_count: int,
    ends_at: datetime | None,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Restarted:
    """So many more places for a finished campaign, at its own price (E2). It runs again, or waits
    for staff where they look first.

    Refuses with `NotFound`, `InvalidTransition`, `InvalidInput`, `NotAllowed` where it was
    blocked, `MemberRestricted`, `ConsentRequired`, `EmployerUnverified` or `BalanceTooLow`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return Restarted(campaign_id, replayed=True)
    campaign = await campaigns.begin_restart(
        employer_id=employer_id, campaign_id=campaign_id, ends_at=ends_at, now=now
    )
    await _buy_places(campaign, task_id=task_id, place_count=place_count, new_id=new_id, now=now)
    await idempotency.answer(key=key, result=str(campaign_id))
    return Restarted(campaign_id, replayed=False)


async def _buy_places(
    campaign: CampaignRecord,
    *,
    task_id: UUID | None,
    place_count: int,
    new_id: NewId,
    now: datetime,
) -> None:
    await _add_places(campaign, task_id=task_id, place_count=place_count)
    await campaigns.require_within_cap(campaign=campaign, now=now)
    await campaigns.set_aside(
        campaign=campaign,
        cost=campaign.price,
        place_count=place_count,
        kind="campaign.extended",
        key=_extension_key(campaign, place_count),
        new_id=new_id,
        now=now,
    )


def _extension_key(campaign: CampaignRecord, place_count: int) -> str:
    """The count only grows, so each time has its own."""
    return f"campaign:{campaign.id}:extended:{campaign.place_count + place_count}"


async def _buy_at_new_price(
    campaign: CampaignRecord,
    *,
    reward: Money,
    task_id: UUID | None,
    place_count: int,
    new_id: NewId,
    now: datetime,
) -> None:
    rows = await fetch(_OPEN_PLACES, campaign.id)
    await _add_places(campaign, task_id=task_id, place_count=place_count)
    await campaigns.reprice(
        campaign=campaign,
        reward=reward,
        open_count=sum(row["place_count_open"] for row in rows),
        added_count=place_count,
        key=_extension_key(campaign, place_count),
        new_id=new_id,
        now=now,
    )
    await campaigns.require_within_cap(campaign=campaign, now=now)


async def _add_places(campaign: CampaignRecord, *, task_id: UUID | None, place_count: int) -> None:
    if not 1 <= place_count <= EXTENSION_MAX:
        raise InvalidInput(f"1 to {EXTENSION_MAX:,} places", path=("place_count",))
    found = await fetch(_EXTENDED_TASK, campaign.id, task_id)
    if not found:
        raise NotFound("no such task")
    if len(found) > 1:
        raise InvalidInput("it has several tasks: name one", path=("task_id",))
    task = found[0]
    if task["state"] == TaskState.AGREED:
        raise InvalidInput("its answers agree: it needs no more", path=("task_id",))
    if task["place_count_total"] + place_count > PLACE_COUNT_MAX:
        raise InvalidInput(f"a task has at most {PLACE_COUNT_MAX:,} places", path=("place_count",))
    if campaign.place_count + place_count > PLACE_TOTAL_MAX:
        message = f"a campaign has at most {PLACE_TOTAL_MAX:,} places"
        raise InvalidInput(message, path=("place_count",))
    await execute(_ADD_PLACES, task["id"], place_count)
    await campaigns.count_places(campaign_id=campaign.id, added=place_count)
