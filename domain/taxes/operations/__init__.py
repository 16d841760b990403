"""Everything that changes what is known of taxes, one module per subject."""

from __future__ import annotations

from domain.taxes.operations.forms import (
    TaxFormInvalid,
    report_change,
    reveal_content,
    reveal_number,
    submit_form,
)
from domain.taxes.operations.proofs import (
    AgreementOutdated,
    accept_self_billing,
    note_location,
    record_business_proof,
    record_vat_check,
    withdraw_self_billing,
)
from domain.taxes.operations.vat import SubjectKind, ensure_vat_seller, record_terms, store_decision

__all__ = [
    "AgreementOutdated",
    "SubjectKind",
    "TaxFormInvalid",
    "accept_self_billing",
    "ensure_vat_seller",
    "note_location",
    "record_business_proof",
    "record_terms",
    "record_vat_check",
    "report_change",
    "reveal_content",
    "reveal_number",
    "store_decision",
    "submit_form",
    "withdraw_self_billing",
]
