"""Who sells, who buys, and what the law of the day makes of it. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import fetch, fetch_row
from domain.errors import NotFound
from domain.members import queries as members
from domain.money import Money
from domain.reference import queries as reference
from domain.reference.rules import ReferenceRule, RuleKey
from domain.taxes.rules import (
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

MICROS: Final = 1_000_000
SELLER_COUNT_MAX: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedRule:
    """A row of law that a decision leant on, as it was vouched for then."""

    key: RuleKey
    is_unverified: bool
    confirmed_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision with everything that explains it; `inputs` is what gets stored."""

    decision: VatDecision
    seller_code: str
    on: date
    inputs: Mapping[str, Any]
    rules_used: tuple[UsedRule, ...]

    @property
    def is_unverified(self) -> bool:
        return any(rule.is_unverified for rule in self.rules_used)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord(Decided):
    """A stored one."""

    id: UUID
    subject_id: UUID
    counterparty_id: UUID
    net: Money
    decided_at: datetime


_SELLERS: Final = """
    select distinct on (code) code, country, is_small_business, has_oss, service_kind,
           union_sales_this_year_eur, union_sales_last_year_eur, has_one_establishment
    from vat_seller
    where valid_from <= $1 and ($2::text is null or code = $2)
    order by code, valid_from desc, revision desc limit $3
"""
# What was decided here counts by itself; finance declares what was sold elsewhere, and what was
# sold in another currency than EUR.
_SALES: Final = """
    select seller_code,
           coalesce(sum(net_micros) filter (where decided_on >= $2), 0)::bigint as this_year,
           coalesce(sum(net_micros) filter (where decided_on < $2), 0)::bigint as last_year
    from vat_decision
    where seller_code = any($1) and currency = 'EUR' and decided_on >= $3 and decided_on <= $4
      and rule in ('below_union_threshold', 'union_consumer')
    group by seller_code
"""


# Of the form that stands, for the country the member lives in; kinds of evidence, not pieces of it.
_BUYER: Final = """
    select f.id as form_id, f.vat_status, p.outcome, p.check_id, p.consultation,
           (p.proven_at at time zone 'UTC')::date as proven_on,
           (select count(*) from (
                select distinct on (l.proof_kind) l.country from location_proof l
                where l.member_id = m.id and l.seen_at < $2::date + 1
                order by l.proof_kind, l.seen_at desc) seen
            where seen.country = m.country)::int as location_proofs
    from member m
    left join lateral (
        select f.id, f.vat_status from tax_form f
        where f.member_id = m.id and f.form_kind = 'vat' and f.country = m.country
          and f.submitted_at < $2::date + 1
          and not exists (select from tax_form_end e where e.form_id = f.id)
        order by f.version desc limit 1) f on true
    left join lateral (
        select p.* from vat_proof p
        where p.form_id = f.id and p.proven_at < $2::date + 1
        order by p.proven_at desc, p.id desc limit 1) p on true
    where m.id = $1
"""


async def vat_seller(*, on: date, code: str | None = None) -> VatSeller:
    """The company that sells on this day: the named one, else the first by code.

    Refuses with `VatUndecided` while none is named.
    """
    found = await _sellers(on=on, code=code, at_most=1)
    if not found:
        raise VatUndecided(UndecidedReason.SELLER_MISSING)
    return found[0]


async def vat_sellers(*, on: date) -> list[VatSeller]:
    """Our companies by code, as they are on that day."""
    return await _sellers(on=on, code=None, at_most=SELLER_COUNT_MAX)


async def _sellers(*, on: date, code: str | None, at_most: int) -> list[VatSeller]:
    rows = await fetch(_SELLERS, on, code, at_most)
    codes = [row["code"] for row in rows]
    years = date(on.year, 1, 1), date(on.year - 1, 1, 1)
    sold = {row["seller_code"]: row for row in await fetch(_SALES, codes, *years, on)}
    return [_seller(row, sold.get(row["code"])) for row in rows]


def _seller(row: Mapping[str, Any], sold: Mapping[str, Any] | None) -> VatSeller:
    this_year, last_year = (0, 0) if sold is None else (sold["this_year"], sold["last_year"])
    return VatSeller(
        code=row["code"],
        country=row["country"],
        is_small_business=row["is_small_business"],
        has_oss=row["has_oss"],
        service=ServiceKind(row["service_kind"]),
        union_sales_this_year_eur=row["union_sales_this_year_eur"] + whole(this_year),
        union_sales_last_year_eur=row["union_sales_last_year_eur"] + whole(last_year),
        has_one_establishment=row["has_one_establishment"],
    )


async def vat_buyer(*, member_id: UUID, on: date) -> VatBuyer:
    """What is known of an employer. Refuses with `NotFound`."""
    member = (await members.members_by_id(ids=[member_id])).get(member_id)
    if member is None:
        raise NotFound("no such member")
    row = await fetch_row(_BUYER, member_id, on)
    assert row is not None
    book = await reference.rule_book(kinds=["vat_threshold"])
    proof_days = int(book.get("vat_threshold", "proof_days", on)["days"])
    status = row["vat_status"] and WorkerStatus(row["vat_status"])
    proof = _proof(row, on=on, days=proof_days)
    return VatBuyer(
        country=member.country,
        is_business=status in (WorkerStatus.BUSINESS, WorkerStatus.SMALL_BUSINESS),
        proof=proof,
        proof_ref=row["check_id"],
        proof_consultation=row["consultation"],
        proven_on=row["proven_on"],
        form_id=row["form_id"],
        location_proofs=row["location_proofs"],
    )


def _proof(row: Mapping[str, Any], *, on: date, days: int) -> BusinessProof:
    """The newest answer counts: an id that was taken back proves nothing, nor does an old one."""
    if row["outcome"] == "other":
        return BusinessProof.OTHER
    if row["outcome"] == "valid" and (on - row["proven_on"]).days <= days:
        return BusinessProof.VERIFIED_ID
    return BusinessProof.NONE


async def decided_vat(
    *, member_id: UUID, net: Money, on: date, seller_code: str | None = None
) -> Decided:
    """Our fee of `net` to this employer, by the law of the day; the decision is not stored.

    Refuses with `VatUndecided` or `ReferenceRuleMissing`.
    """
    seller = await vat_seller(on=on, code=seller_code)
    if net.currency == "EUR":
        sales = seller.union_sales_this_year_eur + whole(net.micros)
        seller = replace(seller, union_sales_this_year_eur=sales)
    buyer = await vat_buyer(member_id=member_id, on=on)
    return await decided_for(seller=seller, buyer=buyer, on=on)


async def decided_for(*, seller: VatSeller, buyer: VatBuyer, on: date) -> Decided:
    """Of given facts: what finance tries out."""
    book = await reference.rule_book(kinds=VAT_RULE_KINDS)
    decision = decide_vat(seller=seller, buyer=buyer, on=on, book=book)
    return Decided(
        decision=decision,
        seller_code=seller.code,
        on=on,
        inputs={"seller": msgspec.to_builtins(seller), "buyer": msgspec.to_builtins(buyer)},
        rules_used=tuple(_used(rule) for rule in book.used),
    )


async def decided_self_bill(
    *,
    worker_country: str,
    status: WorkerStatus,
    has_vat_id: bool,
    on: date,
    seller_code: str | None = None,
) -> Decided:
    """What a worker's own document shows; not stored. Refuses as `decided_vat` does."""
    platform = await vat_seller(on=on, code=seller_code)
    book = await reference.rule_book(kinds=VAT_RULE_KINDS)
    decision = decide_self_bill(
        worker_country=worker_country,
        status=status,
        has_vat_id=has_vat_id,
        platform=platform,
        on=on,
        book=book,
    )
    worker = {"country": worker_country, "status": status.value, "has_vat_id": has_vat_id}
    return Decided(
        decision=decision,
        seller_code=platform.code,
        on=on,
        inputs={"worker": worker, "platform": msgspec.to_builtins(platform)},
        rules_used=tuple(_used(rule) for rule in book.used),
    )


_BY_ID: Final = """
    select id, subject_id, seller_code, counterparty_id, decided_on, decided_at, category,
           basis_points, exemption_code, exemption_text, reported_in, place, rule, currency,
           net_micros, inputs, rules_used
    from vat_decision where id = any($1)
"""


async def decisions_by_id(*, ids: Collection[UUID]) -> dict[UUID, DecisionRecord]:
    return {row["id"]: _record(row) for row in await fetch(_BY_ID, list(ids))}


def whole(micros: int) -> int:
    """Whole units, up: a limit is passed by the first fraction beyond it."""
    return -(-micros // MICROS)


def decision_of(row: Mapping[str, Any]) -> VatDecision:
    """Of a row with the columns of `vat_decision`."""
    return VatDecision(
        treatment=VatTreatment(
            category=VatCategory(row["category"]),
            basis_points=row["basis_points"],
            exemption_code=row["exemption_code"],
            exemption_text=row["exemption_text"],
        ),
        reported_in=VatReturn(row["reported_in"]),
        place=row["place"],
        rule=row["rule"],
    )


def _used(rule: ReferenceRule) -> UsedRule:
    return UsedRule(key=rule.key, is_unverified=rule.is_unverified, confirmed_by=rule.confirmed_by)


def _record(row: Mapping[str, Any]) -> DecisionRecord:
    return DecisionRecord(
        id=row["id"],
        subject_id=row["subject_id"],
        seller_code=row["seller_code"],
        counterparty_id=row["counterparty_id"],
        on=row["decided_on"],
        decided_at=row["decided_at"],
        decision=decision_of(row),
        net=Money(row["net_micros"], row["currency"]),
        inputs=msgspec.json.decode(row["inputs"]),
        rules_used=msgspec.json.decode(row["rules_used"], type=tuple[UsedRule, ...]),
    )
