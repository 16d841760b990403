"""What finance reads: who issues, how numbers stand, what was refused, how runs go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch, fetch_row
from domain.invoices.rules import Document, DocumentKind, LegalEntity
from domain.money import Money, minor_step

ENTITIES_MAX: Final = 20
SERIES_MAX: Final = 100
DRAFTS_MAX: Final = 40
RUNS_MAX: Final = 20
CHANGES_MAX: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntityRecord:
    id: UUID
    entity: LegalEntity
    has_logo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRecord:
    """`is_gapless` counts what is there: as many documents as numbers taken, 1 to the last."""

    code: str
    kind: DocumentKind
    year: int
    prefix: str
    next_number: int
    document_count: int
    is_gapless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecord:
    id: UUID
    kind: DocumentKind
    counterparty_id: UUID
    net: Money
    gross: Money
    problems: tuple[str, ...]
    checked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    id: UUID
    kind: DocumentKind
    asked_at: datetime
    finished_at: datetime | None
    total_count: int
    issued_count: int
    refused_count: int
    nothing_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerChangeRecord:
    id: UUID
    actor_id: UUID | None
    subject: str
    changed_at: datetime
    before: str | None
    after: str


async def legal_entities() -> list[LegalEntityRecord]:
    """By code, at most `ENTITIES_MAX`."""
    rows = await fetch(
        "select * from legal_entity order by code limit $1",
        ENTITIES_MAX,
    )
    return [_entity(row) for row in rows]


_SERIES: Final = """
    select e.code, s.document_kind, s.fiscal_year, s.prefix, s.next_number,
           count(d.id) as document_count,
           count(d.id) = s.next_number - 1
               and coalesce(max(d.sequence_number), 0) = s.next_number - 1
               and coalesce(min(d.sequence_number), 1) = 1 as is_gapless
    from number_series s
    join legal_entity e on e.id = s.legal_entity_id
    left join issued_document d on d.legal_entity_id = s.legal_entity_id
         and d.document_kind = s.document_kind and d.fiscal_year = s.fiscal_year
    group by e.code, s.legal_entity_id, s.document_kind, s.fiscal_year
    order by s.fiscal_year desc, e.code, s.document_kind limit $1
"""


async def number_series() -> list[SeriesRecord]:
    """The newest year first, at most `SERIES_MAX`; one statement, so it may run at any time."""
    return [
        SeriesRecord(
            code=row["code"],
            kind=DocumentKind(row["document_kind"]),
            year=row["fiscal_year"],
            prefix=row["prefix"],
            next_number=row["next_number"],
            document_count=row["document_count"],
            is_gapless=row["is_gapless"],
        )
        for row in await fetch(_SERIES, SERIES_MAX)
    ]


async def drafts() -> list[DraftRecord]:
    """What could not be issued, the newest first, at most `DRAFTS_MAX`."""
    rows = await fetch(
        "select * from document_draft order by checked_at desc, id desc limit $1", DRAFTS_MAX
    )
    return [_draft(row) for row in rows]


_RUNS: Final = """
    select r.id, r.document_kind, r.asked_at, r.finished_at, count(i.run_id) as total_count,
           count(*) filter (where i.state = 'issued') as issued_count,
           count(*) filter (where i.state = 'refused') as refused_count,
           count(*) filter (where i.state = 'nothing') as nothing_count
    from document_run r left join document_run_item i on i.run_id = r.id
"""


async def document_runs() -> list[RunRecord]:
    """The newest first, at most `RUNS_MAX`."""
    sql = f"{_RUNS} group by r.id order by r.asked_at desc, r.id desc limit $1"
    return [_run(row) for row in await fetch(sql, RUNS_MAX)]


async def document_run(*, run_id: UUID) -> RunRecord | None:
    row = await fetch_row(f"{_RUNS} where r.id = $1 group by r.id", run_id)
    return None if row is None else _run(row)


async def open_runs(*, kind: DocumentKind) -> list[RunRecord]:
    """Those that somebody or something still works on, or did until it was killed."""
    sql = f"{_RUNS} where r.finished_at is null and r.document_kind = $1 group by r.id"
    return [_run(row) for row in await fetch(sql, kind.value)]


async def issuer_changes() -> list[IssuerChangeRecord]:
    """Who changed what about issuers, the newest first, at most `CHANGES_MAX`."""
    rows = await fetch(
        "select * from issuer_change order by changed_at desc, id desc limit $1", CHANGES_MAX
    )
    return [
        IssuerChangeRecord(
            id=row["id"],
            actor_id=row["actor_id"],
            subject=row["subject"],
            changed_at=row["changed_at"],
            before=row["before"],
            after=row["after"],
        )
        for row in rows
    ]


def _entity(row: Mapping[str, Any]) -> LegalEntityRecord:
    entity = LegalEntity(
        code=row["code"],
        name=row["name"],
        street=row["street"],
        postcode=row["postcode"],
        city=row["city"],
        country=row["country"],
        vat_id=row["vat_id"],
        legal_id=row["legal_id"],
        tax_number=row["tax_number"],
        endpoint=row["endpoint"],
        footer=row["footer"],
        is_active=row["is_active"],
    )
    return LegalEntityRecord(id=row["id"], entity=entity, has_logo=row["logo_sha256"] is not None)


def _draft(row: Mapping[str, Any]) -> DraftRecord:
    document = msgspec.json.decode(row["content"], type=Document)
    step = minor_step(document.exponent)
    return DraftRecord(
        id=row["id"],
        kind=document.kind,
        counterparty_id=row["counterparty_id"],
        net=Money(document.net_minor * step, document.currency),
        gross=Money(document.gross_minor * step, document.currency),
        problems=tuple(row["problems"]),
        checked_at=row["checked_at"],
    )


def _run(row: Mapping[str, Any]) -> RunRecord:
    return RunRecord(
        id=row["id"],
        kind=DocumentKind(row["document_kind"]),
        asked_at=row["asked_at"],
        finished_at=row["finished_at"],
        total_count=row["total_count"],
        issued_count=row["issued_count"],
        refused_count=row["refused_count"],
        nothing_count=row["nothing_count"],
    )
