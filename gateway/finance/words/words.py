"""What a language has to have words for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.invoices.rules import DocumentKind, DocumentLine, Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The mail that brings a document: `{title}`, `{number}` and `{issuer}` stand in it."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    titles: Mapping[DocumentKind, str]
    seller: str
    buyer: str
    number: str
    issued_on: str
    period: str
    currency: str
    about: str  # of a credit note: {title} {number} of {day}
    member_id: str
    vat_id: str
    tax_number: str
    legal_id: str
    columns: tuple[str, ...]
    entry_columns: tuple[str, ...]
    details: Mapping[DocumentKind, str]  # of one line
    placement: str
    bonus_details: Mapping[DocumentKind, str]  # of a line of bonuses
    events: Mapping[str, str]  # of a statement, by the event of the posting table
    other_event: str
    opening: str
    closing: str
    carried: str
    carried_why: str
    net: str
    vat: str
    total: str
    paid: Mapping[DocumentKind, str]
    due: str
    untitled: str
    exemptions: Mapping[str, str]  # before the sentence of the law, by its VATEX code
    notes: Mapping[Note, str]
    reason: str
    carried_in: str
    carried_out: str
    footer: str
    letter: Letter

    def detail(self, kind: DocumentKind, *, line: DocumentLine) -> str:
        """What a line of such a document is about."""
        if line.is_placement:
            return self.placement
        is_bonus = line.is_bonus
        return (self.bonus_details if is_bonus else self.details).get(kind, "")
