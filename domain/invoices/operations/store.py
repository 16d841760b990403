"""Numbers a document and stores it, and later how it looks."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch_value, transaction
from domain.invoices import queries
from domain.invoices.operations.parties import Issuer
from domain.invoices.operations.unbilled import Work
from domain.invoices.rules import Document, DocumentRenderer, document_number, number_prefix
from domain.jobs import JobRequest, enqueue
from domain.money import minor_step

_STORE_FILE: Final = """
    insert into document_file (document_id, file_kind, sha256, content)
    values ($1, 'pdf', $2, $3) on conflict do nothing
"""


async def render_document(*, document_id: UUID, renderer: DocumentRenderer) -> None:
    """Draws the document outside any transaction and keeps the first rendering for ever.

    Refuses with `NotFound`.
    """
    document = await queries.document_to_render(document_id=document_id)
    if document is None:
        return  # it is drawn already
    content = await renderer.render(document)
    async with transaction():
        await execute(_STORE_FILE, document_id, hashlib.sha256(content).digest(), content)


_MARK_BILLED: Final = """
    insert into billed_assignment (assignment_id, document_kind, document_id)
    select id, $2, $3 from unnest($1::uuid[]) as billed (id)
"""
_SET_CARRY: Final = """
    update billing_carry set micros = $5
    where legal_entity_id = $1 and counterparty_id = $2 and document_kind = $3 and currency = $4
"""
_ENSURE_SERIES: Final = """
    insert into number_series (legal_entity_id, document_kind, fiscal_year, prefix)
    values ($1, $2, $3, $4) on conflict do nothing
"""
_INSERT_DOCUMENT: Final = """
    insert into issued_document
        (id, legal_entity_id, document_kind, fiscal_year, sequence_number, number, issued_on,
         counterparty_id, currency, minor_micros, net_minor, vat_minor, gross_minor,
         canonical_json, canonical_sha256, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
            sha256(convert_to($14, 'UTF8')), $15)
"""


async def number_and_store(
    *, document_id: UUID, draft: Document, work: Work, issuer: Issuer, now: datetime
) -> UUID:
    kind, year = draft.kind.value, draft.issued_on.year
    counterparty = draft.buyer if draft.seller is draft.issuer else draft.seller
    carry_key = (issuer.id, counterparty.member_id, kind, draft.currency)
    await execute(_MARK_BILLED, work.assignment_ids, kind, document_id)
    await execute(_SET_CARRY, *carry_key, draft.carried_out_micros)
    await enqueue([_render_job(document_id)])
    prefix = number_prefix(code=issuer.code, kind=draft.kind)
    await execute(_ENSURE_SERIES, issuer.id, kind, year, prefix)

    sequence = await fetch_value("select number_take($1, $2, $3)", issuer.id, kind, year)
    number = document_number(code=issuer.code, kind=draft.kind, year=year, sequence=sequence)
    document = replace(draft, number=number)
    await execute(
        _INSERT_DOCUMENT,
        document_id,
        issuer.id,
        kind,
        year,
        sequence,
        number,
        document.issued_on,
        counterparty.member_id,
        document.currency,
        minor_step(document.exponent),
        document.net_minor,
        document.vat_minor,
        document.gross_minor,
        msgspec.json.encode(document, order="sorted").decode(),
        now,
    )
    return document_id


def _render_job(document_id: UUID) -> JobRequest:
    return JobRequest(
        name="document_render",
        arguments={"document_id": str(document_id)},
        once_key=str(document_id),
    )
