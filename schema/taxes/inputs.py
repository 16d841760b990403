"""A typed input per tax form; what they hold goes into the vault and comes out nowhere here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import strawberry

from domain.taxes.rules import WorkerStatus
from domain.taxes.rules.forms import Address, Classification, TaxForm
from domain.taxes.rules.numbers import NumberKind
from domain.taxes.rules.union_forms import SellerForm, VatForm
from domain.taxes.rules.us_forms import W9, Treaty, W8Ben
from schema.scalars import CountryCode
from schema.taxes.enums import TaxNumberField

Value = TypeVar("Value")


@strawberry.input(description="An address.")
class TaxAddressInput:
    street: str = strawberry.field(description="Street and number.")
    city: str = strawberry.field(description="City.")
    region: str = strawberry.field(
        default="", description="State or province; in the United States two capital letters."
    )
    postcode: str = strawberry.field(default="", description="Postal code.")
    country: CountryCode = strawberry.field(description="Country.")

    def to_address(self) -> Address:
        return Address(
            street=self.street.strip(),
            city=self.city.strip(),
            region=self.region.strip(),
            postcode=self.postcode.strip(),
            country=self.country,
        )


@strawberry.input(description="W-9: certified under penalties of perjury by a US person.")
class TaxFormW9Input:
    name: str = strawberry.field(description="Line 1: as on the tax return.")
    business_name: str = strawberry.field(default="", description="Line 2, if different.")
    classification: Classification = strawberry.field(description="Line 3a.")
    llc_letter: str = strawberry.field(default="", description="Of an LLC: C, S or P.")
    other_classification: str = strawberry.field(default="", description="If it is another.")
    exempt_payee_code: str = strawberry.field(default="", description="Line 4, if any.")
    fatca_code: str = strawberry.field(default="", description="Line 4, if any.")
    address: TaxAddressInput = strawberry.field(description="Lines 5 and 6.")
    tin_kind: NumberKind = strawberry.field(description="SSN, ITIN or EIN.")
    tin: str = strawberry.field(description="The number, separators as you like.")
    is_tin_correct: bool = strawberry.field(description="1: the number is correct.")
    is_exempt_from_backup: bool = strawberry.field(
        description="2: not subject to backup withholding; false when this is crossed out."
    )
    is_us_person: bool = strawberry.field(description="3: a US citizen or other US person.")
    is_fatca_code_correct: bool = strawberry.field(description="4: the FATCA code is correct.")
    signed_name: str = strawberry.field(description="The signature: one's name.")

    def to_form(self) -> TaxForm:
        return W9(**{**_values(self), "address": self.address.to_address()})


@strawberry.input(description="A claim of a tax treaty.")
class TaxTreatyInput:
    country: CountryCode = strawberry.field(description="Of residence.")
    article: str = strawberry.field(description="Article and paragraph.")
    rate: Decimal = strawberry.field(description="Rate of withholding in percent, 0 to 30.")
    income: str = strawberry.field(description="Kind of income.")
    conditions: str = strawberry.field(default="", description="Why one is eligible.")


@strawberry.input(description="W-8BEN: certified under penalties of perjury by an individual.")
class TaxFormW8BenInput:
    name: str = strawberry.field(description="Line 1.")
    citizenship: CountryCode = strawberry.field(description="Line 2.")
    residence: TaxAddressInput = strawberry.field(description="Line 3; no post office box.")
    mailing: TaxAddressInput | None = strawberry.field(
        default=None, description="Line 4, if different."
    )
    us_tin_kind: NumberKind | None = strawberry.field(
        default=None, description="Line 5: SSN or ITIN, if one has one."
    )
    us_tin: str = strawberry.field(default="", description="Line 5.")
    foreign_tin: str = strawberry.field(
        default="", description="Line 6a: tax number of the country of residence."
    )
    is_foreign_tin_not_required: bool = strawberry.field(
        default=False, description="Line 6b: the country asks for none."
    )
    born_on: date = strawberry.field(description="Line 8.")
    treaty: TaxTreatyInput | None = strawberry.field(
        default=None, description="Part II, if a treaty is claimed."
    )
    is_beneficial_owner: bool = strawberry.field(description="The income is one's own.")
    is_not_us_person: bool = strawberry.field(description="One is no US person.")
    works_outside_us: bool = strawberry.field(
        description="All work is done outside of the United States."
    )
    signed_name: str = strawberry.field(description="The signature: one's name.")

    def to_form(self) -> TaxForm:
        treaty, mailing = self.treaty, self.mailing
        return W8Ben(
            **{
                **_values(self),
                "residence": self.residence.to_address(),
                "mailing": None if mailing is None else mailing.to_address(),
                "treaty": None if treaty is None else Treaty(**_values(treaty)),
            }
        )


@strawberry.input(description="Who one is for VAT.")
class TaxFormVatInput:
    country: CountryCode = strawberry.field(description="Where one is for VAT.")
    status: WorkerStatus = strawberry.field(description="As what.")
    business_name: str = strawberry.field(default="", description="As on documents.")
    address: TaxAddressInput | None = strawberry.field(
        default=None, description="As on documents; needed of a business."
    )
    vat_id: str = strawberry.field(
        default="", description="With its prefix; needed of a registered business of the Union."
    )
    tax_number: str = strawberry.field(default="", description="Of the tax office, if any.")
    is_correct: bool = strawberry.field(description="All of this is correct.")
    signed_name: str = strawberry.field(description="The signature: one's name.")

    def to_form(self) -> TaxForm:
        address = None if self.address is None else self.address.to_address()
        return VatForm(**{**_values(self), "address": address})


@strawberry.input(description="What reports about sellers (DAC7, OECD) ask for.")
class TaxFormSellerInput:
    is_company: bool = strawberry.field(default=False, description="A company, not a person.")
    name: str = strawberry.field(description="Legal name.")
    address: TaxAddressInput = strawberry.field(description="Where one lives, or the seat.")
    tin_country: CountryCode | None = strawberry.field(
        default=None, description="Who gave the tax number."
    )
    tin: str = strawberry.field(default="", description="The tax number.")
    has_no_tin: bool = strawberry.field(
        default=False, description="There is none: then the place of birth is needed."
    )
    born_on: date | None = strawberry.field(default=None, description="Day of birth of a person.")
    birth_city: str = strawberry.field(default="", description="Place of birth.")
    birth_country: CountryCode | None = strawberry.field(
        default=None, description="Country of birth."
    )
    company_number: str = strawberry.field(
        default="", description="Of a company: its number in the register."
    )
    is_correct: bool = strawberry.field(description="All of this is correct.")
    signed_name: str = strawberry.field(description="The signature: one's name.")

    def to_form(self) -> TaxForm:
        return SellerForm(
            **{
                **_values(self),
                "address": self.address.to_address(),
                "tin_country": self.tin_country or "",
                "birth_country": self.birth_country or "",
            }
        )


@strawberry.input(one_of=True, description="A tax form; exactly one kind.")
class TaxFormInput:
    w9: strawberry.Maybe[TaxFormW9Input] = strawberry.field(description="W-9.")
    w8ben: strawberry.Maybe[TaxFormW8BenInput] = strawberry.field(description="W-8BEN.")
    vat: strawberry.Maybe[TaxFormVatInput] = strawberry.field(description="VAT.")
    seller: strawberry.Maybe[TaxFormSellerInput] = strawberry.field(description="Seller.")

    def chosen(self) -> tuple[str, TaxForm]:
        """Its name here, and the form itself."""
        for name in ("w9", "w8ben", "vat", "seller"):
            given = getattr(self, name)
            if given is not None:
                form: TaxForm = given.value.to_form()
                return name, form
        raise AssertionError("one-of: the engine has checked it")


@strawberry.input(description="Gives a tax form.")
class TaxFormSubmitInput:
    form: TaxFormInput = strawberry.field(description="Which, and what it says.")


@strawberry.input(description="A tax number that will be shown whole.")
class TaxIdentityRevealActionInput:
    tax_form_id: strawberry.ID = strawberry.field(description="Which form.")
    field: TaxNumberField = strawberry.field(description="Which number of it.")


def _values(given: object) -> dict[str, Any]:
    return dict(vars(given))
