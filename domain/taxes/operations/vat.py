"""Keeps decisions about VAT, and the tax facts of who sells."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from domain.database import execute, in_transaction, one_transaction
from domain.errors import InvalidInput, NotAllowed
from domain.given import NewId
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import Money
from domain.taxes.queries.vat import Decided
from domain.taxes.rules import VatSeller
from domain.texts import has_unprintable

SALES_MAX: Final = 1_000_000_000_000  # whole euro
FIRST_DAY: Final = date(2020, 1, 1)  # of everything that this system decides


class SubjectKind(StrEnum):
    CAMPAIGN = "campaign"
    SELF_BILL = "self_bill"
    BONUS = "bonus"
    FEATURE = "feature"


_ENSURE_SELLER: Final = """
    insert into vat_seller
        (code, valid_from, country, is_small_business, has_oss, service_kind,
         union_sales_this_year_eur, union_sales_last_year_eur, has_one_establishment)
    select $1, $2, $3, false, false, 'electronic', 0, 0, true
    where not exists (select 1 from vat_seller where code = $1)
"""


async def ensure_vat_seller(*, code: str, country: str) -> None:
    """A company begins as a taxed one of its country; `record_terms` says what is different."""
    assert in_transaction()
    await execute(_ENSURE_SELLER, code, FIRST_DAY, country)


_RECORD: Final = """
    insert into vat_seller
        (code, valid_from, revision, country, is_small_business, has_oss, service_kind,
         union_sales_this_year_eur, union_sales_last_year_eur, has_one_establishment,
         recorded_by, recorded_at)
    select $1, $2, 1 + coalesce((select max(revision) from vat_seller
                                 where code = $1 and valid_from = $2), 0),
           $3, $4, $5, $6, $7, $8, $9, $10, $11
    where exists (select 1 from vat_seller where code = $1 and country = $3)
"""


@one_transaction
async def record_terms(
    *, actor_id: UUID, terms: VatSeller, valid_from: date, now: datetime
) -> None:
    """Finance says what a company is to the tax office from a day on; decisions made stay.

    Refuses with `NotAllowed` or `InvalidInput`.
    """
    actor = (await members.members_by_id(ids=[actor_id])).get(actor_id)
    if actor is None or Role.FINANCE not in actor.roles:
        raise NotAllowed("only finance says how a company is taxed")
    if has_unprintable(terms.code):
        raise InvalidInput("no company of this code in this country", path=("code",))
    if max(terms.union_sales_this_year_eur, terms.union_sales_last_year_eur) > SALES_MAX:
        raise InvalidInput("more than a company sells", path=("union_sales_this_year_eur",))
    if min(terms.union_sales_this_year_eur, terms.union_sales_last_year_eur) < 0:
        raise InvalidInput("sales are not negative", path=("union_sales_this_year_eur",))
    recorded = await execute(
        _RECORD,
        terms.code,
        valid_from,
        terms.country,
        terms.is_small_business,
        terms.has_oss,
        terms.service.value,
        terms.union_sales_this_year_eur,
        terms.union_sales_last_year_eur,
        terms.has_one_establishment,
        actor_id,
        now,
    )
    if not recorded:
        raise InvalidInput("no company of this code in this country", path=("code",))


_STORE: Final = """
    insert into vat_decision
        (id, subject_kind, subject_id, seller_code, counterparty_id, decided_on, decided_at,
         category, basis_points, exemption_code, exemption_text, reported_in, place, rule,
         currency, net_micros, inputs, rules_used)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
"""


async def store_decision(
    *,
    decided: Decided,
    subject_kind: SubjectKind,
    subject_id: UUID,
    counterparty_id: UUID,
    net: Money,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """Inside the transaction of the sale; the id is what the sale keeps of it."""
    assert in_transaction()
    decision_id, decision = new_id(), decided.decision
    await execute(
        _STORE,
        decision_id,
        subject_kind.value,
        subject_id,
        decided.seller_code,
        counterparty_id,
        decided.on,
        now,
        decision.treatment.category.value,
        decision.treatment.basis_points,
        decision.treatment.exemption_code,
        decision.treatment.exemption_text,
        decision.reported_in.value,
        decision.place,
        decision.rule,
        net.currency,
        net.micros,
        msgspec.json.encode(decided.inputs).decode(),
        msgspec.json.encode(decided.rules_used).decode(),
    )
    return decision_id
