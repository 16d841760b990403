"""Everything that changes what is known of taxes, one module per subject."""

from __future__ import annotations

from domain.taxes.operations.b_notices import (
    end_b_notice,
    note_b_notice_letter,
    record_b_notice,
)
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
    "end_b_notice",
    "ensure_vat_seller",
    "note_b_notice_letter",
    "note_location",
    "record_b_notice",
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
