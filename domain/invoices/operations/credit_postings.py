"""What credit notes and replacements book."""

from __future__ import annotations

from uuid import UUID

from domain.given import NewId
from domain.invoices.rules import CreditWay, Document, DocumentKind
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Leg, Transfer, credit, debit, legs
from domain.money import Money, minor_step


async def post_credit(
    document_id: UUID,
    document: Document,
    way: CreditWay | None,
    *,
    employer_id: UUID,
    new_id: NewId,
) -> None:
    """E24r takes VAT back out of the output; a refund also gives the fee back. E24 as ever."""
    if document.subject_kind is DocumentKind.SELF_BILL or (
        document.kind is DocumentKind.CORRECTED_INVOICE
    ):
        return
    net, vat = money_of(document.net_minor, document), money_of(document.vat_minor, document)
    output = Account(AccountKind.TAX_VAT_OUTPUT)
    accrued = Account(AccountKind.TAX_VAT_ACCRUED)
    booked: tuple[Leg, ...]
    if way is CreditWay.REFUND:
        employer = Account(AccountKind.EMPLOYER_AVAILABLE, employer_id)
        booked = legs(
            debit(Account(AccountKind.INCOME_FEES), net),
            debit(output, vat),
            credit(employer, money_of(document.gross_minor, document)),
        )
    elif way is CreditWay.REPLACED:
        booked = legs(debit(output, vat), credit(accrued, vat))
    else:
        booked = legs(debit(accrued, vat), credit(output, vat))
    transfer = Transfer(
        event="E24" if way is None else "E24r",
        kind="document.issued" if way is None else "document.credited",
        key=f"document:{document_id}:issued",
        correlation_id=document_id,
        actor_id=None,
        legs=booked,
    )
    await ledger.post(transfers=[transfer], new_id=new_id, effective_on=document.issued_on)


def money_of(minor: int, document: Document) -> Money:
    return Money(minor * minor_step(document.exponent), document.currency)
