"""Everything that makes documents, one module per step."""

from __future__ import annotations

from domain.invoices.operations.ask_for_documents import ask_for_documents
from domain.invoices.operations.issue import (
    Issued,
    issue_fee_invoice,
    issue_invoice,
    issue_self_bill,
)
from domain.invoices.operations.parties import LegalEntityMissing, ensure_legal_entity
from domain.invoices.operations.store import render_document

__all__ = [
    "Issued",
    "LegalEntityMissing",
    "ask_for_documents",
    "ensure_legal_entity",
    "issue_fee_invoice",
    "issue_invoice",
    "issue_self_bill",
    "render_document",
]
