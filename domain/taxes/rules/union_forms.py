"""What a member says of VAT, and what the reports about sellers (DAC7, OECD) need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from domain.members.rules import COUNTRIES
from domain.taxes.rules.forms import (
    Address,
    FieldProblem,
    FormKind,
    Person,
    TaxFlag,
    TaxProblem,
    address_problems,
    birth_problems,
    identity_flags,
    problem,
    signature_problems,
    text_problems,
)
from domain.taxes.rules.numbers import (
    UNION_PREFIXES,
    TaxNumber,
    company_number,
    foreign_number,
    vat_number,
)
from domain.taxes.rules.vat import WorkerStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class VatForm:
    """Who one is for VAT. A private person has no number; a business of the Union has one."""

    kind: ClassVar[FormKind] = FormKind.VAT

    country: str
    status: WorkerStatus
    business_name: str = ""
    address: Address | None = None
    vat_id: str = ""
    tax_number: str = ""
    is_correct: bool
    signed_name: str

    def problems(self, today: date) -> Iterator[FieldProblem]:
        assert today
        if self.country not in COUNTRIES:
            yield problem(TaxProblem.MALFORMED, "country")
        is_business = self.status is not WorkerStatus.PRIVATE
        yield from text_problems(self.business_name, "business_name", is_needed=is_business)
        if self.address is not None:
            yield from address_problems(self.address, "address", takes_boxes=True)
        elif is_business:
            yield problem(TaxProblem.MISSING, "address")
        yield from self._vat_id_problems()
        if self.tax_number and foreign_number(self.country, self.tax_number) is None:
            yield problem(TaxProblem.MALFORMED, "tax_number")
        yield from signature_problems(
            signed_name=self.signed_name, certified={"is_correct": self.is_correct}
        )

    def _vat_id_problems(self) -> Iterator[FieldProblem]:
        prefix = {"GR": "EL"}.get(self.country, self.country)
        if self.vat_id and self.status is WorkerStatus.PRIVATE:
            yield problem(TaxProblem.NOT_FOR_COUNTRY, "vat_id")
        elif self.vat_id and vat_number(self.country, self.vat_id) is None:
            yield problem(TaxProblem.MALFORMED, "vat_id")
        elif not self.vat_id and self.status is WorkerStatus.BUSINESS and prefix in UNION_PREFIXES:
            yield problem(TaxProblem.NUMBER_NEEDED, "vat_id")

    def flags(self, person: Person) -> Iterator[TaxFlag]:
        if self.country != person.country:
            yield TaxFlag.COUNTRY_DIFFERS

    def numbers(self) -> Mapping[str, TaxNumber]:
        found: dict[str, TaxNumber | None] = {}
        if self.vat_id:
            found["vat_id"] = vat_number(self.country, self.vat_id)
        if self.tax_number:
            found["tax_number"] = foreign_number(self.country, self.tax_number)
        return {name: number for name, number in found.items() if number is not None}

    def content(self) -> Mapping[str, Any]:
        return {
            "business_name": self.business_name,
            "address": self.address,
            "signed_name": self.signed_name,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerForm:
    """A person gives day of birth and, without a tax number, also the place of birth."""

    kind: ClassVar[FormKind] = FormKind.SELLER

    is_company: bool = False
    name: str
    address: Address
    tin_country: str = ""
    tin: str = ""
    has_no_tin: bool = False
    born_on: date | None = None
    birth_city: str = ""
    birth_country: str = ""
    company_number: str = ""
    is_correct: bool
    signed_name: str

    @property
    def country(self) -> str:
        return self.address.country

    def problems(self, today: date) -> Iterator[FieldProblem]:
        yield from text_problems(self.name, "name")
        yield from address_problems(self.address, "address")
        yield from self._number_problems()
        if self.is_company:
            if self.born_on is not None:
                yield problem(TaxProblem.MALFORMED, "born_on")
        elif self.born_on is None:
            yield problem(TaxProblem.MISSING, "born_on")
        else:
            yield from birth_problems(self.born_on, today, "born_on")
        yield from signature_problems(
            signed_name=self.signed_name, certified={"is_correct": self.is_correct}
        )

    def _number_problems(self) -> Iterator[FieldProblem]:
        if self.has_no_tin == bool(self.tin):
            yield problem(TaxProblem.MALFORMED if self.tin else TaxProblem.NUMBER_NEEDED, "tin")
        elif self.tin:
            if self.tin_country not in COUNTRIES:
                yield problem(TaxProblem.MALFORMED, "tin_country")
            elif foreign_number(self.tin_country, self.tin) is None:
                yield problem(TaxProblem.MALFORMED, "tin")
        is_birth_needed = not self.tin and not self.is_company
        yield from text_problems(self.birth_city, "birth_city", is_needed=is_birth_needed)
        if is_birth_needed and self.birth_country not in COUNTRIES:
            yield problem(TaxProblem.MALFORMED, "birth_country")
        if self.is_company and company_number(self.country, self.company_number) is None:
            yield problem(TaxProblem.NUMBER_NEEDED, "company_number")

    def flags(self, person: Person) -> Iterator[TaxFlag]:
        name = person.name if self.is_company else self.name
        yield from identity_flags(
            person, name=name, country=self.address.country, born_on=self.born_on
        )

    def numbers(self) -> Mapping[str, TaxNumber]:
        found: dict[str, TaxNumber | None] = {}
        if self.tin:
            found["tin"] = foreign_number(self.tin_country, self.tin)
        if self.company_number:
            found["company_number"] = company_number(self.country, self.company_number)
        return {name: number for name, number in found.items() if number is not None}

    def content(self) -> Mapping[str, Any]:
        return {
            "is_company": self.is_company,
            "name": self.name,
            "address": self.address,
            "tin_country": self.tin_country,
            "has_no_tin": self.has_no_tin,
            "born_on": self.born_on,
            "birth_city": self.birth_city,
            "birth_country": self.birth_country,
            "signed_name": self.signed_name,
        }
