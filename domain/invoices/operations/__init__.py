"""Everything that makes documents, one module per step."""

from __future__ import annotations

from domain.invoices.operations.ask_for_documents import ask_for_documents
from domain.invoices.operations.credit import (
    Corrected,
    CreditTooHigh,
    correct_document,
    credit_document,
    object_to_self_bill,
)
from domain.invoices.operations.deliver import deliver_document
from domain.invoices.operations.forget import forget_drafts
from domain.invoices.operations.issue import (
    DocumentInvalid,
    Issued,
    issue_fee_invoice,
    issue_invoice,
    issue_self_bill,
)
from domain.invoices.operations.issuers import (
    save_legal_entity,
    set_document_language,
    set_logo,
    set_series_prefix,
)
from domain.invoices.operations.parties import LegalEntityMissing, ensure_legal_entity
from domain.invoices.operations.runs import Started, recover_runs, start_run, step_run
from domain.invoices.operations.statements import issue_account_statement, issue_receipts
from domain.invoices.operations.store import render_document

__all__ = [
    "Corrected",
    "CreditTooHigh",
    "DocumentInvalid",
    "Issued",
    "LegalEntityMissing",
    "Started",
    "ask_for_documents",
    "correct_document",
    "credit_document",
    "deliver_document",
    "ensure_legal_entity",
    "forget_drafts",
    "issue_account_statement",
    "issue_fee_invoice",
    "issue_invoice",
    "issue_receipts",
    "issue_self_bill",
    "object_to_self_bill",
    "recover_runs",
    "render_document",
    "save_legal_entity",
    "set_document_language",
    "set_logo",
    "set_series_prefix",
    "start_run",
    "step_run",
]
