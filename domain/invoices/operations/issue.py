"""Issues documents. Nothing here ever changes one.

An issuer locks the counterparty's carry row first, so that two runs at once bill nothing
twice, and takes the number last, so that the series' row is locked for two statements only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.database import one_transaction
from domain.errors import NotAllowed, NotFound
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.invoices.operations.parties import current_issuer, member_party
from domain.invoices.operations.store import number_and_store
from domain.invoices.operations.unbilled import (
    UNBILLED_FEES,
    UNBILLED_REWARDS,
    WORK_COUNT_MAX,
    fee_decisions,
    lock_carry,
    unbilled,
)
from domain.invoices.rules import (
    Document,
    DocumentKind,
    Note,
    bill,
    document_exponent,
    vat_minor,
)
from domain.jobs import JobRequest, enqueue
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import Money, minor_step


@dataclass(frozen=True, slots=True)
class Issued:
    """Without a document when there was nothing to bill."""

    document_id: UUID | None
    replayed: bool


@one_transaction
async def issue_invoice(
    *,
    actor_id: UUID,
    kind: DocumentKind,
    member_id: UUID,
    currency: str,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Issued:
    """Staff issue a document out of turn. Refuses with `NotAllowed` or `NotFound`."""
    found = await members.members_by_id(ids=[actor_id, member_id])
    if actor_id not in found or Role.FINANCE not in found[actor_id].roles:
        raise NotAllowed("only finance issues documents")
    if member_id not in found:
        raise NotFound("no such member")
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Issued(UUID(earlier) if earlier else None, replayed=True)
    if kind is DocumentKind.FEE_INVOICE:
        issued = await _fee_invoice(
            employer_id=member_id, currency=currency, new_id=new_id, now=now
        )
    else:
        issued = await _self_bill(worker_id=member_id, currency=currency, new_id=new_id, now=now)
    await idempotency.answer(key=key, result="" if issued is None else str(issued))
    return Issued(issued, replayed=False)


async def _fee_invoice(
    *,
    employer_id: UUID,
    currency: str,
    new_id: NewId,
    now: datetime,
    work_count_max: int = WORK_COUNT_MAX,
) -> UUID | None:
    """Our fee on approved work that no fee invoice shows yet, paid from the deposit.

    A document has one treatment of VAT, decided when its campaigns were funded. Work of another
    one, or more than `work_count_max`, gets another document, by a job. None when there is
    nothing, or only less than a smallest unit: then it waits.
    """
    kind = DocumentKind.FEE_INVOICE
    issuer = await current_issuer()
    carried_in = await lock_carry(issuer.id, employer_id, kind, currency)
    exponent = document_exponent(currency)
    buyer = await member_party(employer_id)
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
    basis_points = each.decision.treatment.basis_points or 0
    vat = vat_minor(net_minor=billed.net_minor, basis_points=basis_points)
    document = Document(
        kind=kind,
        number="",
        issued_on=now.date(),
        period_from=work.first_on,
        period_to=work.last_on,
        seller=issuer.party,
        buyer=buyer,
        issuer=issuer.party,
        currency=currency,
        exponent=exponent,
        lines=billed.lines,
        net_minor=billed.net_minor,
        vat_basis_points=basis_points,
        vat_minor=vat,
        gross_minor=billed.net_minor + vat,
        paid_minor=billed.net_minor + vat,
        carried_in_micros=carried_in,
        carried_out_micros=billed.carry_micros,
        notes=(Note.PAID_FROM_DEPOSIT, *(() if basis_points else (Note.NO_VAT_CHARGED,))),
    )
    document_id = new_id()
    await _post_vat(document_id, document, new_id)
    if len(decisions) > 1 or len(work.assignment_ids) == work_count_max:
        arguments = {"employer_id": str(employer_id), "currency": currency}
        await _ask_for_more("fee_invoice_issue", arguments, document_id=document_id)
    return await number_and_store(
        document_id=document_id, draft=document, work=work, issuer=issuer, now=now
    )


async def _self_bill(
    *,
    worker_id: UUID,
    currency: str,
    new_id: NewId,
    now: datetime,
    work_count_max: int = WORK_COUNT_MAX,
) -> UUID | None:
    """The worker's invoice to us, written by us: rewards of approved work on no self-bill yet.

    None as for fee invoices.
    """
    kind = DocumentKind.SELF_BILL
    issuer = await current_issuer()
    carried_in = await lock_carry(issuer.id, worker_id, kind, currency)
    work = await unbilled(UNBILLED_REWARDS, worker_id, currency, count_max=work_count_max)
    exponent = document_exponent(currency)
    billed = work and bill(groups=work.groups, carry_micros=carried_in, exponent=exponent)
    if not work or not billed:
        return None
    document = Document(
        kind=kind,
        number="",
        issued_on=now.date(),
        period_from=work.first_on,
        period_to=work.last_on,
        seller=await member_party(worker_id),
        buyer=issuer.party,
        issuer=issuer.party,
        currency=currency,
        exponent=exponent,
        lines=billed.lines,
        net_minor=billed.net_minor,
        vat_basis_points=None,
        vat_minor=0,
        gross_minor=billed.net_minor,
        paid_minor=billed.net_minor,
        carried_in_micros=carried_in,
        carried_out_micros=billed.carry_micros,
        notes=(Note.SELF_BILLING, Note.PRIVATE_PERSON, Note.CREDITED_TO_EARNINGS),
    )
    document_id = new_id()
    if len(work.assignment_ids) == work_count_max:
        arguments = {"worker_id": str(worker_id), "currency": currency}
        await _ask_for_more("self_bill_issue", arguments, document_id=document_id)
    return await number_and_store(
        document_id=document_id, draft=document, work=work, issuer=issuer, now=now
    )


issue_fee_invoice = one_transaction(_fee_invoice)
issue_self_bill = one_transaction(_self_bill)


async def _ask_for_more(name: str, arguments: dict[str, str], *, document_id: UUID) -> None:
    await enqueue([JobRequest(name=name, arguments=arguments, once_key=str(document_id))])


async def _post_vat(document_id: UUID, document: Document, new_id: NewId) -> None:
    """E24: exactly what the document says. The accrual keeps the drift of rounding."""
    vat = Money(document.vat_minor * minor_step(document.exponent), document.currency)
    transfer = Transfer(
        event="E24",
        kind="document.issued",
        key=f"document:{document_id}:issued",
        correlation_id=document_id,
        actor_id=None,
        legs=legs(
            debit(Account(AccountKind.TAX_VAT_ACCRUED), vat),
            credit(Account(AccountKind.TAX_VAT_OUTPUT), vat),
        ),
    )
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=document.issued_on)
