"""What finance and members do with documents that are issued, and with those who issue them."""

from __future__ import annotations

from datetime import date
from typing import Final

import strawberry

from domain.errors import Refused
from domain.invoices import operations, queries
from domain.invoices.rules import DocumentKind
from domain.invoices.rules import LegalEntity as Entity
from schema.auth import Auth
from schema.context import Info
from schema.errors import NO_PATHS, Paths, UserError, code_of, path_of, user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.invoices import Document
from schema.ledger import BalanceKind
from schema.money import CurrencyCode, Money, MoneyInput
from schema.node import object_of
from schema.paper_oversight import PROBLEMS_MAX, DocumentRun, LegalEntity
from schema.payloads import MoneyPayload, Payload
from schema.prices import Cost
from schema.scalars import CountryCode

FINANCE: Final = [Auth(scopes=["finance:write"]), Cost(weight=20)]
MEMBER: Final = [Auth(scopes=["documents:write"]), Cost(weight=20)]


@strawberry.type(description="It breaks rules of authorities; it has no number and never had.")
class DocumentInvalidError(UserError):
    problems: list[str] = strawberry.field(
        description="The rules by id, with what they say; at most 5.",
        directives=[Cost(list_size=PROBLEMS_MAX)],
    )


@user_error.register(operations.DocumentInvalid)
def document_invalid_error(
    refusal: operations.DocumentInvalid, paths: Paths = NO_PATHS
) -> DocumentInvalidError:
    return DocumentInvalidError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        problems=list(refusal.problems[:PROBLEMS_MAX]),
    )


@strawberry.type(description="More than is left of the document.")
class CreditTooHighError(UserError):
    left: Money = strawberry.field(description="What no credit note took back yet, without VAT.")


@user_error.register(operations.CreditTooHigh)
def credit_too_high_error(
    refusal: operations.CreditTooHigh, paths: Paths = NO_PATHS
) -> CreditTooHighError:
    return CreditTooHighError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        left=Money.of(refusal.left),
    )


@strawberry.input(description="Gives a fee back.")
class DocumentCreditInput(Wish):
    document_id: strawberry.ID = strawberry.field(description="The invoice.")
    net: MoneyInput | None = strawberry.field(
        default=None, description="Without VAT; all that is left by default."
    )
    reason: str = strawberry.field(description="Stands on the credit note; 1 to 300 characters.")


@strawberry.type(description="Outcome of `documentCredit`.")
class DocumentCreditPayload(MoneyPayload):
    credit_note: Document | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Puts names and addresses right.")
class DocumentCorrectInput(Wish):
    document_id: strawberry.ID = strawberry.field(description="An invoice or a self-bill.")
    reason: str = strawberry.field(description="What was wrong; 1 to 300 characters.")
    as_one: bool = strawberry.field(
        default=False,
        description="One corrected invoice (384) instead of a credit note and a new document, "
        "where a country wants that.",
    )


@strawberry.type(description="Outcome of `documentCorrect`.")
class DocumentCorrectPayload(MoneyPayload):
    credit_note: Document | None = strawberry.field(
        default=None, description="Null on refusal, and where one document corrects."
    )
    document: Document | None = strawberry.field(
        default=None, description="With today's data; null on refusal."
    )


@strawberry.input(description="A worker's objection.")
class SelfBillObjectInput(Wish):
    document_id: strawberry.ID = strawberry.field(description="The worker's own self-bill.")
    reason: str = strawberry.field(description="What is wrong; 1 to 300 characters.")


@strawberry.type(description="Outcome of `selfBillObject`.")
class SelfBillObjectPayload(MoneyPayload):
    credit_note: Document | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Asks for the statement of a month.")
class AccountStatementIssueInput(Wish):
    balance: BalanceKind = strawberry.field(description="`SPENDABLE` or `EARNINGS`.")
    currency: CurrencyCode = strawberry.field(description="Of the balance.")
    month: date = strawberry.field(description="Any day of a month that is over.")


@strawberry.type(description="Outcome of `accountStatementIssue`.")
class AccountStatementIssuePayload(MoneyPayload):
    document: Document | None = strawberry.field(
        default=None, description="The same for the same month; null on refusal."
    )


@strawberry.input(description="Starts a run.")
class DocumentRunStartInput(Wish):
    kind: DocumentKind = strawberry.field(description="`FEE_INVOICE` or `SELF_BILL`.")


@strawberry.type(description="Outcome of `documentRunStart`.")
class DocumentRunStartPayload(MoneyPayload):
    run: DocumentRun | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="A company that issues, as it is from now on.")
class LegalEntitySaveInput:
    code: str = strawberry.field(description="1 to 8 capital letters or digits; stays for ever.")
    name: str = strawberry.field(description="As it is registered.")
    street: str = strawberry.field(description="Of its address.")
    postcode: str = strawberry.field(description="Of its address.")
    city: str = strawberry.field(description="Of its address.")
    country: CountryCode = strawberry.field(description="Stays for ever.")
    vat_id: str | None = strawberry.field(default=None, description="With its prefix.")
    legal_id: str | None = strawberry.field(default=None, description="In a register.")
    tax_number: str | None = strawberry.field(default=None, description="A national one.")
    endpoint: str | None = strawberry.field(
        default=None, description="Where it gets electronic invoices."
    )
    footer: str = strawberry.field(default="", description="Its own words under every page.")
    is_active: bool = strawberry.field(default=True, description="Whether it issues anything new.")


@strawberry.type(description="Outcome of `legalEntitySave`.")
class LegalEntitySavePayload(Payload):
    legal_entity: LegalEntity | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.input(description="What begins the numbers of a series without numbers.")
class NumberSeriesPrefixSetInput:
    code: str = strawberry.field(description="Of the company.")
    kind: DocumentKind = strawberry.field(description="Of the documents.")
    year: int = strawberry.field(description="Of the dates of issue.")
    prefix: str = strawberry.field(description="1 to 24 letters, digits and `+ - _ /`.")


@strawberry.type(description="Outcome of `numberSeriesPrefixSet`.")
class NumberSeriesPrefixSetPayload(Payload):
    pass


@strawberry.input(description="In which language the viewer's documents are written.")
class DocumentLanguageSetInput:
    language: str = strawberry.field(description="`en`, `de`, `fr`, `es` or `pt`.")


@strawberry.type(description="Outcome of `documentLanguageSet`.")
class DocumentLanguageSetPayload(Payload):
    pass


@strawberry.type(description="Changes.")
class PaperMutations:
    @strawberry.mutation(
        description="Give a fee back to the deposit, with its VAT. Needs finance:write.",
        directives=FINANCE,
    )
    async def document_credit(
        self, info: Info, input: In[DocumentCreditInput]
    ) -> DocumentCreditPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.credit_document(
                actor_id=viewer.member_id,
                document_id=context.ids.decode(Tag.DOCUMENT, input.document_id, "document_id"),
                net=None if input.net is None else input.net.positive("net"),
                reason=input.reason,
                key=key_of("documentCredit", input, viewer=viewer),
                checks=context.services.checks,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DocumentCreditPayload(errors=[user_error(refusal, {"": ["documentId"]})])
        note = await object_of(context.renewed(), Tag.DOCUMENT, done.document_id)
        return DocumentCreditPayload(credit_note=note, replayed=done.replayed)

    @strawberry.mutation(
        description="Issue a document again with today's names. Needs finance:write.",
        directives=FINANCE,
    )
    async def document_correct(
        self, info: Info, input: In[DocumentCorrectInput]
    ) -> DocumentCorrectPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.correct_document(
                actor_id=viewer.member_id,
                document_id=context.ids.decode(Tag.DOCUMENT, input.document_id, "document_id"),
                reason=input.reason,
                as_one=input.as_one,
                key=key_of("documentCorrect", input, viewer=viewer),
                checks=context.services.checks,
                vault=context.services.vault,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DocumentCorrectPayload(errors=[user_error(refusal, {"": ["documentId"]})])
        renewed = context.renewed()
        return DocumentCorrectPayload(
            credit_note=await object_of(renewed, Tag.DOCUMENT, done.credit_note_id),
            document=await object_of(renewed, Tag.DOCUMENT, done.document_id),
            replayed=done.replayed,
        )

    @strawberry.mutation(
        description="Take one's own self-bill back; the reward stays. Needs documents:write.",
        directives=MEMBER,
    )
    async def self_bill_object(
        self, info: Info, input: In[SelfBillObjectInput]
    ) -> SelfBillObjectPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.object_to_self_bill(
                worker_id=viewer.member_id,
                document_id=context.ids.decode(Tag.DOCUMENT, input.document_id, "document_id"),
                reason=input.reason,
                key=key_of("selfBillObject", input, viewer=viewer),
                checks=context.services.checks,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return SelfBillObjectPayload(errors=[user_error(refusal, {"": ["documentId"]})])
        note = await object_of(context.renewed(), Tag.DOCUMENT, done.document_id)
        return SelfBillObjectPayload(credit_note=note, replayed=done.replayed)

    @strawberry.mutation(
        description="Issue the statement of a month of one's own. Needs documents:write.",
        directives=MEMBER,
    )
    async def account_statement_issue(
        self, info: Info, input: In[AccountStatementIssueInput]
    ) -> AccountStatementIssuePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.issue_account_statement(
                member_id=viewer.member_id,
                account=input.balance.value,
                currency=input.currency.name,
                month=input.month,
                key=key_of("accountStatementIssue", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return AccountStatementIssuePayload(
                errors=[user_error(refusal, {"account": ["balance"]})]
            )
        document = await object_of(context.renewed(), Tag.DOCUMENT, done.document_id)
        return AccountStatementIssuePayload(document=document, replayed=done.replayed)

    @strawberry.mutation(
        description="Issue documents for everybody with work that none shows. Needs finance:write.",
        directives=FINANCE,
    )
    async def document_run_start(
        self, info: Info, input: In[DocumentRunStartInput]
    ) -> DocumentRunStartPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.start_run(
                actor_id=viewer.member_id,
                kind=input.kind,
                key=key_of("documentRunStart", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DocumentRunStartPayload(errors=[user_error(refusal)])
        record = await queries.document_run(run_id=done.run_id)
        return DocumentRunStartPayload(
            run=None if record is None else DocumentRun.of(record), replayed=done.replayed
        )

    @strawberry.mutation(
        description="Say who issues documents; the change is kept. Needs finance:write.",
        directives=FINANCE,
    )
    async def legal_entity_save(
        self, info: Info, input: In[LegalEntitySaveInput]
    ) -> LegalEntitySavePayload | None:
        context = info.context
        try:
            await operations.save_legal_entity(
                actor_id=context.signed_in().member_id,
                entity=Entity(
                    code=input.code,
                    name=input.name,
                    street=input.street,
                    postcode=input.postcode,
                    city=input.city,
                    country=input.country,
                    vat_id=input.vat_id,
                    legal_id=input.legal_id,
                    tax_number=input.tax_number,
                    endpoint=input.endpoint,
                    footer=input.footer,
                    is_active=input.is_active,
                ),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return LegalEntitySavePayload(errors=[user_error(refusal)])
        found = await queries.legal_entities()
        (saved,) = [each for each in found if each.entity.code == input.code]
        return LegalEntitySavePayload(legal_entity=LegalEntity.of(saved))

    @strawberry.mutation(
        description="Say what begins the numbers of a new series. Needs finance:write.",
        directives=FINANCE,
    )
    async def number_series_prefix_set(
        self, info: Info, input: In[NumberSeriesPrefixSetInput]
    ) -> NumberSeriesPrefixSetPayload | None:
        context = info.context
        try:
            await operations.set_series_prefix(
                actor_id=context.signed_in().member_id,
                code=input.code,
                kind=input.kind,
                year=input.year,
                prefix=input.prefix,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return NumberSeriesPrefixSetPayload(errors=[user_error(refusal, {"": ["code"]})])
        return NumberSeriesPrefixSetPayload()

    @strawberry.mutation(
        description="Choose the language of one's documents from now on. Needs documents:write.",
        directives=MEMBER,
    )
    async def document_language_set(
        self, info: Info, input: In[DocumentLanguageSetInput]
    ) -> DocumentLanguageSetPayload | None:
        try:
            await operations.set_document_language(
                member_id=info.context.signed_in().member_id, language=input.language
            )
        except Refused as refusal:
            return DocumentLanguageSetPayload(errors=[user_error(refusal)])
        return DocumentLanguageSetPayload()
