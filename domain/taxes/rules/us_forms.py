"""W-9 and W-8BEN: who is a US person says so in one, everybody else in the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from domain.members.rules import COUNTRIES
from domain.taxes.rules.forms import (
    TREATY_RATE_MAX,
    Address,
    Classification,
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
from domain.taxes.rules.numbers import NumberKind, TaxNumber, foreign_number, us_number

CODE_LENGTH_MAX: Final = 2
_PEOPLE: Final = (NumberKind.SSN, NumberKind.ITIN)
# An LLC of one person may use the number of that person.
_OF_PEOPLE: Final = (Classification.INDIVIDUAL, Classification.LLC)


@dataclass(frozen=True, slots=True, kw_only=True)
class W9:
    """Line 1 to the signature; `is_exempt_from_backup` is the sentence one may cross out."""

    kind: ClassVar[FormKind] = FormKind.W9

    name: str
    business_name: str = ""
    classification: Classification
    llc_letter: str = ""  # C, S or P
    other_classification: str = ""
    exempt_payee_code: str = ""
    fatca_code: str = ""
    address: Address
    tin_kind: NumberKind
    tin: str
    is_tin_correct: bool
    is_exempt_from_backup: bool
    is_us_person: bool
    is_fatca_code_correct: bool
    signed_name: str

    @property
    def country(self) -> str:
        return "US"

    def problems(self, today: date) -> Iterator[FieldProblem]:
        assert today
        yield from text_problems(self.name, "name")
        yield from text_problems(self.business_name, "business_name", is_needed=False)
        yield from self._classification_problems()
        for name, code in (
            ("exempt_payee_code", self.exempt_payee_code),
            ("fatca_code", self.fatca_code),
        ):
            if len(code) > CODE_LENGTH_MAX or not (code.isascii() and (code.isalnum() or not code)):
                yield problem(TaxProblem.MALFORMED, name)
        yield from address_problems(self.address, "address", takes_boxes=True)
        if us_number(self.tin_kind, self.tin) is None:
            yield problem(TaxProblem.MALFORMED, "tin")
        elif self.tin_kind in _PEOPLE and self.classification not in _OF_PEOPLE:
            yield problem(TaxProblem.NUMBER_KIND, "tin_kind")
        yield from signature_problems(
            signed_name=self.signed_name,
            certified={
                "is_tin_correct": self.is_tin_correct,
                "is_us_person": self.is_us_person,
                "is_fatca_code_correct": self.is_fatca_code_correct,
            },
        )

    def _classification_problems(self) -> Iterator[FieldProblem]:
        is_llc = self.classification is Classification.LLC
        if is_llc != (self.llc_letter != ""):
            yield problem(TaxProblem.MISSING if is_llc else TaxProblem.MALFORMED, "llc_letter")
        elif is_llc and self.llc_letter not in {"C", "S", "P"}:
            yield problem(TaxProblem.MALFORMED, "llc_letter")
        yield from text_problems(
            self.other_classification,
            "other_classification",
            is_needed=self.classification is Classification.OTHER,
        )

    def flags(self, person: Person) -> Iterator[TaxFlag]:
        """A US person may live anywhere, so the country says nothing here."""
        if self.classification is Classification.INDIVIDUAL:
            found = identity_flags(person, name=self.name, country=person.country, born_on=None)
            yield from found

    def numbers(self) -> Mapping[str, TaxNumber]:
        found = us_number(self.tin_kind, self.tin)
        return {} if found is None else {"tin": found}

    def content(self) -> Mapping[str, Any]:
        return {
            "name": self.name,
            "business_name": self.business_name,
            "classification": self.classification,
            "llc_letter": self.llc_letter,
            "other_classification": self.other_classification,
            "exempt_payee_code": self.exempt_payee_code,
            "fatca_code": self.fatca_code,
            "address": self.address,
            "tin_kind": self.tin_kind,
            "is_exempt_from_backup": self.is_exempt_from_backup,
            "signed_name": self.signed_name,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Treaty:
    country: str
    article: str
    rate: Decimal  # percent
    income: str
    conditions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class W8Ben:
    """Of an individual who is no US person; companies give another form, which we do not take."""

    kind: ClassVar[FormKind] = FormKind.W8BEN

    name: str
    citizenship: str
    residence: Address
    mailing: Address | None = None
    us_tin_kind: NumberKind | None = None
    us_tin: str = ""
    foreign_tin: str = ""
    is_foreign_tin_not_required: bool = False
    born_on: date
    treaty: Treaty | None = None
    is_beneficial_owner: bool
    is_not_us_person: bool
    works_outside_us: bool
    signed_name: str

    @property
    def country(self) -> str:
        return self.residence.country

    def problems(self, today: date) -> Iterator[FieldProblem]:
        yield from text_problems(self.name, "name")
        if self.citizenship == "US":
            yield problem(TaxProblem.US_PERSON, "citizenship")
        elif self.citizenship not in COUNTRIES:
            yield problem(TaxProblem.MALFORMED, "citizenship")
        yield from address_problems(self.residence, "residence")
        if self.residence.country == "US":
            yield problem(TaxProblem.US_PERSON, "residence", "country")
        if self.mailing is not None:
            yield from address_problems(self.mailing, "mailing", takes_boxes=True)
        yield from self._number_problems()
        yield from birth_problems(self.born_on, today, "born_on")
        yield from self._treaty_problems()
        yield from signature_problems(
            signed_name=self.signed_name,
            certified={
                "is_beneficial_owner": self.is_beneficial_owner,
                "is_not_us_person": self.is_not_us_person,
            },
        )

    def _number_problems(self) -> Iterator[FieldProblem]:
        if self.us_tin or self.us_tin_kind is not None:
            kind = self.us_tin_kind
            if kind is None or us_number(kind, self.us_tin) is None:
                yield problem(TaxProblem.MALFORMED, "us_tin")
        if self.foreign_tin:
            if foreign_number(self.residence.country, self.foreign_tin) is None:
                yield problem(TaxProblem.MALFORMED, "foreign_tin")
        elif not self.is_foreign_tin_not_required:
            yield problem(TaxProblem.NUMBER_NEEDED, "foreign_tin")

    def _treaty_problems(self) -> Iterator[FieldProblem]:
        if self.treaty is None:
            return
        if self.treaty.country != self.residence.country:
            yield problem(TaxProblem.TREATY_COUNTRY, "treaty", "country")
        if not self.us_tin and not self.foreign_tin:
            yield problem(TaxProblem.NUMBER_NEEDED, "foreign_tin")
        yield from text_problems(self.treaty.article, "treaty", "article")
        yield from text_problems(self.treaty.income, "treaty", "income")
        yield from text_problems(self.treaty.conditions, "treaty", "conditions", is_needed=False)
        if not 0 <= self.treaty.rate <= TREATY_RATE_MAX:
            yield problem(TaxProblem.OUT_OF_RANGE, "treaty", "rate")

    def flags(self, person: Person) -> Iterator[TaxFlag]:
        if self.mailing is not None and self.mailing.country == "US":
            yield TaxFlag.US_ADDRESS
        yield from identity_flags(
            person, name=self.name, country=self.residence.country, born_on=self.born_on
        )

    def numbers(self) -> Mapping[str, TaxNumber]:
        found: dict[str, TaxNumber | None] = {}
        if self.foreign_tin:
            found["tin"] = foreign_number(self.residence.country, self.foreign_tin)
        if self.us_tin_kind is not None:
            found["us_tin"] = us_number(self.us_tin_kind, self.us_tin)
        return {name: number for name, number in found.items() if number is not None}

    def content(self) -> Mapping[str, Any]:
        return {
            "name": self.name,
            "citizenship": self.citizenship,
            "residence": self.residence,
            "mailing": self.mailing,
            "us_tin_kind": self.us_tin_kind,
            "is_foreign_tin_not_required": self.is_foreign_tin_not_required,
            "born_on": self.born_on,
            "treaty": self.treaty,
            "works_outside_us": self.works_outside_us,
            "signed_name": self.signed_name,
        }
