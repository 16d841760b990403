"""Every document of a period, one row each: what auditors ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domain.database import fetch, fetch_value
from domain.invoices.queries.documents import UNVERIFIED_RULES, rules_named
from domain.invoices.rules import DocumentKind, FileKind
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    id: UUID
    number: str
    kind: DocumentKind
    issued_on: date
    counterparty_id: UUID
    net: Money
    vat: Money
    gross: Money
    about: str | None  # number of what a credit note or a correction is about
    vat_rule: str | None
    unverified_rules: tuple[str, ...]


_REGISTER: Final = f"""
    select d.id, d.number, d.document_kind, d.issued_on, d.counterparty_id, d.currency,
           d.net_minor * d.minor_micros as net, d.vat_minor * d.minor_micros as vat,
           d.gross_minor * d.minor_micros as gross, p.number as about,
           d.vat_decision ->> 'rule' as vat_rule, {UNVERIFIED_RULES} as unverified_rules
    from issued_document d
    left join issued_document p on p.id = d.preceding_id
    where d.issued_on between $1 and $2
    order by d.document_kind, d.number
"""  # noqa: S608  # our own columns
_FILES: Final = """
    select file_kind, content from document_file where document_id = $1 order by file_kind
"""


async def register(*, since: date, until: date) -> list[RegisterRow]:
    """Both days are part of it; by kind and number."""
    return [
        RegisterRow(
            id=row["id"],
            number=row["number"],
            kind=DocumentKind(row["document_kind"]),
            issued_on=row["issued_on"],
            counterparty_id=row["counterparty_id"],
            net=Money(row["net"], row["currency"]),
            vat=Money(row["vat"], row["currency"]),
            gross=Money(row["gross"], row["currency"]),
            about=row["about"],
            vat_rule=row["vat_rule"],
            unverified_rules=rules_named(row["unverified_rules"]),
        )
        for row in await fetch(_REGISTER, since, until)
    ]


async def files_of(*, document_id: UUID) -> dict[FileKind, bytes]:
    """Whosever it is; for finance alone."""
    rows = await fetch(_FILES, document_id)
    return {FileKind(row["file_kind"]): row["content"] for row in rows}


async def document_id_of(*, number: str) -> UUID | None:
    found: UUID | None = await fetch_value(
        "select id from issued_document where number = $1", number
    )
    return found
