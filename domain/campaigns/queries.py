"""Reads of campaigns. Drafts are their owner's alone; everything published is public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.campaigns.rules import PUBLIC_STATES, CampaignState, Category, Clause, Price
from domain.database import fetch, fetch_row
from domain.errors import NotFound
from domain.money import Money
from domain.paging import Count, Page, fetch_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRecord:
    id: UUID
    employer_id: UUID
    state: CampaignState
    title: str
    category: Category
    price: Price
    claim_minutes: int
    review_days: int
    revision_count_max: int
    per_worker_max: int | None
    instruction_version: int
    place_count: int
    created_at: datetime
    funded_at: datetime | None
    published_at: datetime | None
    ends_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class InstructionRecord:
    campaign_id: UUID
    version: int
    text: str
    clauses: tuple[Clause, ...]
    created_at: datetime


CAMPAIGN_COLUMNS: Final = """
    id, employer_id, state, title, category, currency, reward_micros, fee_micros, vat_micros,
    claim_minutes, review_days, revision_count_max, per_worker_max, instruction_version,
    place_count, created_at, funded_at, published_at, ends_at, finished_at
"""
# One that was stopped before it opened stays its employer's alone.
_VISIBLE: Final = f"""
    select {CAMPAIGN_COLUMNS} from campaign
    where id = any($1)
      and (state = any($3) and published_at is not null or employer_id = $2)
"""  # noqa: S608  # our own column list
_OPEN: Final = f"""
    select {CAMPAIGN_COLUMNS} from campaign
    where state = 'running' and ($1::text[] is null or category = any($1))
      and ($2::text[] is null or currency = any($2))
      and ($3::timestamptz is null or (published_at, id) < ($3, $4))
    order by published_at desc, id desc limit $5
"""  # noqa: S608
_OPEN_BACKWARD: Final = f"""
    select {CAMPAIGN_COLUMNS} from campaign
    where state = 'running' and ($1::text[] is null or category = any($1))
      and ($2::text[] is null or currency = any($2))
      and ($3::timestamptz is null or (published_at, id) > ($3, $4))
    order by published_at, id limit $5
"""  # noqa: S608
_OF_EMPLOYER: Final = f"""
    select {CAMPAIGN_COLUMNS} from campaign
    where employer_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3))
    order by created_at desc, id desc limit $4
"""  # noqa: S608
_OF_EMPLOYER_BACKWARD: Final = f"""
    select {CAMPAIGN_COLUMNS} from campaign
    where employer_id = $1 and ($2::timestamptz is null or (created_at, id) > ($2, $3))
    order by created_at, id limit $4
"""  # noqa: S608
_COUNT_OPEN: Final = """
    from campaign where state = 'running' and parent.id is not null
    and ($2::text[] is null or category = any($2)) and ($3::text[] is null or currency = any($3))
"""
_COUNT_OF_EMPLOYER: Final = "from campaign where employer_id = parent.id"
_INSTRUCTIONS: Final = """
    select i.campaign_id, i.version, i.text, i.clauses, i.created_at
    from unnest($1::uuid[], $2::int[]) as wanted (campaign_id, version)
    join instruction_version i using (campaign_id, version)
"""


async def campaigns_by_id(
    *, ids: Sequence[UUID], viewer_id: UUID | None
) -> dict[UUID, CampaignRecord]:
    """Those the viewer may see; a foreign draft is as good as absent."""
    rows = await fetch(_VISIBLE, list(ids), viewer_id, [state.value for state in PUBLIC_STATES])
    return {row["id"]: campaign_record(row) for row in rows}


async def campaign_of(*, campaign_id: UUID, employer_id: UUID) -> CampaignRecord:
    """The employer's own campaign, or `NotFound`."""
    sql = f"select {CAMPAIGN_COLUMNS} from campaign where id = $1 and employer_id = $2"  # noqa: S608
    row = await fetch_row(sql, campaign_id, employer_id)
    if row is None:
        raise NotFound("no such campaign")
    return campaign_record(row)


async def open_campaigns(
    *,
    categories: Sequence[Category] | None,
    currencies: Sequence[str] | None,
    page: Page,
    oldest_first: bool = False,
) -> list[CampaignRecord]:
    """Running campaigns of any of these kinds by their publication, in page order."""
    sql = _OPEN_BACKWARD if page.backward != oldest_first else _OPEN
    rows = await fetch(sql, _texts(categories), _texts(currencies), page.at, page.id, page.limit)
    found = [campaign_record(row) for row in rows]
    return found[::-1] if page.backward else found


async def campaigns_of(*, employer_id: UUID, page: Page) -> list[CampaignRecord]:
    """The employer's own, drafts too, newest first."""
    sql = _OF_EMPLOYER_BACKWARD if page.backward else _OF_EMPLOYER
    rows = await fetch(sql, employer_id, page.at, page.id, page.limit)
    found = [campaign_record(row) for row in rows]
    return found[::-1] if page.backward else found


async def count_open_campaigns(
    *,
    parent_ids: Sequence[UUID],
    categories: Sequence[Category] | None,
    currencies: Sequence[str] | None,
) -> dict[UUID, Count]:
    """The list has no parent: any one id will do."""
    kinds = [_texts(categories), _texts(currencies)]
    return await fetch_counts(source=_COUNT_OPEN, parent_ids=parent_ids, arguments=kinds)


async def count_campaigns_of(*, parent_ids: Sequence[UUID]) -> dict[UUID, Count]:
    """By employer."""
    return await fetch_counts(source=_COUNT_OF_EMPLOYER, parent_ids=parent_ids)


async def instructions_by_version(
    *, keys: Sequence[tuple[UUID, int]]
) -> dict[tuple[UUID, int], InstructionRecord]:
    """By campaign and version. Ask only for campaigns the viewer was given."""
    rows = await fetch(_INSTRUCTIONS, [key[0] for key in keys], [key[1] for key in keys])
    return {(row["campaign_id"], row["version"]): _instructions(row) for row in rows}


def campaign_record(row: Mapping[str, Any]) -> CampaignRecord:
    currency = row["currency"]
    return CampaignRecord(
        id=row["id"],
        employer_id=row["employer_id"],
        state=CampaignState(row["state"]),
        title=row["title"],
        category=Category(row["category"]),
        price=Price(
            reward=Money(row["reward_micros"], currency),
            fee=Money(row["fee_micros"], currency),
            vat=Money(row["vat_micros"], currency),
        ),
        claim_minutes=row["claim_minutes"],
        review_days=row["review_days"],
        revision_count_max=row["revision_count_max"],
        per_worker_max=row["per_worker_max"],
        instruction_version=row["instruction_version"],
        place_count=row["place_count"],
        created_at=row["created_at"],
        funded_at=row["funded_at"],
        published_at=row["published_at"],
        ends_at=row["ends_at"],
        finished_at=row["finished_at"],
    )


def _texts(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else [str(value) for value in values]


def _instructions(row: Mapping[str, Any]) -> InstructionRecord:
    clauses = msgspec.json.decode(row["clauses"], type=list[dict[str, str]])
    return InstructionRecord(
        campaign_id=row["campaign_id"],
        version=row["version"],
        text=row["text"],
        clauses=tuple(Clause(id=clause["id"], text=clause["text"]) for clause in clauses),
        created_at=row["created_at"],
    )
