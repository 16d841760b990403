"""Approved work that stands on no document yet, locked for one issuer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_value
from domain.invoices.rules import BillableGroup, DocumentKind
from domain.taxes.queries import decision_of
from domain.taxes.rules import VatDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What stands on no document yet; `assignment_ids` and `groups` are the same work."""

    assignment_ids: list[UUID]
    groups: list[BillableGroup]
    first_on: date
    last_on: date


# What one document takes: more would outlast the time a statement may take.
WORK_COUNT_MAX: Final = 50_000
_NO_FEE_INVOICE: Final = """
    c.employer_id = $1 and a.currency = $2 and a.state in ('approved', 'partly_approved')
    and not exists (select 1 from billed_assignment b
                    where b.assignment_id = a.id and b.document_kind = 'fee_invoice')
"""
_FEE_DECISIONS: Final = f"""
    select d.category, d.basis_points, d.exemption_code, d.exemption_text, d.reported_in, d.place,
           d.rule, case d.category when 'AE' then d.inputs -> 'buyer' ->> 'form_id' end as form_id,
           array_agg(distinct d.id) as ids
    from campaign c
    join assignment a on a.campaign_id = c.id
    join vat_decision d on d.id = c.vat_decision_id
    where {_NO_FEE_INVOICE}
