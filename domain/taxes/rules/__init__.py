"""Which VAT a supply has, and who a member is to the tax office."""

from __future__ import annotations

from domain.taxes.rules.vat import (
    VAT_RULE_KINDS,
    BusinessProof,
    ServiceKind,
    UndecidedReason,
    VatBuyer,
    VatCategory,
    VatDecision,
    VatReturn,
    VatSeller,
    VatTreatment,
    VatUndecided,
    WorkerStatus,
    decide_self_bill,
    decide_vat,
)

__all__ = [
    "VAT_RULE_KINDS",
    "BusinessProof",
    "ServiceKind",
    "UndecidedReason",
    "VatBuyer",
    "VatCategory",
    "VatDecision",
    "VatReturn",
    "VatSeller",
    "VatTreatment",
    "VatUndecided",
    "WorkerStatus",
    "decide_self_bill",
    "decide_vat",
]
