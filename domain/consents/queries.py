"""Which versions of policies there are, and who has agreed to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.consents.rules import DataRegion, PolicyKind, PolicyState, PolicyText, policy_state
from domain.database import fetch, fetch_value


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersionRecord:
    id: UUID
    kind: PolicyKind
    version: int
    texts: tuple[PolicyText, ...]
    note: str
    is_material: bool
    data_regions: tuple[DataRegion, ...]
    posted_at: datetime | None
    effective_at: datetime
    state: PolicyState


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    version_id: UUID
    language: str
    data_regions: tuple[DataRegion, ...]
    given_at: datetime


NEXT_EFFECTIVE_AT: Final = """
    (select n.effective_at from policy_version n
     where n.kind = {row}.kind and n.version = {row}.version + 1 and n.posted_at is not null)
"""
# What is posted is everybody's, a draft is for staff.
VISIBLE: Final = """
    ({row}.posted_at is not null or exists (
        select from member m where m.id = {viewer} and 'staff' = any(m.roles)))
"""
_VERSIONS: Final = f"""
    select p.*, {NEXT_EFFECTIVE_AT.format(row="p")} as next_effective_at from policy_version p
"""  # noqa: S608  # our own words
_BY_ID: Final = f"{_VERSIONS} where p.id = any($1) and {VISIBLE.format(row='p', viewer='$2')}"
# In force, or announced.
_CURRENT: Final = f"""
    {_VERSIONS} where p.posted_at is not null
    and coalesce({NEXT_EFFECTIVE_AT.format(row="p")} > $1, true)
    order by p.kind, p.version limit $2
"""
_ALL: Final = f"""
    {_VERSIONS} where p.kind = $1 and p.posted_at is not null order by p.version desc limit $2
"""
_DRAFTS: Final = f"{_VERSIONS} where p.posted_at is null order by p.kind limit $1"
# The newest version to be agreed to, in force or announced, is as good as all before it.
_ASKED: Final = f"""
    {_VERSIONS} where p.posted_at is not null and p.is_material
    and not exists (
        select from policy_version n where n.kind = p.kind and n.posted_at is not null
        and n.is_material and n.version > p.version and n.effective_at <= $2)
    and not exists (
        select from consent c join policy_version v on v.id = c.version_id
        where c.member_id = $1 and v.kind = p.kind and v.version >= p.version)
    order by p.effective_at, p.kind, p.version limit $3
"""  # noqa: S608  # our own words
_OF_MEMBER: Final = """
    select version_id, language, data_regions, given_at from consent where member_id = $1
    order by given_at desc, version_id limit $2
"""


async def policy_versions_by_id(
    *, ids: Sequence[UUID], viewer_id: UUID | None, now: datetime
) -> dict[UUID, PolicyVersionRecord]:
    rows = await fetch(_BY_ID, list(ids), viewer_id)
    return {row["id"]: _version(row, now) for row in rows}


async def current_policies(*, now: datetime, limit: int) -> list[PolicyVersionRecord]:
    """In force and announced."""
    return [_version(row, now) for row in await fetch(_CURRENT, now, limit)]


async def versions_of(*, kind: PolicyKind, now: datetime, limit: int) -> list[PolicyVersionRecord]:
    """All that were posted, the newest first."""
    return [_version(row, now) for row in await fetch(_ALL, kind.value, limit)]


async def policy_drafts(*, now: datetime, limit: int) -> list[PolicyVersionRecord]:
    """What waits for a second person; ask for staff only."""
    return [_version(row, now) for row in await fetch(_DRAFTS, limit)]


async def policies_asked(
    *, member_id: UUID, now: datetime, limit: int
) -> list[PolicyVersionRecord]:
    """What the member has not agreed to: first what is in force, then what is announced."""
    return [_version(row, now) for row in await fetch(_ASKED, member_id, now, limit)]


async def lacks_consent(*, member_id: UUID, now: datetime) -> bool:
    """The same function judges claims."""
    found: bool = await fetch_value("select lacks_consent($1, $2)", member_id, now)
    return found


async def consents_of(*, member_id: UUID, limit: int) -> list[ConsentRecord]:
    """Newest first."""
    return [
        ConsentRecord(
            version_id=row["version_id"],
            language=row["language"],
            data_regions=_regions(row),
            given_at=row["given_at"],
        )
        for row in await fetch(_OF_MEMBER, member_id, limit)
    ]


def texts_of(languages: Sequence[str], texts: Sequence[str]) -> tuple[PolicyText, ...]:
    return tuple(PolicyText(*each) for each in zip(languages, texts, strict=True))


def _version(row: Mapping[str, Any], now: datetime) -> PolicyVersionRecord:
    return PolicyVersionRecord(
        id=row["id"],
        kind=PolicyKind(row["kind"]),
        version=row["version"],
        texts=texts_of(row["languages"], row["texts"]),
        note=row["note"],
        is_material=row["is_material"],
        data_regions=_regions(row),
        posted_at=row["posted_at"],
        effective_at=row["effective_at"],
        state=policy_state(
            posted_at=row["posted_at"],
            effective_at=row["effective_at"],
            next_effective_at=row["next_effective_at"],
            now=now,
        ),
    )


def _regions(row: Mapping[str, Any]) -> tuple[DataRegion, ...]:
    return tuple(DataRegion(each) for each in row["data_regions"])
