"""Enums of taxes with their descriptions."""

from __future__ import annotations

from enum import StrEnum

from domain.taxes.rules import (
    BusinessProof,
    ServiceKind,
    UndecidedReason,
    VatCategory,
    VatReturn,
    WorkerStatus,
)
from domain.taxes.rules.forms import Classification, FormKind, TaxFlag, TaxProblem
from domain.taxes.rules.numbers import NumberKind
from domain.taxes.rules.profile import EndReason, FormState, NeedReason, SelfBillStop
from schema.enums import show_enum

show_enum(
    FormKind,
    name="TaxFormKind",
    description="Kind of a tax form.",
    values={
        FormKind.W9: "W-9 of the United States: a US person.",
        FormKind.W8BEN: "W-8BEN of the United States: an individual who is no US person.",
        FormKind.VAT: "Who one is for VAT.",
        FormKind.SELLER: "What reports about sellers ask for: DAC7 and its like.",
    },
)
show_enum(
    FormState,
    name="TaxFormState",
    description="Whether a tax form stands.",
    values={
        FormState.VALID: "It stands.",
        FormState.CONTRADICTED: "It stands, and something else says otherwise; see `flags`.",
        FormState.EXPIRED: "Its time is over: give it again.",
        FormState.ENDED: "Another one took its place, or circumstances changed.",
    },
)
show_enum(
    EndReason,
    name="TaxFormEndReason",
    description="Why a tax form ended.",
    values={
        EndReason.SUPERSEDED: "Another form took its place.",
        EndReason.CHANGED: "The member said that circumstances changed.",
    },
)
show_enum(
    SelfBillStop,
    name="SelfBillStop",
    description="Why we write no documents in a worker's name.",
    values={
        SelfBillStop.AGREEMENT_MISSING: "The worker has not agreed, or no longer does.",
        SelfBillStop.TAX_NUMBER_MISSING: "A small business shows a VAT id or a tax number.",
    },
)
show_enum(
    NeedReason,
    name="TaxFormNeedReason",
    description="Why a tax form is asked for.",
    values={
        NeedReason.US_PERSON: "A company in the United States pays a US person.",
        NeedReason.FOREIGN_PERSON: "A company in the United States pays somebody from elsewhere.",
        NeedReason.PLATFORM_REPORT: "Platforms report their sellers to the tax office.",
    },
)
show_enum(
    TaxFlag,
    description="What contradicts a tax form.",
    values={
        TaxFlag.US_ADDRESS: "An address in the United States: a proof is needed.",
        TaxFlag.COUNTRY_DIFFERS: "The member lives in another country.",
        TaxFlag.NAME_DIFFERS: "The member has another name.",
        TaxFlag.BIRTH_DIFFERS: "The member has another day of birth.",
        TaxFlag.SHARED_NUMBER: "Another member gave the same number; shown to staff alone.",
    },
)
show_enum(
    TaxProblem,
    description="What is wrong with one field of a tax form.",
    values={
        TaxProblem.MISSING: "It is needed.",
        TaxProblem.TOO_LONG: "Over 200 characters.",
        TaxProblem.MALFORMED: "It cannot be right.",
        TaxProblem.NOT_CERTIFIED: "This sentence has to be certified.",
        TaxProblem.US_PERSON: "A US person gives a W-9.",
        TaxProblem.NOT_FOR_COUNTRY: "It does not belong here.",
        TaxProblem.POST_OFFICE_BOX: "Nobody lives in a post office box.",
        TaxProblem.TREATY_COUNTRY: "A treaty is claimed where one lives.",
        TaxProblem.NUMBER_NEEDED: "A number is needed.",
        TaxProblem.NUMBER_KIND: "Another kind of number belongs to this classification.",
        TaxProblem.OUT_OF_RANGE: "Too much, too little, too early or too late.",
    },
)
show_enum(
    NumberKind,
    name="TaxNumberKind",
    description="Kind of a tax number.",
    values={
        NumberKind.SSN: "Social security number of the United States.",
        NumberKind.ITIN: "Individual taxpayer number of the United States.",
        NumberKind.EIN: "Employer number of the United States.",
        NumberKind.FOREIGN: "Tax number of the country beside it.",
        NumberKind.VAT: "VAT id.",
        NumberKind.COMPANY: "Number in a register of companies.",
    },
)
show_enum(
    Classification,
    name="TaxClassification",
    description="Line 3a of a W-9.",
    values={
        Classification.INDIVIDUAL: "Individual, sole proprietor or single-member LLC.",
        Classification.C_CORPORATION: "C corporation.",
        Classification.S_CORPORATION: "S corporation.",
        Classification.PARTNERSHIP: "Partnership.",
        Classification.TRUST_ESTATE: "Trust or estate.",
        Classification.LLC: "Limited liability company; `llcLetter` says how it is taxed.",
        Classification.OTHER: "Something else.",
    },
)
show_enum(
    WorkerStatus,
    name="VatStatus",
    description="Who one is for VAT.",
    values={
        WorkerStatus.PRIVATE: "A private person.",
        WorkerStatus.SMALL_BUSINESS: "A small business that charges no VAT.",
        WorkerStatus.BUSINESS: "A registered business.",
    },
)
show_enum(
    VatCategory,
    description="Category of VAT, as in EN 16931.",
    values={
        VatCategory.STANDARD: "S: standard rate.",
        VatCategory.ZERO_RATED: "Z: a rate of zero.",
        VatCategory.EXEMPT: "E: exempt.",
        VatCategory.REVERSE_CHARGE: "AE: the recipient owes it.",
        VatCategory.EXPORT: "G: export; never decided for services.",
        VatCategory.OUTSIDE: "O: outside the scope of VAT.",
    },
)
show_enum(
    VatReturn,
    description="Which return a sale stands in.",
    values={
        VatReturn.DOMESTIC: "The return of the company's country.",
        VatReturn.EC_SALES_LIST: "The EC sales list as well.",
        VatReturn.OSS: "The one-stop shop of the Union.",
        VatReturn.NONE: "None.",
    },
)
show_enum(
    ServiceKind,
    name="VatServiceKind",
    description="What is sold.",
    values={
        ServiceKind.ELECTRONIC: "An electronically supplied service.",
        ServiceKind.INTERMEDIATION: "Bringing people together, with people at work in it.",
    },
)
show_enum(
    BusinessProof,
    description="How it is known that a buyer is a business.",
    values={
        BusinessProof.VERIFIED_ID: "The VAT id was valid when last asked, not long ago.",
        BusinessProof.OTHER: "A person has seen another proof.",
        BusinessProof.NONE: "It is not known.",
    },
)
show_enum(
    UndecidedReason,
    name="VatUndecidedReason",
    description="Why a person must decide.",
    values={
        UndecidedReason.SELLER_MISSING: "No company is named that sells.",
        UndecidedReason.SELLER_OUTSIDE_UNION: "The company is outside the Union.",
        UndecidedReason.PLACE_OF_INTERMEDIATION: "The place of such a service depends on the case.",
        UndecidedReason.OSS_REGISTRATION_MISSING: "The company needs an OSS registration.",
        UndecidedReason.LOCATION_PROOF_MISSING: "It is not proven where the buyer is.",
        UndecidedReason.VAT_ID_MISSING: "A business of the Union has to give its VAT id.",
    },
)


class TaxNumberField(StrEnum):
    TIN = "tin"
    US_TIN = "us_tin"
    VAT_ID = "vat_id"
    TAX_NUMBER = "tax_number"
    COMPANY_NUMBER = "company_number"


show_enum(
    TaxNumberField,
    description="Which number of a tax form.",
    values={
        TaxNumberField.TIN: "The tax number.",
        TaxNumberField.US_TIN: "The number of the United States on a W-8BEN.",
        TaxNumberField.VAT_ID: "The VAT id.",
        TaxNumberField.TAX_NUMBER: "The tax number of a business.",
        TaxNumberField.COMPANY_NUMBER: "The number in the register of companies.",
    },
)
