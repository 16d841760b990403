"""Makes documents without a number out of approved work. Nothing is stored here but locks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.given import Vault
from domain.invoices.operations.parties import (
    Issuer,
    billed_party,
    current_issuer,
    language_for,
    member_party,
)
from domain.invoices.operations.unbilled import (
    UNBILLED_FEES,
    UNBILLED_REWARDS,
    WORK_COUNT_MAX,
    Work,
    fee_decisions,
    lock_carry,
    unbilled,
)
from domain.invoices.rules import (
    Bill,
    CreditWay,
    Document,
    DocumentKind,
    Note,
    Party,
    bill,
    document_exponent,
    vat_minor,
    without_vat,
)
from domain.jobs import JobRequest
from domain.taxes import queries as taxes
from domain.taxes.rules import VatDecision, WorkerStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that its issue needs. `more` asks for another document of what did not fit."""

    document: Document
    issuer: Issuer
    counterparty_id: UUID
    work: Work | None = None
    vat_decision: dict[str, Any] | None = None
    more: JobRequest | None = None
    preceding_id: UUID | None = None
    replaces_id: UUID | None = None
    credit_way: CreditWay | None = None
    subject: str | None = None


async def draft_fee_invoice(
    *,
    employer_id: UUID,
    currency: str,
    vault: Vault,
    now: datetime,
    work_count_max: int = WORK_COUNT_MAX,
) -> Draft | None:
    """Our fee on approved work that no fee invoice shows yet, paid from the deposit.

    A document has one treatment of VAT, decided when its campaigns were funded. Work of another
    one, or more than `work_count_max`, gets another document, by a job. None when there is
    nothing, or only less than a smallest unit: then it waits.
    """
    kind = DocumentKind.FEE_INVOICE
    issuer = await current_issuer()
    carried_in = await lock_carry(issuer.id, employer_id, kind, currency)
    exponent = document_exponent(currency)
    decisions = await fee_decisions(employer_id, currency)
    for each in decisions:  # the one that bills is the last
        work = await unbilled(
            UNBILLED_FEES, employer_id, currency, each.ids, count_max=work_count_max
        )
        billed = work and bill(groups=work.groups, carry_micros=carried_in, exponent=exponent)
        if work and billed:
            break
    else:
        return None
    buyer = await billed_party(employer_id, vault=vault, form_id=each.form_id)
    language = await language_for(employer_id, buyer.country)
    is_more = len(decisions) > 1 or len(work.ids) == work_count_max
    return Draft(
        document=_fee_invoice(
            Facts(issuer, buyer, currency, language, now.date(), carried_in),
            work,
            billed,
            each.decision,
        ),
        issuer=issuer,
        counterparty_id=employer_id,
        work=work,
        vat_decision={
            "rule": each.decision.rule,
            "reported_in": each.decision.reported_in.value,
            "place": each.decision.place,
            "decisions": [str(id_) for id_ in sorted(each.ids)],
        },
        more=_more("fee_invoice_issue", employer_id=employer_id, currency=currency)
        if is_more
        else None,
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """What every invoice says, whoever sells."""

    issuer: Issuer
    member: Party
    currency: str
    language: str
    issued_on: date
    carried_in: int


def _fee_invoice(facts: Facts, work: Work, billed: Bill, decision: VatDecision) -> Document:
    rate = decision.treatment.basis_points or 0
    vat = vat_minor(net_minor=billed.net_minor, basis_points=rate)
    gross = billed.net_minor + vat
    return _document(
        facts,
        work,
        billed,
        decision,
        kind=DocumentKind.FEE_INVOICE,
        seller=facts.issuer.party,
        buyer=facts.member,
        vat_basis_points=rate,
        vat_minor=vat,
        gross_minor=gross,
        paid_minor=gross,
        notes=(Note.PAID_FROM_DEPOSIT, *(() if rate else (Note.NO_VAT_CHARGED,))),
    )


def _self_bill(
    facts: Facts, work: Work, billed: Bill, decision: VatDecision, status: WorkerStatus
) -> Document:
    """A worker's VAT is theirs to pay, so the reward holds it. Shown wrongly it would be owed."""
    gross = billed.net_minor
    rate = decision.treatment.basis_points
    parted = without_vat(billed, basis_points=rate or 0)
    private = (Note.PRIVATE_PERSON,) if status is WorkerStatus.PRIVATE else ()
    return _document(
        facts,
        work,
        parted,
        decision,
        kind=DocumentKind.SELF_BILL,
        seller=facts.member,
        buyer=facts.issuer.party,
        vat_basis_points=rate,
        vat_minor=gross - parted.net_minor,
        gross_minor=gross,
        paid_minor=gross,
        notes=(Note.SELF_BILLING, *private, Note.CREDITED_TO_EARNINGS),
    )


def _document(
    facts: Facts, work: Work, billed: Bill, decision: VatDecision, **own: Any
) -> Document:
    return Document(
        number="",
        issued_on=facts.issued_on,
        period_from=work.first_on,
        period_to=work.last_on,
        issuer=facts.issuer.party,
        currency=facts.currency,
        exponent=document_exponent(facts.currency),
        lines=billed.lines,
        net_minor=billed.net_minor,
        carried_in_micros=facts.carried_in,
        carried_out_micros=billed.carry_micros,
        language=facts.language,
        treatment=decision.treatment,
        vat_rule=decision.rule,
        footer=facts.issuer.footer,
        logo=facts.issuer.logo,
        **own,
    )


async def draft_self_bill(
    *,
    worker_id: UUID,
    currency: str,
    vault: Vault,
    now: datetime,
    work_count_max: int = WORK_COUNT_MAX,
) -> Draft | None:
    """The worker's invoice to us, written by us: rewards of approved work on no self-bill yet.

    None as for fee invoices, and while something stops us from writing it.
    """
    kind = DocumentKind.SELF_BILL
    issuer = await current_issuer()
    country = (await member_party(worker_id)).country
    if await taxes.self_bill_stop(member_id=worker_id, country=country, at=now) is not None:
        return None
    carried_in = await lock_carry(issuer.id, worker_id, kind, currency)
    work = await unbilled(UNBILLED_REWARDS, worker_id, currency, count_max=work_count_max)
    exponent = document_exponent(currency)
    billed = work and bill(groups=work.groups, carry_micros=carried_in, exponent=exponent)
    if not work or not billed:
        return None
    standing = await taxes.vat_standing(member_id=worker_id, country=country)
    seller = await billed_party(worker_id, vault=vault, form_id=standing.form_id)
    decided = await taxes.decided_self_bill(
        worker_country=country,
        status=standing.status,
        has_vat_id=standing.has_vat_id,
        on=now.date(),
        seller_code=issuer.code,
    )
    language = await language_for(worker_id, seller.country)
    return Draft(
        document=_self_bill(
            Facts(issuer, seller, currency, language, now.date(), carried_in),
            work,
            billed,
            decided.decision,
            standing.status,
        ),
        issuer=issuer,
        counterparty_id=worker_id,
        work=work,
        vat_decision={
            "rule": decided.decision.rule,
            "reported_in": decided.decision.reported_in.value,
            "place": decided.decision.place,
            "inputs": decided.inputs,
            "rules_used": msgspec.to_builtins(decided.rules_used),
        },
        more=_more("self_bill_issue", worker_id=worker_id, currency=currency)
        if len(work.ids) == work_count_max
        else None,
    )


def _more(name: str, **arguments: UUID | str) -> JobRequest:
    return JobRequest(name=name, arguments={key: str(value) for key, value in arguments.items()})
