"""Reads of VAT."""

from __future__ import annotations

from domain.taxes.queries.vat import (
    Decided,
    DecisionRecord,
    UsedRule,
    decided_self_bill,
    decided_vat,
    decision_of,
    decisions_by_id,
    vat_buyer,
    vat_seller,
)

__all__ = [
    "Decided",
    "DecisionRecord",
    "UsedRule",
    "decided_self_bill",
    "decided_vat",
    "decision_of",
    "decisions_by_id",
    "vat_buyer",
    "vat_seller",
]
