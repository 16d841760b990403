"""What finance sees of documents as a whole: issuers, numbers, drafts and runs."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self

import strawberry

from domain.invoices import queries
from domain.invoices.queries import (
    CHANGES_MAX,
    DRAFTS_MAX,
    ENTITIES_MAX,
    RUNS_MAX,
    SERIES_MAX,
    DraftRecord,
    IssuerChangeRecord,
    LegalEntityRecord,
    RunRecord,
    SeriesRecord,
)
from domain.invoices.rules import DocumentKind
from schema.context import Context, Info
from schema.ids import Tag
from schema.money import Money
from schema.prices import Cost
from schema.scalars import CountryCode

PROBLEMS_MAX: Final = 5


@strawberry.type(description="A company of the platform that issues documents.")
class LegalEntity:
    code: str = strawberry.field(description="Begins every number of its documents.")
    name: str = strawberry.field(description="As it is registered.")
    street: str = strawberry.field(description="Of its address.")
    postcode: str = strawberry.field(description="Of its address.")
    city: str = strawberry.field(description="Of its address.")
    country: CountryCode = strawberry.field(description="Never changes.")
    vat_id: str | None = strawberry.field(description="With the prefix of the country.")
    legal_id: str | None = strawberry.field(
        description="Its number in a register; of a French one the SIREN."
    )
    tax_number: str | None = strawberry.field(description="A national one.")
    endpoint: str | None = strawberry.field(description="Where it gets electronic invoices.")
    footer: str = strawberry.field(description="Its own words under every page.")
    has_logo: bool = strawberry.field(description="Whether its documents show a picture.")
    is_active: bool = strawberry.field(description="Whether it issues anything new.")

    @classmethod
    def of(cls, record: LegalEntityRecord) -> Self:
        entity = record.entity
        return cls(
            code=entity.code,
            name=entity.name,
            street=entity.street,
            postcode=entity.postcode,
            city=entity.city,
            country=CountryCode(entity.country),
            vat_id=entity.vat_id,
            legal_id=entity.legal_id,
            tax_number=entity.tax_number,
            endpoint=entity.endpoint,
            footer=entity.footer,
            has_logo=record.has_logo,
            is_active=entity.is_active,
        )


@strawberry.type(description="Who changed what about those who issue.")
class IssuerChange:
    actor_id: strawberry.ID | None = strawberry.field(description="Who did it.")
    subject: str = strawberry.field(description="Code of the company.")
    changed_at: datetime = strawberry.field(description="When.")
    before: str | None = strawberry.field(description="As JSON; null for something new.")
    after: str = strawberry.field(description="As JSON.")

    @classmethod
    def of(cls, record: IssuerChangeRecord, context: Context) -> Self:
        actor = record.actor_id
        return cls(
            actor_id=None if actor is None else context.ids.encode(Tag.MEMBER, actor),
            subject=record.subject,
            changed_at=record.changed_at,
            before=record.before,
            after=record.after,
        )


@strawberry.type(description="Numbers of one company, kind and year; counted, not believed.")
class NumberSeries:
    code: str = strawberry.field(description="Of the company.")
    kind: DocumentKind = strawberry.field(description="Of the documents.")
    year: int = strawberry.field(description="By the date of issue in UTC.")
    prefix: str = strawberry.field(description="Before the year in every number.")
    next_number: int = strawberry.field(description="The next document gets this.")
    document_count: int = strawberry.field(description="Documents that are there.")
    is_gapless: bool = strawberry.field(description="Whether they are numbered 1 to the last.")

    @classmethod
    def of(cls, record: SeriesRecord) -> Self:
        return cls(
            code=record.code,
            kind=record.kind,
            year=record.year,
            prefix=record.prefix,
            next_number=record.next_number,
            document_count=record.document_count,
            is_gapless=record.is_gapless,
        )


@strawberry.type(description="A document that could not be issued. It has no number.")
class DocumentDraft:
    kind: DocumentKind = strawberry.field(description="What it would be.")
    member_id: strawberry.ID = strawberry.field(description="Whom it is for.")
    net: Money = strawberry.field(description="Without VAT.")
    gross: Money = strawberry.field(description="With VAT.")
    problems: list[str] = strawberry.field(
        description="Rules that it breaks, by id; at most 5.",
        directives=[Cost(list_size=PROBLEMS_MAX)],
    )
    checked_at: datetime = strawberry.field(description="When it was tried last.")

    @classmethod
    def of(cls, record: DraftRecord, context: Context) -> Self:
        return cls(
            kind=record.kind,
            member_id=context.ids.encode(Tag.MEMBER, record.counterparty_id),
            net=Money.of(record.net),
            gross=Money.of(record.gross),
            problems=list(record.problems[:PROBLEMS_MAX]),
            checked_at=record.checked_at,
        )


@strawberry.type(description="Documents for everybody with work that none shows yet.")
class DocumentRun:
    kind: DocumentKind = strawberry.field(description="Of the documents.")
    asked_at: datetime = strawberry.field(description="When it was started.")
    finished_at: datetime | None = strawberry.field(description="Null while it runs.")
    total_count: int = strawberry.field(description="Members and currencies in it.")
    issued_count: int = strawberry.field(description="Documents so far.")
    refused_count: int = strawberry.field(description="Those that break a rule: see the drafts.")
    nothing_count: int = strawberry.field(
        description="Less than a smallest unit, or billed meanwhile."
    )

    @classmethod
    def of(cls, record: RunRecord) -> Self:
        return cls(
            kind=record.kind,
            asked_at=record.asked_at,
            finished_at=record.finished_at,
            total_count=record.total_count,
            issued_count=record.issued_count,
            refused_count=record.refused_count,
            nothing_count=record.nothing_count,
        )


@strawberry.type(description="What finance sees of documents as a whole.")
class PaperOversight:
    @strawberry.field(
        description="Companies that issue, by code, at most 20.",
        directives=[Cost(weight=5, list_size=ENTITIES_MAX)],
    )
    async def legal_entities(self, info: Info) -> list[LegalEntity] | None:  # noqa: ARG002  # a resolver's signature
        return [LegalEntity.of(each) for each in await queries.legal_entities()]

    @strawberry.field(
        description="Changes of issuers, newest first, at most 40.",
        directives=[Cost(weight=5, list_size=CHANGES_MAX)],
    )
    async def issuer_changes(self, info: Info) -> list[IssuerChange] | None:
        return [IssuerChange.of(each, info.context) for each in await queries.issuer_changes()]

    @strawberry.field(
        description="How numbers stand, newest year first, at most 100.",
        directives=[Cost(weight=200, list_size=SERIES_MAX)],
    )
    async def number_series(self, info: Info) -> list[NumberSeries] | None:  # noqa: ARG002  # a resolver's signature
        return [NumberSeries.of(each) for each in await queries.number_series()]

    @strawberry.field(
        description="What could not be issued, newest first, at most 40.",
        directives=[Cost(weight=5, list_size=DRAFTS_MAX)],
    )
    async def document_drafts(self, info: Info) -> list[DocumentDraft] | None:
        return [DocumentDraft.of(each, info.context) for each in await queries.drafts()]

    @strawberry.field(
        description="Runs, newest first, at most 20.",
        directives=[Cost(weight=20, list_size=RUNS_MAX)],
    )
    async def document_runs(self, info: Info) -> list[DocumentRun] | None:  # noqa: ARG002  # a resolver's signature
        return [DocumentRun.of(each) for each in await queries.document_runs()]
