"""What a member certifies about their taxes, and what contradicts it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol

from domain.members.rules import AGE_MAX, COUNTRIES, age_on
from domain.taxes.rules.numbers import TaxNumber
from domain.texts import has_unprintable

TEXT_LENGTH_MAX: Final = 200
PERJURY_VERSION: Final = "2026-1"  # of the sentences in docs/finance/tax-identity.md
TREATY_RATE_MAX: Final = 30
_PO_BOX: Final = re.compile(
    r"\b(p\.?\s*o\.?\s*box|post\s*office\s*box|postfach|apartado|casilla|bo[iî]te\s+postale"
    r"|caixa\s+postal|b\.?\s?p\.?\s+\d)",
    re.IGNORECASE,
)


class FormKind(StrEnum):
    W9 = "w9"
    W8BEN = "w8ben"
    VAT = "vat"
    SELLER = "seller"  # what DAC7 and the OECD rules ask of sellers


class TaxProblem(StrEnum):
    """What is wrong with one field of a form."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    NOT_CERTIFIED = "not_certified"
    US_PERSON = "us_person"  # a US person gives a W-9
    NOT_FOR_COUNTRY = "not_for_country"
    POST_OFFICE_BOX = "post_office_box"
    TREATY_COUNTRY = "treaty_country"  # a treaty is claimed where one lives
    NUMBER_NEEDED = "number_needed"
    NUMBER_KIND = "number_kind"  # another kind of number belongs to this classification
    OUT_OF_RANGE = "out_of_range"


class TaxFlag(StrEnum):
    """What contradicts a form: it stays, and a person or a proof has to settle it."""

    US_ADDRESS = "us_address"
    COUNTRY_DIFFERS = "country_differs"
    NAME_DIFFERS = "name_differs"
    BIRTH_DIFFERS = "birth_differs"
    SHARED_NUMBER = "shared_number"  # shown to staff alone


class Classification(StrEnum):
    INDIVIDUAL = "individual"
    C_CORPORATION = "c_corporation"
    S_CORPORATION = "s_corporation"
    PARTNERSHIP = "partnership"
    TRUST_ESTATE = "trust_estate"
    LLC = "llc"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    path: tuple[str, ...]
    problem: TaxProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    street: str
    city: str
    country: str
    region: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What we know of the member from elsewhere, to hold a form against."""

    name: str
    country: str
    born_on: date | None


class TaxForm(Protocol):
    """A form checks itself and says what of it is a number: those are sealed one by one."""

    kind: ClassVar[FormKind]

    @property
    def country(self) -> str: ...

    def problems(self, today: date) -> Iterator[FieldProblem]: ...

    def flags(self, person: Person) -> Iterator[TaxFlag]: ...

    def numbers(self) -> Mapping[str, TaxNumber]: ...

    def content(self) -> Mapping[str, Any]: ...


def problem(kind: TaxProblem, *path: str) -> FieldProblem:
    return FieldProblem(path, kind)


def text_problems(text: str, *path: str, is_needed: bool = True) -> Iterator[FieldProblem]:
    if is_needed and not text.strip():
        yield problem(TaxProblem.MISSING, *path)
    elif len(text) > TEXT_LENGTH_MAX:
        yield problem(TaxProblem.TOO_LONG, *path)
    elif has_unprintable(text):
        yield problem(TaxProblem.MALFORMED, *path)


def address_problems(
    address: Address, *path: str, takes_boxes: bool = False
) -> Iterator[FieldProblem]:
    yield from text_problems(address.street, *path, "street")
    yield from text_problems(address.city, *path, "city")
    yield from text_problems(address.region, *path, "region", is_needed=False)
    yield from text_problems(address.postcode, *path, "postcode", is_needed=False)
    if address.country not in COUNTRIES:
        yield problem(TaxProblem.MALFORMED, *path, "country")
    if address.country == "US" and not re.fullmatch("[A-Z]{2}", address.region):
        yield problem(TaxProblem.MALFORMED, *path, "region")
    if address.country == "US" and not re.fullmatch(r"\d{5}(-?\d{4})?", address.postcode):
        yield problem(TaxProblem.MALFORMED, *path, "postcode")
    if not takes_boxes and _PO_BOX.search(address.street):
        yield problem(TaxProblem.POST_OFFICE_BOX, *path, "street")


def birth_problems(born_on: date, today: date, *path: str) -> Iterator[FieldProblem]:
    if born_on > today or age_on(born_on=born_on, on=today) > AGE_MAX:
        yield problem(TaxProblem.OUT_OF_RANGE, *path)


def signature_problems(
    *, signed_name: str, certified: Mapping[str, bool]
) -> Iterator[FieldProblem]:
    """Every certification is a sentence of its own; leaving one out is not signing."""
    for name, is_certified in certified.items():
        if not is_certified:
            yield problem(TaxProblem.NOT_CERTIFIED, name)
    yield from text_problems(signed_name, "signed_name")


def identity_flags(
    person: Person, *, name: str, country: str, born_on: date | None
) -> Iterator[TaxFlag]:
    if _folded(name) != _folded(person.name):
        yield TaxFlag.NAME_DIFFERS
    if country != person.country:
        yield TaxFlag.COUNTRY_DIFFERS
    if born_on is not None and person.born_on is not None and born_on != person.born_on:
        yield TaxFlag.BIRTH_DIFFERS


def end_of_third_year(signed_on: date, *, years: int) -> date:
    """The last day of that calendar year after the one it was signed in."""
    return date(signed_on.year + years, 12, 31)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
