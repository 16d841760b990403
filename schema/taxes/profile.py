"""What stands of the viewer's tax forms, and what is missing and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from uuid import UUID

import strawberry

import schema.taxes.enums  # noqa: F401  # gives the enums their descriptions
from domain.members import queries as members
from domain.members.rules import Role
from domain.taxes import queries
from domain.taxes.queries import AgreementRecord, AgreementText
from domain.taxes.rules import WorkerStatus
from domain.taxes.rules.forms import FormKind, TaxFlag
from domain.taxes.rules.numbers import NumberKind
from domain.taxes.rules.profile import (
    EndReason,
    FormRecord,
    FormState,
    Need,
    NeedReason,
    SelfBillStop,
    ShownNumber,
    missing,
)
from schema.auth import Auth
from schema.context import Context, Info
from schema.ids import Tag
from schema.node import Node, node_kind
from schema.prices import Cost
from schema.scalars import CountryCode
from schema.taxes.enums import TaxNumberField
from schema.taxes.notices import TaxNotice


@strawberry.type(description="A number of a tax form, as far as it is shown.")
class TaxNumber:
    field: TaxNumberField = strawberry.field(description="Which.")
    kind: NumberKind = strawberry.field(description="Its kind.")
    country: CountryCode = strawberry.field(description="Who gave it.")
    last_four: str = strawberry.field(description="Its last characters, at most four.")

    @classmethod
    def of(cls, number: ShownNumber) -> Self:
        return cls(
            field=TaxNumberField(number.field),
            kind=number.kind,
            country=CountryCode(number.country),
            last_four=number.last_four,
        )


@dataclass(frozen=True, slots=True)
class SeenForm:
    """With the country its member lives in now."""

    form: FormRecord
    country: str


@strawberry.type(description="A tax form as it was given. It never changes.")
class TaxForm(Node):
    kind: FormKind = strawberry.field(description="Which form.")
    version: int = strawberry.field(description="Counts from 1 per kind.")
    country: CountryCode = strawberry.field(description="The country it is about.")
    state: FormState = strawberry.field(description="Whether it stands.")
    flags: list[TaxFlag] = strawberry.field(
        description="What contradicts it; at most 5.", directives=[Cost(list_size=len(TaxFlag))]
    )
    vat_status: WorkerStatus | None = strawberry.field(description="Of a VAT form.")
    numbers: list[TaxNumber] = strawberry.field(
        description="Its numbers, never whole; at most 5.",
        directives=[Cost(list_size=len(TaxNumberField))],
    )
    submitted_at: datetime = strawberry.field(description="When it was given.")
    valid_until: date | None = strawberry.field(description="Its last day, if it has one.")
    end_reason: EndReason | None = strawberry.field(description="Why it ended.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")

    @classmethod
    def of(cls, seen: SeenForm, context: Context) -> Self:
        record, country = seen.form, seen.country
        return cls(
            id=context.ids.encode(Tag.TAX_FORM, record.id),
            kind=record.kind,
            version=record.version,
            country=CountryCode(record.country),
            state=record.state(today=context.now.date(), country=country),
            flags=list(record.all_flags(country)),
            vat_status=record.vat_status,
            numbers=[TaxNumber.of(number) for number in record.numbers],
            submitted_at=record.submitted_at,
            valid_until=record.valid_until,
            end_reason=record.ended,
            ended_at=record.ended_at,
        )


@strawberry.type(description="A tax form that is asked for.")
class TaxFormNeed:
    kind: FormKind = strawberry.field(description="Which form.")
    reason: NeedReason = strawberry.field(description="Why.")
    is_unverified: bool = strawberry.field(
        description="Nobody has checked the law that says so yet."
    )

    @classmethod
    def of(cls, need: Need) -> Self:
        return cls(kind=need.kind, reason=need.reason, is_unverified=need.is_unverified)


@strawberry.type(description="Whether we may write the viewer's documents.")
class SelfBilling:
    text: str = strawberry.field(description="What there is to agree to.")
    text_version: str = strawberry.field(description="Its version, for `selfBillingAccept`.")
    accepted_version: str | None = strawberry.field(description="What was agreed to last.")
    accepted_at: datetime | None = strawberry.field(description="When.")
    withdrawn_at: datetime | None = strawberry.field(description="When it was withdrawn, if so.")
    stop: SelfBillStop | None = strawberry.field(
        description="Why we write no documents in the viewer's name; null: we do."
    )

    @classmethod
    def of(
        cls, text: AgreementText, agreed: AgreementRecord | None, stop: SelfBillStop | None
    ) -> Self:
        return cls(
            stop=stop,
            text=text.text,
            text_version=text.version,
            accepted_version=None if agreed is None else agreed.text_version,
            accepted_at=None if agreed is None else agreed.accepted_at,
            withdrawn_at=None if agreed is None else agreed.withdrawn_at,
        )


@strawberry.type(description="The viewer's taxes.")
class TaxProfile:
    country: CountryCode = strawberry.field(description="Where the viewer lives.")
    forms: list[TaxForm] = strawberry.field(
        description="Every version, newest first; at most 50.",
        directives=[Cost(list_size=queries.FORM_COUNT_MAX)],
    )
    missing: list[TaxFormNeed] = strawberry.field(
        description="What workers of this country have to give and the viewer has not; at most 4.",
        directives=[Cost(list_size=len(FormKind))],
    )
    self_billing: SelfBilling = strawberry.field(description="The agreement to self-billing.")
    notices: list[TaxNotice] = strawberry.field(
        description="Doubts of the IRS about the viewer's number that wait for an answer; at most "
        "100.",
        directives=[Cost(list_size=queries.NOTICE_COUNT_MAX)],
    )

    @classmethod
    async def read(cls, context: Context, *, member_id: UUID, country: str) -> Self:
        today = context.now.date()
        forms = await queries.forms_of(member_id=member_id)
        needs = await queries.needs_of_country(country=country, on=today)
        notices = await queries.open_b_notices(member_id=member_id)
        return cls(
            country=CountryCode(country),
            forms=[TaxForm.of(SeenForm(form, country), context) for form in forms],
            missing=[
                TaxFormNeed.of(need)
                for need in missing(needs=needs, forms=forms, today=today, country=country)
            ],
            notices=[TaxNotice.of(each, context) for each in notices],
            self_billing=SelfBilling.of(
                await queries.agreement_text(on=today),
                await queries.agreement_of(member_id=member_id),
                await queries.self_bill_stop(member_id=member_id, country=country, at=context.now),
            ),
        )


@strawberry.type(description="The viewer's taxes.")
class ViewerTaxes:
    key: strawberry.Private[UUID]
    country: strawberry.Private[CountryCode]

    @strawberry.field(
        description="The viewer's tax forms, and what is missing. Needs taxes:read.",
        directives=[Auth(scopes=["taxes:read"]), Cost(weight=10)],
    )
    async def tax_profile(self, info: Info) -> TaxProfile | None:
        return await TaxProfile.read(info.context, member_id=self.key, country=self.country)


async def forms_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, SeenForm]:
    """The member's own; finance sees all."""
    viewer = context.viewer
    if viewer is None:
        return {}
    found = {
        key: form
        for key, form in (await queries.forms_by_id(ids=keys)).items()
        if form.member_id == viewer.member_id or Role.FINANCE in viewer.roles
    }
    people = await members.members_by_id(ids=[form.member_id for form in found.values()])
    return {key: SeenForm(form, people[form.member_id].country) for key, form in found.items()}


node_kind(Tag.TAX_FORM, load=forms_seen, show=TaxForm.of)
