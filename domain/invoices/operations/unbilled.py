"""Approved work, bonuses, paid placement: what is on no document yet, locked for one issuer."""

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
    """What stands on no document yet; `ids` and `groups` are the same work."""

    ids: list[UUID]
    groups: list[BillableGroup]
    first_on: date
    last_on: date


# What one document takes: more would outlast the time a statement may take.
WORK_COUNT_MAX: Final = 50_000
_NO_FEE_INVOICE: Final = """
    w.employer_id = $1 and w.currency = $2
    and not exists (select 1 from billed_work b
                    where b.work_id = w.id and b.document_kind = 'fee_invoice')
"""
_FEE_DECISIONS: Final = f"""
    select d.category, d.basis_points, d.exemption_code, d.exemption_text, d.reported_in, d.place,
           d.rule, case d.category when 'AE' then d.inputs -> 'buyer' ->> 'form_id' end as form_id,
           array_agg(distinct d.id) as ids
    from billable_work w join vat_decision d on d.id = w.vat_decision_id
    where {_NO_FEE_INVOICE}
    group by 1, 2, 3, 4, 5, 6, 7, 8
    order by bool_and(w.fee_micros = 0), min(w.earned_at), 1, 2, 6, 8
"""  # noqa: S608  # our own condition
_GROUPED: Final = """
    select campaign_id, is_bonus, is_placement, title, unit_micros, array_agg(id) as ids,
           min(earned_at) as first_at, max(earned_at) as last_at
"""
_BY_PRICE: Final = """
    group by campaign_id, is_bonus, is_placement, title, unit_micros
    order by min(earned_at), campaign_id, is_bonus, is_placement, unit_micros
"""
# The oldest first; what bills nothing last, or it could fill every document.
UNBILLED_FEES: Final = f"""
    {_GROUPED} from (
        select w.*, w.fee_micros as unit_micros from billable_work w
        where {_NO_FEE_INVOICE} and w.vat_decision_id = any($4::uuid[])
        order by w.fee_micros = 0, w.earned_at, w.id limit $3
    ) work {_BY_PRICE}
"""  # noqa: S608  # as above
UNBILLED_REWARDS: Final = f"""
    {_GROUPED} from (
        select w.*, w.reward_micros as unit_micros from billable_work w
        where w.worker_id = $1 and w.currency = $2
          and not exists (select 1 from billed_work b
                          where b.work_id = w.id and b.document_kind = 'self_bill')
        order by w.earned_at, w.id limit $3
    ) work {_BY_PRICE}
"""  # noqa: S608  # as above


async def lock_carry(
    entity_id: UUID, counterparty_id: UUID, kind: DocumentKind, currency: str
) -> int:
    key = (entity_id, counterparty_id, kind.value, currency)
    await execute(
        "insert into billing_carry (legal_entity_id, counterparty_id, document_kind, currency,"
        " micros) values ($1, $2, $3, $4, 0) on conflict do nothing",
        *key,
    )
    return int(
        await fetch_value(
            "select micros from billing_carry where legal_entity_id = $1"
            " and counterparty_id = $2 and document_kind = $3 and currency = $4 for update",
            *key,
        )
    )


@dataclass(frozen=True, slots=True)
class FeeDecision:
    """One way in which unbilled fees are taxed, and the stored decisions that say so.

    `form_id` has the VAT id that reverse charge leant on: a document names one.
    """

    decision: VatDecision
    ids: list[UUID]
    form_id: UUID | None


async def fee_decisions(employer_id: UUID, currency: str) -> list[FeeDecision]:
    """Of the campaigns with fees on no document, the one with the oldest work first.

    They were made when the campaigns were funded, and are never made anew for a document.
    """
    rows = await fetch(_FEE_DECISIONS, employer_id, currency)
    return [
        FeeDecision(decision_of(row), row["ids"], row["form_id"] and UUID(row["form_id"]))
        for row in rows
    ]


async def unbilled(
    sql: str, counterparty_id: UUID, currency: str, *more: object, count_max: int
) -> Work | None:
    """At most `count_max` of it: then there may be more."""
    rows = await fetch(sql, counterparty_id, currency, count_max, *more)
    if not rows:
        return None
    return Work(
        ids=[id_ for row in rows for id_ in row["ids"]],
        groups=[
            BillableGroup(
                campaign_id=row["campaign_id"],
                is_bonus=row["is_bonus"],
                is_placement=row["is_placement"],
                title=row["title"],
                count=len(row["ids"]),
                unit_micros=row["unit_micros"],
            )
            for row in rows
        ],
        first_on=min(row["first_at"] for row in rows).date(),
        last_on=max(row["last_at"] for row in rows).date(),
    )
