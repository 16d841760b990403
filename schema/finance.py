"""What finance sees: the books as a whole, and everybody's payouts and documents."""

from __future__ import annotations

from typing import Annotated, Final, Self

import strawberry

from domain.invoices import queries as invoices
from domain.ledger import queries as ledger
from domain.ledger.queries import KindTotal
from domain.ledger.rules import AccountKind
from domain.members.rules import Role
from domain.money import EXPONENTS
from domain.money import Money as Amount
from domain.paging import NO_PARENT
from domain.payouts import queries as payouts
from schema.auth import Auth
from schema.context import Forbidden, Info
from schema.deposit_arrivals import ArrivalOversight
from schema.errors import InvalidId
from schema.filters import condition_of
from schema.ids import Tag
from schema.invoices import ALL_DOCUMENT_ORDERS, Document, DocumentsBy, WhichDocuments
from schema.ledger import BALANCE_COUNT_MAX, Balance, balances_of
from schema.money import Money
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    chosen,
    counter,
    page_of,
    window,
)
from schema.paper_oversight import PaperOversight
from schema.payouts.filters import ALL_PAYOUT_ORDERS, PayoutsBy, WhichPayouts
from schema.payouts.types import Payout
from schema.prices import Cost
from schema.provider_files import FileOversight
from schema.provider_oversight import ProviderOversight
from schema.taxes.law import FinanceTaxes
from schema.taxes.notices import FinanceTaxNotices
from schema.taxes.terms import FinanceVatTerms

LINE_COUNT_MAX: Final = len(AccountKind) * len(EXPONENTS)


@strawberry.type(description="All accounts of one kind and currency together.")
class TrialBalanceLine:
    account: str = strawberry.field(description="Kind of the accounts, such as `campaign:escrow`.")
    account_class: str = strawberry.field(
        description="`asset`, `liability`, `income`, `expense` or `equity`."
    )
    balance: Money = strawberry.field(description="In the normal side of the class.")

    @classmethod
    def of(cls, total: KindTotal) -> Self:
        return cls(
            account=total.kind.value,
            account_class=total.account_class,
            balance=Money.of(total.balance),
        )


@strawberry.type(description="The books in one table, summed from the entries themselves.")
class TrialBalance:
    is_balanced: bool = strawberry.field(description="Whether every difference is zero.")
    differences: list[Money] = strawberry.field(
        description="Debits less credits, one amount per currency; at most 9.",
        directives=[Cost(list_size=len(EXPONENTS))],
    )
    lines: list[TrialBalanceLine] = strawberry.field(
        description=f"One per kind of account and currency; at most {LINE_COUNT_MAX}.",
        directives=[Cost(list_size=LINE_COUNT_MAX)],
    )


@strawberry.type(description="The platform's finances.")
class Finance(
    ProviderOversight,
    FileOversight,
    PaperOversight,
    ArrivalOversight,
    FinanceTaxes,
    FinanceTaxNotices,
    FinanceVatTerms,
):
    @strawberry.field(description="Whether the books balance.", directives=[Cost(weight=50)])
    async def trial_balance(self, info: Info) -> TrialBalance | None:  # noqa: ARG002  # a resolver's signature
        differences = await ledger.trial_balance()
        return TrialBalance(
            is_balanced=not any(differences.values()),
            differences=[
                Money.of(Amount(differences[currency], currency))
                for currency in sorted(differences)
            ],
            lines=[TrialBalanceLine.of(total) for total in await ledger.totals()],
        )

    @strawberry.field(description="Everybody's payouts, newest first.", directives=[Cost(weight=5)])
    async def payouts(
        self,
        info: Info,
        *,
        where: WhichPayouts = None,
        order_by: PayoutsBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Payout] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        at = window(context, chosen(ALL_PAYOUT_ORDERS, order_by), first, after, last, before)
        found: Connection[Payout] = await page_of(
            context,
            target="Payout",
            listing=payouts.ALL_PAYOUTS,
            parent_id=NO_PARENT,
            window=at,
            where=condition,
            records=lambda: payouts.all_payouts(page=at.page(), where=condition),
            node_of=lambda record: Payout.of(record, context),
            counted=counter(context, payouts.count_payouts, NO_PARENT, where=condition),
        )
        return found

    @strawberry.field(
        description="Everybody's documents, newest first.", directives=[Cost(weight=5)]
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
        at = window(context, chosen(ALL_DOCUMENT_ORDERS, order_by), first, after, last, before)
        found: Connection[Document] = await page_of(
            context,
            target="Document",
            listing=invoices.ALL_DOCUMENTS,
            parent_id=NO_PARENT,
            window=at,
            where=condition,
            records=lambda: invoices.all_documents(page=at.page(), where=condition),
            node_of=lambda record: Document.of(record, context),
            counted=counter(context, invoices.count_documents, NO_PARENT, where=condition),
        )
        return found

    @strawberry.field(
        description="What a member owns, one entry per currency, at most 9; null for no member.",
        directives=[Cost(weight=5, list_size=BALANCE_COUNT_MAX)],
    )
    async def member_balances(
        self,
        info: Info,
        member_id: Annotated[strawberry.ID, strawberry.argument(description="Whose.")],
    ) -> list[Balance] | None:
        try:
            key = info.context.ids.decode(Tag.MEMBER, member_id)
        except InvalidId:
            return None
        return balances_of((await ledger.accounts_of(owner_ids=[key]))[key])


@strawberry.type(description="Reads.")
class FinanceQueries:
    @strawberry.field(
        description="The platform's finances. Needs the role finance.",
        directives=[Auth(scopes=["finance:read"])],
    )
    async def finance(self, info: Info) -> Finance | None:
        viewer = info.context.viewer
        if viewer is None or Role.FINANCE not in viewer.roles:
            raise Forbidden(Role.FINANCE)
        return Finance()
