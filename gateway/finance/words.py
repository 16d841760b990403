"""The words of a document, by language. A new language is one more entry, complete or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.invoices.rules import DocumentKind, Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    titles: Mapping[DocumentKind, str]
    seller: str
    buyer: str
    number: str
    issued_on: str
    period: str
    currency: str
    member_id: str
    vat_id: str
    columns: tuple[str, ...]
    details: Mapping[DocumentKind, str]
    carried: str
    carried_why: str
    net: str
    vat: str
    total: str
    paid: Mapping[DocumentKind, str]
    due: str
    notes: Mapping[Note, str]
    carried_in: str
    carried_out: str
    footer: str


WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        titles={
            DocumentKind.FEE_INVOICE: "Invoice",
            # The law asks for the word, and accepts it in any language of the Union.
            DocumentKind.SELF_BILL: "Self-billing (Gutschrift)",
        },
        seller="Supplier",
        buyer="Customer",
        number="Number",
        issued_on="Date of issue",
        period="Period of service",
        currency="Currency",
        member_id="Member",
        vat_id="VAT ID",
        columns=("#", "Description", "Quantity", "Unit price", "Amount"),
        details={
            DocumentKind.FEE_INVOICE: "Platform fee per approved assignment",
            DocumentKind.SELF_BILL: "Reward per approved assignment",
        },
        carried="Carried fractions",
        carried_why="What the lines above and earlier documents left below the smallest unit",
        net="Net amount",
        vat="VAT {rate}",
        total="Total",
        paid={
            DocumentKind.FEE_INVOICE: "Paid from deposit",
            DocumentKind.SELF_BILL: "Credited to earnings",
        },
        due="Amount due",
        notes={
            Note.PAID_FROM_DEPOSIT: "Paid from your deposit: nothing is left to pay.",
            Note.NO_VAT_CHARGED: "No VAT is charged on this supply.",
            Note.SELF_BILLING: (
                "Self-billing: the customer issues this document in the name of the supplier."
            ),
            Note.PRIVATE_PERSON: (
                "The supplier is a private person: no VAT is shown and none may be deducted."
            ),
            Note.CREDITED_TO_EARNINGS: "The total was credited to the supplier's earnings.",
        },
        carried_in="Nothing is rounded: {amount} was carried over from earlier documents.",
        carried_out="Nothing is rounded: {amount} is carried to the next document.",
        footer="Page",
    ),
}
