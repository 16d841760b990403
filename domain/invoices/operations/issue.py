"""Issues documents. Nothing here ever changes one.

A draft is checked outside of any transaction; then one transaction makes it again under the
counterparty's lock, so that two runs at once bill nothing twice, and issues it if it is the same.
The number comes last, so that the series' row is locked for two statements only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from domain.database import execute, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound, Refused
from domain.given import NewId, Vault
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.invoices.operations.drafts import Draft, draft_fee_invoice, draft_self_bill
from domain.invoices.operations.store import number_and_store
from domain.invoices.operations.unbilled import WORK_COUNT_MAX
from domain.invoices.rules import Document, DocumentChecks, DocumentKind
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.members import queries as members
from domain.members.queries import MemberRecord
from domain.members.rules import Role
from domain.money import Money, minor_step
from domain.taxes import queries as taxes
from domain.taxes.rules.profile import SelfBillStop

TRIES_MAX: Final = 5  # each lost one means that work was approved in that moment
MakeDraft = Callable[[], Awaitable[Draft | None]]


class DocumentInvalid(Refused):
    """Authorities' rules, or our fonts, do not let it pass; it has no number and never had."""

    code: ClassVar[str] = "DOCUMENT_INVALID"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"the document breaks rules: {'; '.join(problems)}")
        self.problems = tuple(problems)


class DraftKeepsChanging(RuntimeError):
    """Work was approved in every moment between check and issue; the job comes again."""


@dataclass(frozen=True, slots=True)
class Issued:
    """Without a document when there was nothing to bill."""

    document_id: UUID | None
    replayed: bool


async def issue_invoice(
    *,
    actor_id: UUID,
    kind: DocumentKind,
    member_id: UUID,
    currency: str,
    key: IdempotencyKey,
    checks: DocumentChecks,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> Issued:
    """Staff issue a document out of turn.

    Refuses with `NotAllowed`, `NotFound`, `InvalidTransition` or `DocumentInvalid`.
    """
    found = await members.members_by_id(ids=[actor_id, member_id])
    if actor_id not in found or Role.FINANCE not in found[actor_id].roles:
        raise NotAllowed("only finance issues documents")
    if member_id not in found:
        raise NotFound("no such member")
    if kind not in {DocumentKind.FEE_INVOICE, DocumentKind.SELF_BILL}:
        raise InvalidInput("only invoices and self-bills are made of work", path=("kind",))
    await _refuse_unagreed(kind, found[member_id], now=now)
    make: MakeDraft = (
        partial(draft_fee_invoice, employer_id=member_id, currency=currency, vault=vault, now=now)
        if kind is DocumentKind.FEE_INVOICE
        else partial(draft_self_bill, worker_id=member_id, currency=currency, vault=vault, now=now)
    )
    return await issue_once(make, key=key, checks=checks, new_id=new_id, now=now)


_UNAGREED: Final = {
    SelfBillStop.AGREEMENT_MISSING: "without the worker's agreement",
    SelfBillStop.TAX_NUMBER_MISSING: "without the tax number of a small business",
}


async def _refuse_unagreed(kind: DocumentKind, member: MemberRecord, *, now: datetime) -> None:
    """Finance is told what a job passes over in silence."""
    if kind is DocumentKind.SELF_BILL:
        stop = await taxes.self_bill_stop(member_id=member.id, country=member.country, at=now)
        if stop is not None:
            raise InvalidTransition(subject="the self-bill", state=_UNAGREED[stop], event="issue")


async def issue_fee_invoice(
    *,
    employer_id: UUID,
    currency: str,
    checks: DocumentChecks,
    vault: Vault,
    new_id: NewId,
    now: datetime,
    work_count_max: int = WORK_COUNT_MAX,
) -> UUID | None:
    """None when there is nothing to bill, or what would be issued breaks a rule: see its draft."""
    make = partial(
        draft_fee_invoice,
        employer_id=employer_id,
        currency=currency,
        vault=vault,
        now=now,
        work_count_max=work_count_max,
    )
    return await _issue_or_keep(make, checks=checks, new_id=new_id, now=now)


async def issue_self_bill(
    *,
    worker_id: UUID,
    currency: str,
    checks: DocumentChecks,
    vault: Vault,
    new_id: NewId,
    now: datetime,
    work_count_max: int = WORK_COUNT_MAX,
) -> UUID | None:
    """As for fee invoices."""
    make = partial(
        draft_self_bill,
        worker_id=worker_id,
        currency=currency,
        vault=vault,
        now=now,
        work_count_max=work_count_max,
    )
    return await _issue_or_keep(make, checks=checks, new_id=new_id, now=now)


async def issue_once(
    make: MakeDraft,
    *,
    key: IdempotencyKey,
    checks: DocumentChecks,
    new_id: NewId,
    now: datetime,
) -> Issued:
    """For people: the same key issues nothing twice, and a refusal tells the rules."""
    for _ in range(TRIES_MAX):
        draft, problems = await checked(make, checks)
        try:
            async with transaction():
                earlier = await idempotency.claim(key=key, now=now)
                if earlier is not None:
                    return Issued(UUID(earlier) if earlier else None, replayed=True)
                _refuse(problems)
                issued = await issue_same(draft, make, new_id=new_id, now=now)
                await idempotency.answer(key=key, result="" if issued is None else str(issued))
                return Issued(issued, replayed=False)
        except DraftChanged:
            continue
        except DocumentInvalid:
            assert draft is not None
            await keep_refused(draft, problems, new_id=new_id, now=now)
            raise
    raise DraftKeepsChanging


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise DocumentInvalid(problems)


async def checked(make: MakeDraft, checks: DocumentChecks) -> tuple[Draft | None, Sequence[str]]:
    """The draft as of now, and what is wrong with it; nothing stays locked."""
    async with transaction():
        draft = await make()
    return draft, [] if draft is None else await checks.problems(draft.document)


class DraftChanged(Exception):
    """What was checked is not what would be issued."""


async def issue_same(
    draft: Draft | None, make: MakeDraft, *, new_id: NewId, now: datetime
) -> UUID | None:
    """Inside the caller's transaction. None when there is nothing to issue."""
    again = await make()
    if (again and again.document) != (draft and draft.document):
        raise DraftChanged
    if again is None:
        return None
    document_id = new_id()
    await _post_vat(document_id, again.document, new_id)
    return await number_and_store(document_id=document_id, draft=again, now=now)


async def _issue_or_keep(
    make: MakeDraft, *, checks: DocumentChecks, new_id: NewId, now: datetime
) -> UUID | None:
    for _ in range(TRIES_MAX):
        draft, problems = await checked(make, checks)
        if draft is None:
            return None
        if problems:
            await keep_refused(draft, problems, new_id=new_id, now=now)
            return None
        try:
            async with transaction():
                return await issue_same(draft, make, new_id=new_id, now=now)
        except DraftChanged:
            continue
    raise DraftKeepsChanging


_KEEP: Final = """
    insert into document_draft
        (id, document_kind, counterparty_id, currency, content, problems, checked_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (counterparty_id, document_kind, currency)
    do update set content = excluded.content, problems = excluded.problems,
                  checked_at = excluded.checked_at
"""


async def keep_refused(
    draft: Draft, problems: Sequence[str], *, new_id: NewId, now: datetime
) -> None:
    """For finance to see; it goes when the work is issued after all."""
    async with transaction():
        await execute(
            _KEEP,
            new_id(),
            draft.document.kind.value,
            draft.counterparty_id,
            draft.document.currency,
            msgspec.json.encode(draft.document, order="sorted").decode(),
            list(problems),
            now,
        )


async def _post_vat(document_id: UUID, document: Document, new_id: NewId) -> None:
    """E24: exactly what the document says. The accrual keeps the drift of rounding.

    A worker's VAT is theirs to pay, so a self-bill books none.
    """
    if document.kind is not DocumentKind.FEE_INVOICE:
        return
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
