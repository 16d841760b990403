"""Campaigns themselves, their lists and their instructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.campaigns.queries.audience import FOUND, VISIBLE, said_of
from domain.campaigns.rules import (
    AnnotationLicence,
    CampaignState,
    Category,
    CheckQuestion,
    Clause,
    ContentRating,
    DataPurpose,
    DataUse,
    Difficulty,
    Guard,
    PauseReason,
    Price,
    Proof,
    Schedule,
    SurveyQuestion,
    Visibility,
    WorkMode,
)
from domain.categories.rules import is_within
from domain.database import fetch, fetch_row
from domain.errors import NotFound
from domain.filters import Column, Condition, Kind, money_columns
from domain.money import Money
from domain.paging import NO_PARENT, Count, Listing, Page, count_rows, read_pages


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
    blocked_at: datetime | None
    pause_reason: PauseReason | None
    content_rating: ContentRating
    guard: Guard
    visibility: Visibility
    difficulty: Difficulty
    starts_at: datetime | None
    schedule: Schedule
    estimated_seconds: int | None
    collects_contacts: bool
    approves_by_rule: bool
    work_mode: WorkMode
    data_use: DataUse
    category_slug: str

    @property
    def whole_price(self) -> Money:
        """Of all places."""
        each = self.price.total
        return Money(each.micros * self.place_count, each.currency)


@dataclass(frozen=True, slots=True)
class InstructionRecord:
    campaign_id: UUID
    version: int
    text: str
    clauses: tuple[Clause, ...]
    proofs: tuple[Proof, ...]
    questions: tuple[CheckQuestion, ...]
    survey: tuple[SurveyQuestion, ...]
    created_at: datetime


CAMPAIGN_COLUMNS: Final = """
    id, employer_id, state, title, category, currency, reward_micros, fee_micros, vat_micros,
    claim_minutes, review_days, revision_count_max, per_worker_max, instruction_version,
    place_count, created_at, funded_at, published_at, ends_at, finished_at, blocked_at,
    pause_reason, content_rating, guard, visibility, difficulty, starts_at, daily_from_hour,
    daily_to_hour, day_claim_max, country_share_max, estimated_seconds, collects_contacts,
    approves_by_rule, category_slug, work_mode, data_purpose, data_details, data_licence,
    hour_claim_max
"""
_VISIBLE: Final = f"""
    select {CAMPAIGN_COLUMNS} from campaign
    where id = any($1) and ({VISIBLE.format(viewer="$2::uuid", now="$3::timestamptz")})
"""  # noqa: S608  # our own column list
_FILTERS: Final = {
    "state": Column("state"),
    "category": Column("category"),
    "category_slug": Column("category_slug"),
    "currency": Column("currency"),
    "title": Column("title"),
    "content_rating": Column("content_rating"),
    "difficulty": Column("difficulty"),
    "work_mode": Column("work_mode"),
    "employer_id": Column("employer_id", Kind.ID),
    "created_at": Column("created_at", Kind.INSTANT),
    "published_at": Column("published_at", Kind.INSTANT),
    "ends_at": Column("ends_at", Kind.INSTANT),
    **money_columns("reward", micros="reward_micros", currency="currency"),
}
OPEN: Final = Listing(
    columns=CAMPAIGN_COLUMNS,
    source=f"""
        from campaign where state = 'running' and parent.id is not null
        and {said_of(FOUND, campaign="campaign", viewer="$2::uuid", now="$3::timestamptz")}
    """,
    orders={
        "published_at": ("published_at", "id"),
        "reward": ("currency", "reward_micros", "id"),
    },
    filters=_FILTERS,
    row="campaign",
)
OF_EMPLOYER: Final = Listing(
    columns=CAMPAIGN_COLUMNS,
    source="from campaign where employer_id = parent.id",
    orders={"created_at": ("created_at", "id")},
    filters=_FILTERS,
    row="campaign",
)
_OPEN_BY_CATEGORY: Final = f"""
    select category_slug, count(*)::int as number from campaign
    where state = 'running'
      and {said_of(FOUND, campaign="campaign", viewer="$1::uuid", now="$2::timestamptz")}
    group by category_slug
"""  # noqa: S608  # our own condition
_INSTRUCTIONS: Final = """
    select i.campaign_id, i.version, i.text, i.clauses, i.proofs, i.questions, i.survey,
           i.created_at
    from unnest($1::uuid[], $2::int[]) as wanted (campaign_id, version)
    join instruction_version i using (campaign_id, version)
"""


async def campaigns_by_id(
    *, ids: Sequence[UUID], viewer_id: UUID | None, now: datetime
) -> dict[UUID, CampaignRecord]:
    """Those the viewer may see; a foreign draft is as good as absent."""
    rows = await fetch(_VISIBLE, list(ids), viewer_id, now)
    return {row["id"]: campaign_record(row) for row in rows}


async def campaign_of(*, campaign_id: UUID, employer_id: UUID) -> CampaignRecord:
    """The employer's own campaign, or `NotFound`."""
    sql = f"select {CAMPAIGN_COLUMNS} from campaign where id = $1 and employer_id = $2"  # noqa: S608
    row = await fetch_row(sql, campaign_id, employer_id)
    if row is None:
        raise NotFound("no such campaign")
    return campaign_record(row)


async def open_campaigns(
    *, viewer_id: UUID | None, now: datetime, page: Page, where: Condition | None = None
) -> list[CampaignRecord]:
    """Running campaigns that the viewer may find, newest publication first unless the page says
    otherwise.
    """
    found = await read_pages(
        OPEN, parent_ids=[NO_PARENT], page=page, where=where, arguments=[viewer_id, now]
    )
    return [campaign_record(row) for row in found[NO_PARENT]]


async def campaigns_of(
    *, employer_id: UUID, page: Page, where: Condition | None = None
) -> list[CampaignRecord]:
    """The employer's own, drafts too, newest first."""
    found = await read_pages(OF_EMPLOYER, parent_ids=[employer_id], page=page, where=where)
    return [campaign_record(row) for row in found[employer_id]]


async def count_open_campaigns(
    *,
    parent_ids: Sequence[UUID],
    viewer_id: UUID | None,
    now: datetime,
    where: Condition | None = None,
) -> dict[UUID, Count]:
    """The list has no parent: any one id will do."""
    return await count_rows(OPEN, parent_ids=parent_ids, where=where, arguments=[viewer_id, now])


async def open_counts(
    *, slugs: Sequence[str], viewer_id: UUID | None, now: datetime
) -> dict[str, int]:
    """By category, with all below it: how many the viewer may find."""
    rows = await fetch(_OPEN_BY_CATEGORY, viewer_id, now)
    return {
        slug: sum(row["number"] for row in rows if is_within(row["category_slug"], slug))
        for slug in slugs
    }


async def count_campaigns_of(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    """By employer."""
    return await count_rows(OF_EMPLOYER, parent_ids=parent_ids, where=where)


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
        blocked_at=row["blocked_at"],
        pause_reason=_pause_reason(row["pause_reason"]),
        content_rating=ContentRating(row["content_rating"]),
        guard=Guard(row["guard"]),
        visibility=Visibility(row["visibility"]),
        difficulty=Difficulty(row["difficulty"]),
        starts_at=row["starts_at"],
        schedule=Schedule(
            daily_from_hour=row["daily_from_hour"],
            daily_to_hour=row["daily_to_hour"],
            day_claim_max=row["day_claim_max"],
            hour_claim_max=row["hour_claim_max"],
            country_share_max=row["country_share_max"],
        ),
        estimated_seconds=row["estimated_seconds"],
        collects_contacts=row["collects_contacts"],
        approves_by_rule=row["approves_by_rule"],
        work_mode=WorkMode(row["work_mode"]),
        data_use=data_use_of(row["data_purpose"], row["data_details"], row["data_licence"]),
        category_slug=row["category_slug"],
    )


def data_use_of(purpose: str, details: str | None, licence: str | None) -> DataUse:
    return DataUse(
        purpose=DataPurpose(purpose),
        details=details,
        licence=None if licence is None else AnnotationLicence(licence),
    )


def _pause_reason(value: str | None) -> PauseReason | None:
    return None if value is None else PauseReason(value)


def survey_of(stored: str) -> tuple[SurveyQuestion, ...]:
    """As it stands in the row of a version."""
    return msgspec.json.decode(stored, type=tuple[SurveyQuestion, ...])


def _instructions(row: Mapping[str, Any]) -> InstructionRecord:
    return InstructionRecord(
        campaign_id=row["campaign_id"],
        version=row["version"],
        text=row["text"],
        clauses=msgspec.json.decode(row["clauses"], type=tuple[Clause, ...]),
        proofs=msgspec.json.decode(row["proofs"], type=tuple[Proof, ...]),
        questions=msgspec.json.decode(row["questions"], type=tuple[CheckQuestion, ...]),
        survey=survey_of(row["survey"]),
        created_at=row["created_at"],
    )
