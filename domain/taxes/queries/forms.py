"""Reads tax forms: what may be shown, and, opened by the vault, what documents and reports need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch, fetch_row, fetch_value
from domain.given import Vault
from domain.reference import queries as reference
from domain.taxes.rules.forms import FormKind, TaxFlag
from domain.taxes.rules.numbers import NumberKind
from domain.taxes.rules.profile import (
    NEED_RULE_KINDS,
    EndReason,
    FormRecord,
    Need,
    SelfBillStop,
    ShownNumber,
    needs_of,
)
from domain.taxes.rules.vat import WorkerStatus
from domain.vault import queries as vaulted
from domain.vault.rules import Place

FORM_TABLE: Final = "tax_form"
FORM_COUNT_MAX: Final = 50
TWIN_COUNT_MAX: Final = 100
_FORMS: Final = """
    select f.id, f.member_id, f.form_kind, f.version, f.country, f.vat_status, f.text_version,
           f.flags, f.is_backup_exempt, f.valid_until, f.submitted_at, e.reason as ended,
           e.ended_at,
           coalesce((select json_agg(json_build_array(n.field, n.number_kind, n.country,
                                                      n.last_four) order by n.field)
                     from tax_number n where n.form_id = f.id), '[]') as numbers
    from tax_form f left join tax_form_end e on e.form_id = f.id
"""
_OF_MEMBERS: Final = f"""
    {_FORMS} where f.member_id = any($1) order by f.submitted_at desc, f.id desc limit $2
"""
_BY_ID: Final = f"{_FORMS} where f.id = any($1)"


async def forms_of(*, member_id: UUID) -> list[FormRecord]:
    """Every version, newest first; at most `FORM_COUNT_MAX`."""
    return [_form(row) for row in await fetch(_OF_MEMBERS, [member_id], FORM_COUNT_MAX)]


async def forms_by_id(*, ids: Collection[UUID]) -> dict[UUID, FormRecord]:
    return {row["id"]: _form(row) for row in await fetch(_BY_ID, list(ids))}


async def current_form(*, member_id: UUID, kind: FormKind) -> FormRecord | None:
    """The one that has not ended; it may have expired."""
    found = [f for f in await forms_of(member_id=member_id) if f.kind is kind and f.ended is None]
    return found[0] if found else None


_SELLER_COUNTRIES: Final = "select distinct country from vat_seller where valid_from <= $1"


async def needs_of_country(*, country: str, on: date) -> list[Need]:
    """Which forms a worker who lives there has to give, with the companies we have."""
    sellers = {row["country"] for row in await fetch(_SELLER_COUNTRIES, on)}
    book = await reference.rule_book(kinds=NEED_RULE_KINDS)
    return needs_of(country=country, sellers=sellers, on=on, book=book)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """For documents and reports alone; its repr shows nothing of it."""

    form: FormRecord
    content: Mapping[str, Any] = field(repr=False)
    numbers: Mapping[str, str] = field(repr=False)


async def open_forms(*, ids: Collection[UUID], vault: Vault) -> dict[UUID, OpenForm]:
    """Those whose keys still exist."""
    forms = await forms_by_id(ids=ids)
    values = await vaulted.open_values(owner_table=FORM_TABLE, row_ids=ids, vault=vault)
    found = {}
    for id_, form in forms.items():
        content = values.get(Place(FORM_TABLE, id_, "content"))
        if content is None:
            continue
        numbers = {
            shown.field: values[Place(FORM_TABLE, id_, shown.field)].decode()
            for shown in form.numbers
        }
        found[id_] = OpenForm(form=form, content=msgspec.json.decode(content), numbers=numbers)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class VatStanding:
    """As what a member sells: a private person without a form of the country they live in.

    VAT that is shown wrongly is owed.
    """

    form_id: UUID | None
    status: WorkerStatus
    has_vat_id: bool
    has_number: bool = False  # one that a document may show


async def vat_standing(*, member_id: UUID, country: str) -> VatStanding:
    """`country` is where the member lives; for `decided_self_bill`."""
    form = await current_form(member_id=member_id, kind=FormKind.VAT)
    if form is None or form.country != country or form.vat_status is None:
        return VatStanding(form_id=None, status=WorkerStatus.PRIVATE, has_vat_id=False)
    has_vat_id = "vat_id" in {number.field for number in form.numbers}
    return VatStanding(
        form_id=form.id,
        status=form.vat_status,
        has_vat_id=has_vat_id,
        has_number=bool(form.numbers),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VatParty:
    """How a business is called on documents, where its VAT id stands by law."""

    name: str
    street: str
    postcode: str
    city: str
    region: str
    country: str
    vat_id: str | None
    tax_number: str | None


async def vat_party(*, form_id: UUID | None, vault: Vault) -> VatParty | None:
    """None of a private person, and of whom we were asked to forget."""
    if form_id is None:
        return None
    form = (await forms_by_id(ids=[form_id])).get(form_id)
    if form is None or form.vat_status in (None, WorkerStatus.PRIVATE):
        return None
    opened = (await open_forms(ids=[form_id], vault=vault)).get(form_id)
    if opened is None:
        return None
    address = opened.content["address"]
    return VatParty(
        name=opened.content["business_name"],
        street=address["street"],
        postcode=address["postcode"],
        city=address["city"],
        region=address["region"],
        country=address["country"],
        vat_id=opened.numbers.get("vat_id"),
        tax_number=opened.numbers.get("tax_number"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRecord:
    id: UUID
    text_version: str
    accepted_at: datetime
    withdrawn_at: datetime | None


_AGREEMENT: Final = """
    select id, text_version, accepted_at, withdrawn_at from self_billing_agreement
    where member_id = $1 order by accepted_at desc, id desc limit 1
"""
_MAY_SELF_BILL: Final = """
    select true from self_billing_agreement
    where member_id = $1 and accepted_at <= $2 and (withdrawn_at is null or withdrawn_at > $2)
"""


@dataclass(frozen=True, slots=True)
class AgreementText:
    version: str
    text: str
    is_unverified: bool


async def agreement_of(*, member_id: UUID) -> AgreementRecord | None:
    """The newest, also when it is withdrawn."""
    row = await fetch_row(_AGREEMENT, member_id)
    return None if row is None else AgreementRecord(**row)


async def may_self_bill(*, member_id: UUID, at: datetime) -> bool:
    """Whether we may write this member's documents at that moment."""
    return bool(await fetch_value(_MAY_SELF_BILL, member_id, at))


async def self_bill_stop(*, member_id: UUID, country: str, at: datetime) -> SelfBillStop | None:
    """Why we may not write this member's documents at that moment."""
    if not await may_self_bill(member_id=member_id, at=at):
        return SelfBillStop.AGREEMENT_MISSING
    standing = await vat_standing(member_id=member_id, country=country)
    if standing.status is WorkerStatus.SMALL_BUSINESS and not standing.has_number:
        return SelfBillStop.TAX_NUMBER_MISSING
    return None


async def agreement_text(*, on: date) -> AgreementText:
    """What there is to agree to. Refuses with `ReferenceRuleMissing`."""
    book = await reference.rule_book(kinds=["self_billing_text"])
    value = book.get("self_billing_text", "*", on)
    return AgreementText(value["version"], value["text"], bool(book.unverified()))


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinRecord:
    """Two members gave one number; which one is right, staff find out."""

    form_id: UUID
    field: str
    member_id: UUID
    other_member_id: UUID
    noticed_at: datetime


_TWINS: Final = """
    select t.form_id, t.field, f.member_id, t.other_member_id, t.noticed_at
    from tax_number_twin t join tax_form f on f.id = t.form_id
    where $1::uuid is null or f.member_id = $1 or t.other_member_id = $1
    order by t.noticed_at desc, t.form_id, t.field, t.other_member_id limit $2
"""


async def twins(*, member_id: UUID | None = None) -> list[TwinRecord]:
    """For staff, newest first."""
    return [TwinRecord(**row) for row in await fetch(_TWINS, member_id, TWIN_COUNT_MAX)]


def _form(row: Mapping[str, Any]) -> FormRecord:
    return FormRecord(
        id=row["id"],
        member_id=row["member_id"],
        kind=FormKind(row["form_kind"]),
        version=row["version"],
        country=row["country"],
        vat_status=row["vat_status"] and WorkerStatus(row["vat_status"]),
        text_version=row["text_version"],
        flags=tuple(TaxFlag(each) for each in row["flags"]),
        is_backup_exempt=row["is_backup_exempt"],
        valid_until=row["valid_until"],
        submitted_at=row["submitted_at"],
        ended=row["ended"] and EndReason(row["ended"]),
        ended_at=row["ended_at"],
        numbers=tuple(
            ShownNumber(name, NumberKind(kind), country, last_four)
            for name, kind, country, last_four in msgspec.json.decode(row["numbers"])
        ),
    )
