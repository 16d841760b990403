"""Everything that changes what is known of taxes, one module per subject."""

from __future__ import annotations

from domain.taxes.operations.vat import SubjectKind, ensure_vat_seller, record_terms, store_decision

__all__ = ["SubjectKind", "ensure_vat_seller", "record_terms", "store_decision"]
