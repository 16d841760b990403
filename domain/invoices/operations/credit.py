"""Takes issued documents back. The original stays as it is; another document says what changed.

The original's row is locked first, so two credit notes at once never exceed it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from domain.database import fetch_row, fetch_value, transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound, Refused
from domain.given import NewId, Vault
from domain.idempotency import operations as idempotency
from domain.idempotency import queries as requests
from domain.idempotency.rules import IdempotencyKey
from domain.invoices.operations.credit_postings import money_of, post_credit
from domain.invoices.operations.drafts import Draft
from domain.invoices.operations.issue import DocumentInvalid, Issued
from domain.invoices.operations.parties import billed_party, issuer_of
from domain.invoices.operations.store import number_and_store
from domain.invoices.rules import (
    CreditWay,
    Document,
    DocumentChecks,
    DocumentKind,
    DocumentLine,
    Note,
    Preceding,
    credit_vat,
    document_treatment,
)
from domain.members import queries as members
from domain.members.rules import Role
from domain.money import Money, NotRepresentable, minor_step, to_minor
from domain.texts import require_text

REASON_LENGTH_MAX: Final = 300
_CREDITABLE: Final = (
    DocumentKind.FEE_INVOICE,
    DocumentKind.SELF_BILL,
    DocumentKind.CORRECTED_INVOICE,
)


class CreditTooHigh(Refused):
    """`left` is what of the original no credit note took back yet, without VAT."""

    code: ClassVar[str] = "CREDIT_TOO_HIGH"
    argument: ClassVar[str | None] = "net"

    def __init__(self, left: Money) -> None:
        super().__init__(f"only {left} of this document is left to credit")
        self.left = left


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    id: UUID
    legal_entity_id: UUID
    counterparty_id: UUID
    document: Document
    credited_net: int
    credited_vat: int

    @property
    def left_net(self) -> int:
        return self.document.net_minor - self.credited_net

    @property
    def left_vat(self) -> int:
        return self.document.vat_minor - self.credited_vat


@dataclass(frozen=True, slots=True)
class Corrected:
    """`credit_note_id` is None where the replacement alone corrects."""

    credit_note_id: UUID | None
    document_id: UUID
    replayed: bool


async def credit_document(
    *,
    actor_id: UUID,
    document_id: UUID,
    net: Money | None,
    reason: str,
    key: IdempotencyKey,
    checks: DocumentChecks,
    new_id: NewId,
    now: datetime,
) -> Issued:
    """Finance gives a fee back, all that is left or part of it, with its VAT, to the deposit.

    Refuses with `NotAllowed`, `NotFound`, `InvalidTransition`, `InvalidInput`, `CreditTooHigh`
    or `DocumentInvalid`.
    """
    await members.require_role(member_id=actor_id, role=Role.FINANCE)

    def make(original: Original) -> Document:
        if original.document.subject_kind is DocumentKind.SELF_BILL:
            raise InvalidInput("a self-bill is taken back by its worker", path=("document_id",))
        return _credit_note(original, _minor(original, net), reason, now, Note.REFUNDED_TO_DEPOSIT)

    return await _credit(
        document_id, make, CreditWay.REFUND, key=key, checks=checks, new_id=new_id, now=now
    )


async def object_to_self_bill(
    *,
    worker_id: UUID,
    document_id: UUID,
    reason: str,
    key: IdempotencyKey,
    checks: DocumentChecks,
    new_id: NewId,
    now: datetime,
) -> Issued:
    """The worker's right: the self-bill loses its effect, the reward stays theirs.

    Refuses with `NotFound`, `InvalidTransition`, `InvalidInput` or `DocumentInvalid`.
    """

    def make(original: Original) -> Document:
        is_theirs = original.counterparty_id == worker_id
        if not is_theirs or original.document.kind is not DocumentKind.SELF_BILL:
            raise NotFound("no such document")
        if not original.left_net:
            raise InvalidTransition(subject="the document", state="credited", event="object")
        return _credit_note(original, original.left_net, reason, now, Note.TAKEN_BACK)

    return await _credit(
        document_id, make, CreditWay.TAKEN_BACK, key=key, checks=checks, new_id=new_id, now=now
    )


async def correct_document(
    *,
    actor_id: UUID,
    document_id: UUID,
    reason: str,
    as_one: bool,
    key: IdempotencyKey,
    checks: DocumentChecks,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> Corrected:
    """The same sums with names and addresses of today: a credit note and a new document.

    `as_one` writes a corrected invoice (384) instead, where a country wants that. No money moves.
    Refuses as `credit_document` does.
    """
    await members.require_role(member_id=actor_id, role=Role.FINANCE)
    earlier = await requests.answer_to(key=key)
    if earlier is not None:
        return _replayed(earlier)
    async with transaction():
        original = await _original(document_id)
        replacement = await _replacement(original, now, reason, vault=vault, as_one=as_one)
    note = None
    if not as_one:
        note = _credit_note(original, original.left_net, reason, now, Note.REPLACED)
    problems = list(await checks.problems(replacement))
    problems += [] if note is None else await checks.problems(note)
    async with transaction():
        earlier = await idempotency.claim(key=key, now=now)
        if earlier is not None:
            return _replayed(earlier)
        if problems:
            raise DocumentInvalid(problems)
        original = await _original(document_id)
        credit_id = None
        if note is not None:
            credit_id = await _store(original, note, CreditWay.REPLACED, new_id=new_id, now=now)
        done = await _store(original, replacement, None, new_id=new_id, now=now)
        await idempotency.answer(key=key, result=f"{credit_id or '-'} {done}")
    return Corrected(credit_id, done, replayed=False)


def _replayed(answer: str) -> Corrected:
    first, second = answer.split()
    return Corrected(None if first == "-" else UUID(first), UUID(second), replayed=True)


async def _credit(
    document_id: UUID,
    make: Callable[[Original], Document],
    way: CreditWay,
    *,
    key: IdempotencyKey,
    checks: DocumentChecks,
    new_id: NewId,
    now: datetime,
) -> Issued:
    """What is checked outside is what is issued, or what is left has changed and is refused."""
    earlier = await requests.answer_to(key=key)
    if earlier is not None:
        return Issued(UUID(earlier), replayed=True)
    async with transaction():
        note = make(await _original(document_id))
    problems = await checks.problems(note)
    if problems:
        raise DocumentInvalid(problems)
    async with transaction():
        earlier = await idempotency.claim(key=key, now=now)
        if earlier is not None:
            return Issued(UUID(earlier), replayed=True)
        original = await _original(document_id)
        if make(original) != note:
            raise CreditTooHigh(money_of(original.left_net, original.document))
        done = await _store(original, note, way, new_id=new_id, now=now)
        await idempotency.answer(key=key, result=str(done))
    return Issued(done, replayed=False)


_ORIGINAL: Final = """
    select legal_entity_id, counterparty_id, canonical_json,
           exists (select 1 from issued_document r where r.replaces_id = d.id) as is_replaced
    from issued_document d where d.id = $1 for update
"""
_CREDITED: Final = """
    select coalesce(sum(net_minor), 0)::bigint as net, coalesce(sum(vat_minor), 0)::bigint as vat
    from issued_document where preceding_id = $1 and document_kind = 'credit_note'
"""


async def _original(document_id: UUID) -> Original:
    """Locked until the transaction ends; refuses what nobody can credit any more."""
    row = await fetch_row(_ORIGINAL, document_id)
    if row is None:
        raise NotFound("no such document")
    document = msgspec.json.decode(row["canonical_json"], type=Document)
    if document.kind not in _CREDITABLE:
        raise InvalidInput("only invoices and self-bills are credited", path=("document_id",))
    if row["is_replaced"]:
        raise InvalidTransition(subject="the document", state="replaced", event="credit")
    credited = await fetch_row(_CREDITED, document_id)
    assert credited is not None
    return Original(
        id=document_id,
        legal_entity_id=row["legal_entity_id"],
        counterparty_id=row["counterparty_id"],
        document=document,
        credited_net=credited["net"],
        credited_vat=credited["vat"],
    )


def _minor(original: Original, net: Money | None) -> int:
    document = original.document
    if net is None:
        wanted = original.left_net
    elif net.currency != document.currency:
        raise InvalidInput("the document is in another currency", path=("net",))
    else:
        try:
            wanted = to_minor(net, document.exponent)
        except NotRepresentable as error:
            raise InvalidInput(str(error), path=("net",)) from error
    if wanted > original.left_net or not original.left_net:
        raise CreditTooHigh(money_of(original.left_net, document))
    if wanted <= 0:
        raise InvalidInput("a credit note is above zero", path=("net",))
    return wanted


def _credit_note(
    original: Original, net_minor: int, reason: str, now: datetime, note: Note
) -> Document:
    """Positive amounts: its type says that they are taken back."""
    document, said = original.document, " ".join(reason.split())
    require_text(said, path="reason", most=REASON_LENGTH_MAX, is_line=True)
    if not original.left_net:
        raise CreditTooHigh(money_of(0, document))
    vat = credit_vat(
        net_minor=net_minor,
        basis_points=document.vat_basis_points or 0,
        left_net=original.left_net,
        left_vat=original.left_vat,
    )
    lines = document.lines
    if net_minor != document.net_minor:
        micros = net_minor * minor_step(document.exponent)
        lines = (
            DocumentLine(
                campaign_id=None, title=said, count=1, unit_micros=micros, net_minor=net_minor
            ),
        )
    return replace(
        document,
        kind=DocumentKind.CREDIT_NOTE,
        number="",
        issued_on=now.date(),
        lines=lines,
        net_minor=net_minor,
        vat_minor=vat,
        gross_minor=net_minor + vat,
        paid_minor=net_minor + vat,
        carried_in_micros=0,
        carried_out_micros=0,
        notes=(note,),
        treatment=document_treatment(document),
        preceding=_preceding(original),
        reason=said,
    )


async def _replacement(
    original: Original, now: datetime, reason: str, *, vault: Vault, as_one: bool
) -> Document:
    if original.credited_net:
        raise InvalidTransition(subject="the document", state="credited in part", event="correct")
    issuer = await issuer_of(original.legal_entity_id)
    party = await billed_party(original.counterparty_id, vault=vault)
    document = original.document
    is_self_bill = document.kind is DocumentKind.SELF_BILL
    if is_self_bill and as_one:
        raise InvalidInput("a self-bill is corrected by a credit note", path=("as_one",))
    return replace(
        document,
        kind=DocumentKind.CORRECTED_INVOICE if as_one else document.kind,
        number="",
        issued_on=now.date(),
        seller=party if is_self_bill else issuer.party,
        buyer=issuer.party if is_self_bill else party,
        issuer=issuer.party,
        treatment=document_treatment(document),
        preceding=_preceding(original) if as_one else None,
        reason=" ".join(reason.split())[:REASON_LENGTH_MAX] if as_one else "",
        footer=issuer.footer,
        logo=issuer.logo,
    )


def _preceding(original: Original) -> Preceding:
    document = original.document
    return Preceding(
        id=original.id,
        kind=document.subject_kind,
        number=document.number,
        issued_on=document.issued_on,
    )


async def _store(
    original: Original,
    document: Document,
    way: CreditWay | None,
    *,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """`way` is None for what replaces the original."""
    document_id = new_id()
    await post_credit(
        document_id,
        document,
        way,
        employer_id=original.counterparty_id,
        new_id=new_id,
    )
    decision = await fetch_value(
        "select vat_decision from issued_document where id = $1", original.id
    )
    draft = Draft(
        document=document,
        issuer=await issuer_of(original.legal_entity_id),
        counterparty_id=original.counterparty_id,
        vat_decision=None if decision is None else msgspec.json.decode(decision),
        preceding_id=None if document.preceding is None else original.id,
        replaces_id=original.id if way is None else None,
        credit_way=way,
    )
    return await number_and_store(document_id=document_id, draft=draft, now=now)
