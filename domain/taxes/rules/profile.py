"""What stands of a member's forms, and which are missing and why. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.reference.rules import RuleBook
from domain.taxes.rules.forms import FormKind, TaxFlag
from domain.taxes.rules.numbers import NumberKind
from domain.taxes.rules.vat import WorkerStatus

NEED_RULE_KINDS: Final = ("tax_form_needed", "union_member", "vat_treated_as")


class FormState(StrEnum):
    VALID = "valid"
    CONTRADICTED = "contradicted"  # flags say by what
    EXPIRED = "expired"
    ENDED = "ended"  # circumstances changed, or another form took its place


class EndReason(StrEnum):
    SUPERSEDED = "superseded"
    CHANGED = "changed"


class NeedReason(StrEnum):
    US_PERSON = "us_person"
    FOREIGN_PERSON = "foreign_person"
    PLATFORM_REPORT = "platform_report"


class SelfBillStop(StrEnum):
    """Why we write no documents in a member's name."""

    AGREEMENT_MISSING = "agreement_missing"
    TAX_NUMBER_MISSING = "tax_number_missing"  # a small business shows one (EN 16931, BR-E-02)


@dataclass(frozen=True, slots=True)
class ShownNumber:
    """All that is shown of a number."""

    field: str
    kind: NumberKind
    country: str
    last_four: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRecord:
    id: UUID
    member_id: UUID
    kind: FormKind
    version: int
    country: str
    vat_status: WorkerStatus | None
    text_version: str
    flags: tuple[TaxFlag, ...]
    is_backup_exempt: bool
    valid_until: date | None
    submitted_at: datetime
    ended: EndReason | None
    ended_at: datetime | None
    numbers: tuple[ShownNumber, ...]

    def state(self, *, today: date, country: str) -> FormState:
        """`country` is where the member lives now: another one contradicts an older form."""
        if self.ended is not None:
            return FormState.ENDED
        if self.valid_until is not None and today > self.valid_until:
            return FormState.EXPIRED
        return FormState.CONTRADICTED if self.all_flags(country) else FormState.VALID

    def all_flags(self, country: str) -> tuple[TaxFlag, ...]:
        """With a country that has changed since; a W-9 fits a US person anywhere."""
        moved = self.kind is not FormKind.W9 and self.country != country
        more = (TaxFlag.COUNTRY_DIFFERS,) if moved else ()
        return (*(flag for flag in self.flags if flag not in more), *more)


@dataclass(frozen=True, slots=True)
class Need:
    kind: FormKind
    reason: NeedReason
    is_unverified: bool


def needs_of(*, country: str, sellers: Collection[str], on: date, book: RuleBook) -> list[Need]:
    """The country's own row, else that of the Union, else the one for all."""
    is_union = book.find("union_member", country, on) is not None
    for scope in (country, *(("union",) if is_union else ()), "*"):
        rule = book.find("tax_form_needed", scope, on)
        if rule is not None:
            return [
                Need(FormKind(form["kind"]), NeedReason(form["reason"]), rule.is_unverified)
                for form in rule.value["forms"]
                if form["seller"] == "*" or form["seller"] in sellers
            ]
    return []


def missing(
    *, needs: Collection[Need], forms: Collection[FormRecord], today: date, country: str
) -> list[Need]:
    """A US person lives where they like: a W-9 that stands serves instead of a W-8BEN."""
    standing = {
        form.kind
        for form in forms
        if form.state(today=today, country=country) in (FormState.VALID, FormState.CONTRADICTED)
    }
    return [
        need
        for need in needs
        if need.kind not in standing
        and not (need.kind is FormKind.W8BEN and FormKind.W9 in standing)
    ]
