"""Papers that are no invoices: receipts of deposits, statements of payouts and of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.database import fetch, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidInput
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.invoices.operations.drafts import Draft
from domain.invoices.operations.issue import Issued
from domain.invoices.operations.parties import (
    Issuer,
    current_issuer,
    has_issuer,
    language_for,
    member_party,
)
from domain.invoices.operations.store import number_and_store
from domain.invoices.rules import Document, DocumentKind, DocumentLine, Entry, Note, exact_exponent
from domain.ledger.rules import Account, AccountKind
from domain.money import minor_step

SWEPT_MAX: Final = 200  # receipts and statements in one sweep
LATE: Final = timedelta(days=7)  # what is older had no such paper when it happened
PAYOUT_FEE: Final = "payout_fee"  # an event of payout statements only
STATED: Final = {
    AccountKind.EMPLOYER_AVAILABLE: "available",
    AccountKind.WORKER_EARNINGS: "earnings",
}

_DEPOSITS: Final = """
    select d.id, d.employer_id as member_id, d.currency, d.credited_micros as micros,
           d.deposit_ref as reference, (d.settled_at at time zone 'UTC')::date as day
    from deposit d
    where d.settled_at between $1 and $2 and d.credited_micros > 0
      and not exists (select 1 from document_subject s
                      where s.document_kind = 'deposit_receipt' and s.subject = d.id::text)
    order by d.settled_at limit $3
"""
_PAYOUTS: Final = """
    select p.id, p.worker_id as member_id, p.currency, p.amount_micros as micros, p.fee_micros,
           (p.paid_at at time zone 'UTC')::date as day
    from payout p
    where p.paid_at between $1 and $2
      and not exists (select 1 from document_subject s
                      where s.document_kind = 'payout_statement' and s.subject = p.id::text)
    order by p.paid_at limit $3
"""


async def issue_receipts(*, now: datetime, new_id: NewId) -> int:
    """A sweep: what was paid in or out lately and has no paper yet gets one. How many."""
    if not await has_issuer():
        return 0  # nobody is named yet who could sign it
    deposits = await fetch(_DEPOSITS, now - LATE, now, SWEPT_MAX)
    payouts = await fetch(_PAYOUTS, now - LATE, now, SWEPT_MAX)
    for row in deposits:
        await _issue(DocumentKind.DEPOSIT_RECEIPT, row, now=now, new_id=new_id)
    for row in payouts:
        await _issue(DocumentKind.PAYOUT_STATEMENT, row, now=now, new_id=new_id)
    return len(deposits) + len(payouts)


@one_transaction
async def _issue(
    kind: DocumentKind, row: Mapping[str, Any], *, now: datetime, new_id: NewId
) -> UUID | None:
    """None when another sweep was quicker."""
    issuer, subject = await _locked_issuer(kind), str(row["id"])
    if await _document_about(kind, subject) is not None:
        return None
    day: date = row["day"]
    document = await _bare(kind, issuer, row["member_id"], row["currency"], now=now)
    if kind is DocumentKind.DEPOSIT_RECEIPT:
        document = _receipt(document, micros=row["micros"], reference=row["reference"])
    else:
        document = _payout(document, micros=row["micros"], fee=row["fee_micros"], day=day)
    document = replace(document, period_from=day, period_to=day)
    draft = Draft(
        document=document, issuer=issuer, counterparty_id=row["member_id"], subject=subject
    )
    return await number_and_store(document_id=new_id(), draft=draft, now=now)


def _receipt(document: Document, *, micros: int, reference: str) -> Document:
    """Carries no VAT id and says that it is no invoice: the money is only reserved."""
    exponent = exact_exponent(micros, document.currency)
    minor = micros // minor_step(exponent)
    return replace(
        document,
        exponent=exponent,
        lines=(
            DocumentLine(
                campaign_id=None, title=reference, count=1, unit_micros=micros, net_minor=minor
            ),
        ),
        net_minor=minor,
        gross_minor=minor,
        paid_minor=minor,
        notes=(Note.NOT_AN_INVOICE, Note.DEPOSIT_RESERVED),
    )


def _payout(document: Document, *, micros: int, fee: int, day: date) -> Document:
    exponent = max(exact_exponent(each, document.currency) for each in (micros, fee))
    minor = (micros - fee) // minor_step(exponent)
    entries = [Entry(on=day, event="E8", reference="", micros=micros, balance_micros=micros)]
    if fee:
        left = micros - fee
        entries.append(
            Entry(on=day, event=PAYOUT_FEE, reference="", micros=-fee, balance_micros=left)
        )
    return replace(
        document,
        exponent=exponent,
        entries=tuple(entries),
        net_minor=minor,
        gross_minor=minor,
        paid_minor=minor,
        closing_micros=micros - fee,
        notes=(Note.NOT_AN_INVOICE,),
    )


_MOVEMENTS: Final = """
    select t.effective_on as day, t.event, count(*) as count,
           sum(e.amount * a.normal_side)::bigint as micros
    from ledger_account a
    join ledger_entry e on e.account_id = a.id
    join ledger_transfer t on t.id = e.transfer_id
    where a.code = $1 and a.currency = $2 and t.effective_on >= $3 and t.effective_on < $4
    group by 1, 2 order by 1, 2
"""
_BEFORE: Final = """
    select coalesce(sum(e.amount * a.normal_side), 0)::bigint
    from ledger_account a
    join ledger_entry e on e.account_id = a.id
    join ledger_transfer t on t.id = e.transfer_id
    where a.code = $1 and a.currency = $2 and t.effective_on < $3
"""


@one_transaction
async def issue_account_statement(
    *,
    member_id: UUID,
    account: AccountKind,
    currency: str,
    month: date,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Issued:
    """A whole month of a member's balance; the same month has one statement, whoever asks.

    Refuses with `InvalidInput`.
    """
    first = month.replace(day=1)
    end = (first + timedelta(days=31)).replace(day=1)
    if account not in STATED:
        raise InvalidInput("no statement of this account", path=("account",))
    if end > now.date():
        raise InvalidInput("only a month that is over has a statement", path=("month",))
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Issued(UUID(earlier), replayed=True)
    kind = DocumentKind.ACCOUNT_STATEMENT
    issuer = await _locked_issuer(kind)
    subject = f"{member_id}:{account.value}:{currency}:{first:%Y-%m}"
    found = await _document_about(kind, subject)
    if found is None:
        document = await _bare(kind, issuer, member_id, currency, now=now)
        document = await _with_entries(document, Account(account, member_id).code, first, end)
        draft = Draft(document=document, issuer=issuer, counterparty_id=member_id, subject=subject)
        found = await number_and_store(document_id=new_id(), draft=draft, now=now)
    await idempotency.answer(key=key, result=str(found))
    return Issued(found, replayed=False)


async def _with_entries(document: Document, code: str, first: date, end: date) -> Document:
    opening = int(await fetch_value(_BEFORE, code, document.currency, first))
    balance, entries = opening, []
    for row in await fetch(_MOVEMENTS, code, document.currency, first, end):
        balance += row["micros"]
        entries.append(
            Entry(
                on=row["day"],
                event=row["event"],
                reference=f"{row['count']} ×",  # noqa: RUF001  # the sign of multiplication
                micros=row["micros"],
                balance_micros=balance,
            )
        )
    return replace(
        document,
        period_from=first,
        period_to=end - timedelta(days=1),
        entries=tuple(entries),
        opening_micros=opening,
        closing_micros=balance,
        notes=(Note.NOT_AN_INVOICE,),
    )


async def _locked_issuer(kind: DocumentKind) -> Issuer:
    """One at a time makes papers of a kind, so that no subject gets two."""
    issuer = await current_issuer()
    await fetch("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"document {kind.value}")
    return issuer


async def _document_about(kind: DocumentKind, subject: str) -> UUID | None:
    row = await fetch_row(
        "select document_id from document_subject where document_kind = $1 and subject = $2",
        kind.value,
        subject,
    )
    return None if row is None else row["document_id"]


async def _bare(
    kind: DocumentKind, issuer: Issuer, member_id: UUID, currency: str, *, now: datetime
) -> Document:
    seller, buyer = replace(issuer.party, vat_id=None), await member_party(member_id)
    return Document(
        kind=kind,
        number="",
        issued_on=now.date(),
        period_from=now.date(),
        period_to=now.date(),
        seller=seller,
        buyer=buyer,
        issuer=seller,
        currency=currency,
        exponent=exact_exponent(0, currency),
        lines=(),
        net_minor=0,
        vat_basis_points=None,
        vat_minor=0,
        gross_minor=0,
        paid_minor=0,
        carried_in_micros=0,
        carried_out_micros=0,
        notes=(),
        language=await language_for(member_id, buyer.country),
        footer=issuer.footer,
        logo=issuer.logo,
    )
