"""What was decided about campaigns and said of them, and which of them wait for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns.queries.campaigns import CAMPAIGN_COLUMNS, CampaignRecord, campaign_record
from domain.campaigns.rules import (
    CampaignEvent,
    CampaignParty,
    DeclineReason,
    PauseReason,
    ReportReason,
)
from domain.database import fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """Something the platform or the owner said about a campaign; never who of the staff."""

    campaign_id: UUID
    event: CampaignEvent
    party: CampaignParty
    pause_reason: PauseReason | None
    decline_reason: DeclineReason | None
    text: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """What a member said of a campaign; who it was stays inside."""

    reason: ReportReason
    text: str
    at: datetime


DECISION_COUNT_MAX: Final = 10
_DECISIONS: Final = """
    select d.campaign_id, d.event, d.party, d.pause_reason, d.decline_reason, d.text, d.at
    from unnest($1::uuid[]) as wanted (id)
    cross join lateral (select * from campaign_decision d where d.campaign_id = wanted.id
                        order by d.position desc limit $2) d
    order by d.campaign_id, d.position desc
"""
QUEUE_MAX: Final = 20
REPORT_COUNT_MAX: Final = 10
_QUEUE: Final = f"""
    select {CAMPAIGN_COLUMNS} from campaign
    where state in ('pending_review', 'paused_admin', 'paused_system')
    order by funded_at, id limit $1
"""  # noqa: S608  # our own column list
_REPORTS: Final = """
    select r.campaign_id, r.reason, r.text, r.at
    from unnest($1::uuid[]) as wanted (id)
    cross join lateral (select * from campaign_report r where r.campaign_id = wanted.id
                        order by r.at desc, r.reporter_id limit $2) r
    order by r.campaign_id, r.at desc
"""


async def campaign_queue() -> list[CampaignRecord]:
    """What waits for a person, the first funded first. Ask for staff only."""
    return [campaign_record(row) for row in await fetch(_QUEUE, QUEUE_MAX)]


async def campaigns_for_staff(*, ids: Sequence[UUID]) -> dict[UUID, CampaignRecord]:
    """Whatever their state. Ask for staff only."""
    sql = f"select {CAMPAIGN_COLUMNS} from campaign where id = any($1)"  # noqa: S608
    return {row["id"]: campaign_record(row) for row in await fetch(sql, list(ids))}


async def reports_of(*, campaign_ids: Sequence[UUID]) -> dict[UUID, list[ReportRecord]]:
    """The newest first, at most 10 of each. Ask for staff only."""
    found: dict[UUID, list[ReportRecord]] = {campaign_id: [] for campaign_id in campaign_ids}
    for row in await fetch(_REPORTS, list(campaign_ids), REPORT_COUNT_MAX):
        found[row["campaign_id"]].append(
            ReportRecord(ReportReason(row["reason"]), row["text"], row["at"])
        )
    return found


async def decisions_of(*, campaign_ids: Sequence[UUID]) -> dict[UUID, list[DecisionRecord]]:
    """The newest first. Ask only for campaigns whose owner, or staff, is asking."""
    found: dict[UUID, list[DecisionRecord]] = {campaign_id: [] for campaign_id in campaign_ids}
    for row in await fetch(_DECISIONS, list(campaign_ids), DECISION_COUNT_MAX):
        found[row["campaign_id"]].append(
            DecisionRecord(
                campaign_id=row["campaign_id"],
                event=CampaignEvent(row["event"]),
                party=CampaignParty(row["party"]),
                pause_reason=PauseReason(row["pause_reason"]) if row["pause_reason"] else None,
                decline_reason=DeclineReason(row["decline_reason"])
                if row["decline_reason"]
                else None,
                text=row["text"],
                at=row["at"],
            )
        )
    return found
