"""Documents: invoices of our fee, and self-bills of workers' rewards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.invoices import operations, queries
from domain.invoices.queries import DocumentRecord
from domain.invoices.rules import DocumentKind, DocumentState, FileKind
from domain.members.rules import Role
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.filters import (
    DateFilter,
    DateTimeFilter,
    Filter,
    IdFilter,
    MoneyFilter,
    StringFilter,
    condition_of,
    every_field,
    id_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.money import CurrencyCode, Money
from schema.node import Node, node_kind, object_of
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    OrderDirection,
    chosen,
    counter,
    page_of,
    window,
)
from schema.payloads import MoneyPayload
from schema.prices import Cost
from schema.read_model import Mapped, read_as
from schema.scalars import URL

FILE_PATH: Final = "/documents/{id}/{name}"  # where `gateway.documents` serves it
FILE_NAMES: Final = {FileKind.PDF: "pdf", FileKind.CII: "xml", FileKind.UBL: "ubl"}

show_enum(
    DocumentKind,
    description="Kind of a document.",
    values={
        DocumentKind.FEE_INVOICE: "Our fee on paid work, to the employer.",
        DocumentKind.SELF_BILL: "A worker's rewards: the worker sells, we write the invoice.",
        DocumentKind.CREDIT_NOTE: "Takes back all or part of an invoice or a self-bill.",
        DocumentKind.CORRECTED_INVOICE: "An invoice again, with the right data, where a country "
        "wants that instead of a credit note.",
        DocumentKind.DEPOSIT_RECEIPT: "Money came in; no invoice.",
        DocumentKind.PAYOUT_STATEMENT: "Money left; no invoice.",
        DocumentKind.ACCOUNT_STATEMENT: "A month of a balance; no invoice.",
    },
)
show_enum(
    DocumentState,
    description="What became of the sums of a document.",
    values={
        DocumentState.ISSUED: "They stand.",
        DocumentState.PARTLY_CREDITED: "Credit notes took back a part.",
        DocumentState.CREDITED: "Credit notes took back all.",
        DocumentState.REPLACED: "Another document shows them with the right data.",
    },
)


@strawberry.type(description="An issued document. It never changes.")
class Document(Node):
    number: str = strawberry.field(description="Without gaps, such as `DE-2026-000001`.")
    kind: DocumentKind = strawberry.field(description="What it is.")
    issued_on: date = strawberry.field(description="Its date.")
    net: Money = strawberry.field(description="Without VAT.")
    vat: Money = strawberry.field(description="VAT.")
    gross: Money = strawberry.field(description="With VAT.")
    created_at: datetime = strawberry.field(description="When it was issued.")
    state: DocumentState = strawberry.field(description="What became of its sums.")
    credited: Money = strawberry.field(
        description="What credit notes took back of it, without VAT."
    )
    language: str = strawberry.field(description="Of its words, such as `de`.")
    credits_id: strawberry.ID | None = strawberry.field(
        description="Of a credit note or a correction: the document it is about."
    )
    unverified_rules: list[str] = strawberry.field(
        description="Rows of law about its VAT that nobody had vouched for when it was issued, as "
        "kind, scope and first day, such as `vat_rate DE 2021-01-01`; at most 20. Finance sees in "
        "`referenceRules` who has confirmed one since."
    )
    pdf_url: URL | None = strawberry.field(
        description="Its PDF, for whoever has the address, for 10 minutes; null until it is drawn."
    )
    xml_url: URL | None = strawberry.field(
        description="As `pdfUrl`: its XML as Factur-X (CII), which is inside of the PDF too; null "
        "for what is no invoice."
    )
    ubl_url: URL | None = strawberry.field(
        description="As `xmlUrl`: its XML as UBL, which Peppol carries."
    )

    @classmethod
    def of(cls, record: DocumentRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.DOCUMENT, record.id),
            number=record.number,
            kind=record.kind,
            issued_on=record.issued_on,
            net=Money.of(record.net),
            vat=Money.of(record.vat),
            gross=Money.of(record.gross),
            created_at=record.created_at,
            state=record.state,
            credited=Money.of(record.credited),
            language=record.content.language,
            unverified_rules=list(record.unverified_rules),
            credits_id=document_id(context, record.preceding_id),
            pdf_url=link(FileKind.PDF)(context, record.id if record.has_pdf else None),
            xml_url=link(FileKind.CII)(context, record.id if record.has_xml else None),
            ubl_url=link(FileKind.UBL)(context, record.id if record.has_xml else None),
        )


def document_id(context: Context, key: UUID | None) -> strawberry.ID | None:
    return None if key is None else context.ids.encode(Tag.DOCUMENT, key)


def link(kind: FileKind) -> Callable[[Context, UUID | None], URL | None]:
    """Writes the address of a file; no document: there is none yet."""

    def written(context: Context, key: UUID | None) -> URL | None:
        if key is None:
            return None
        path = FILE_PATH.format(id=document_id(context, key), name=FILE_NAMES[kind])
        services = context.services
        return URL(services.url + services.links.signed(path, now=context.now))

    return written


@strawberry.input(description="Which documents; all conditions must hold.")
class DocumentWhere:
    kind: Filter[DocumentKind] | None = strawberry.field(default=None, description="Of which kind.")
    number: StringFilter | None = strawberry.field(default=None, description="Its number.")
    member_id: IdFilter | None = id_field(Tag.MEMBER, "Whom it was issued to.")
    issued_on: DateFilter | None = strawberry.field(default=None, description="Its date.")
    created_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was issued."
    )
    gross: MoneyFilter | None = strawberry.field(default=None, description="Its sum with VAT.")
    and_: list[DocumentWhere] | None = every_field()
    or_: list[DocumentWhere] | None = some_field()
    not_: DocumentWhere | None = not_field()


class DocumentOrderField(StrEnum):
    CREATED_AT = "created_at"


show_enum(
    DocumentOrderField,
    description="What documents are ordered by.",
    values={DocumentOrderField.CREATED_AT: "When they were issued."},
)


@strawberry.input(description="How documents are ordered.")
class DocumentOrder:
    field: DocumentOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="Which way."
    )


WhichDocuments: TypeAlias = Annotated[
    DocumentWhere | None, strawberry.argument(description="Which ones; all by default.")
]
DocumentsBy: TypeAlias = Annotated[
    list[DocumentOrder] | None,
    strawberry.argument(description="At most one entry; newest first by default."),
]


def document_orders(name: str) -> dict[DocumentOrderField, Order[DocumentRecord]]:
    return {
        DocumentOrderField.CREATED_AT: Order(
            name=f"{name}:createdAt", keys_of=lambda record: (record.created_at, record.id)
        )
    }


VIEWER_DOCUMENT_ORDERS: Final = document_orders("documents")
ALL_DOCUMENT_ORDERS: Final = document_orders("finance.documents")


@strawberry.type(description="The viewer's documents.")
class ViewerDocuments:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Documents issued to the viewer, newest first. Needs documents:read.",
        directives=[Auth(scopes=["documents:read"]), Cost(weight=5)],
    )
    async def documents(
        self,
        info: Info,
        *,
        where: WhichDocuments = None,
        order_by: DocumentsBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Document] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        order = chosen(VIEWER_DOCUMENT_ORDERS, order_by)
        at = window(context, order, first, after, last, before)
        found: Connection[Document] = await page_of(
            context,
            target="Document",
            listing=queries.OF_COUNTERPARTY,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: queries.documents_of(
                counterparty_id=self.key, page=at.page(), where=condition
            ),
            node_of=lambda record: Document.of(record, context),
            counted=counter(context, queries.count_documents_of, self.key, where=condition),
        )
        return found


@strawberry.input(description="Issues a document out of turn.")
class InvoiceIssueInput(Wish):
    member_id: strawberry.ID = strawberry.field(description="Whom it is for.")
    kind: DocumentKind = strawberry.field(description="What to issue.")
    currency: CurrencyCode = strawberry.field(description="Of the work it shows.")


@strawberry.type(description="Outcome of `invoiceIssue`.")
class InvoiceIssuePayload(MoneyPayload):
    document: Document | None = strawberry.field(
        default=None, description="Null on refusal, and when there was nothing to bill."
    )


@strawberry.type(description="Changes.")
class InvoiceMutations:
    @strawberry.mutation(
        description="Bill all work of a member that no document shows yet. Needs finance:write.",
        directives=[Auth(scopes=["finance:write"]), Cost(weight=10)],
    )
    async def invoice_issue(
        self, info: Info, input: In[InvoiceIssueInput]
    ) -> InvoiceIssuePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.issue_invoice(
                actor_id=viewer.member_id,
                kind=input.kind,
                member_id=context.ids.decode(Tag.MEMBER, input.member_id, "member_id"),
                currency=input.currency.name,
                key=key_of("invoiceIssue", input, viewer=viewer),
                checks=context.services.checks,
                vault=context.services.vault,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return InvoiceIssuePayload(errors=[user_error(refusal, {"": ["memberId"]})])
        document = await object_of(context.renewed(), Tag.DOCUMENT, done.document_id)
        return InvoiceIssuePayload(document=document, replayed=done.replayed)


async def documents_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, DocumentRecord]:
    """The counterparty's own; finance sees all."""
    viewer = context.viewer
    if viewer is None:
        return {}
    if Role.FINANCE in viewer.roles:
        return await queries.any_documents(ids=keys)
    return await queries.documents_by_id(ids=keys, viewer_id=viewer.member_id)


node_kind(Tag.DOCUMENT, load=documents_seen, show=Document.of)
read_as(
    "Document",
    Mapped(
        entity="Document",
        tag=Tag.DOCUMENT,
        written={
            "credits_id": document_id,
            "pdf_url": link(FileKind.PDF),
            "xml_url": link(FileKind.CII),
            "ubl_url": link(FileKind.UBL),
        },
    ),
)
