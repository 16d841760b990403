"""Balances and statements: what a member owns here, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.ledger import queries
from domain.ledger.queries import AccountRecord, EntryRecord
from domain.ledger.rules import Account, AccountKind
from domain.money import EXPONENTS
from domain.money import Money as Amount
from domain.paging import NO_PARENT, Count
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.filters import (
    DateTimeFilter,
    MoneyFilter,
    StringFilter,
    condition_of,
    every_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.money import CurrencyCode, Money
from schema.node import Node, node_kind
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    page_of,
    window,
)
from schema.prices import Cost
from schema.read_model import Mapped, read_as


class BalanceKind(Enum):
    """The accounts that a member owns; the value is the account's kind."""

    SPENDABLE = AccountKind.EMPLOYER_AVAILABLE
    PENDING = AccountKind.WORKER_PENDING
    EARNINGS = AccountKind.WORKER_EARNINGS
    PAYOUT = AccountKind.WORKER_PAYOUT


show_enum(
    BalanceKind,
    description="One of the balances a member has in each currency.",
    values={
        BalanceKind.SPENDABLE: "Deposited, and not yet set aside for a campaign.",
        BalanceKind.PENDING: "Rewards of work that is handed in and not decided.",
        BalanceKind.EARNINGS: "Earned; can be paid out.",
        BalanceKind.PAYOUT: "On its way out.",
    },
)


@strawberry.type(description="What the viewer owns in one currency.")
class Balance:
    currency: CurrencyCode = strawberry.field(description="Of all amounts.")
    spendable: Money = strawberry.field(
        description="Deposited, and not yet set aside for a campaign."
    )
    pending: Money = strawberry.field(
        description="Rewards of work that is handed in and not decided."
    )
    earnings: Money = strawberry.field(description="Earned; can be paid out.")
    maturing: Money = strawberry.field(
        description="Earned; can be paid out later: `Assignment.payableAt` says when."
    )
    payout: Money = strawberry.field(description="On its way out.")

    @classmethod
    def of(cls, currency: str, by_kind: Mapping[AccountKind, AccountRecord]) -> Self:
        nothing = Amount(0, currency)

        def amount(kind: BalanceKind) -> Money:
            account = by_kind.get(kind.value)
            return Money.of(nothing if account is None else account.available)

        earned = by_kind.get(AccountKind.WORKER_EARNINGS)
        kept = nothing if earned is None else earned.balance - earned.available

        return cls(
            currency=CurrencyCode[currency],
            spendable=amount(BalanceKind.SPENDABLE),
            pending=amount(BalanceKind.PENDING),
            earnings=amount(BalanceKind.EARNINGS),
            maturing=Money.of(kept),
            payout=amount(BalanceKind.PAYOUT),
        )


def balances_of(accounts: Sequence[AccountRecord]) -> list[Balance]:
    """One per currency that anything was ever booked in."""
    found: dict[str, dict[AccountKind, AccountRecord]] = {}
    for account in accounts:
        found.setdefault(account.available.currency, {})[account.kind] = account
    return [Balance.of(currency, found[currency]) for currency in sorted(found)]


@strawberry.type(description="One movement on one of the viewer's balances.")
class LedgerEntry(Node):
    change: Money = strawberry.field(description="Above zero is more for the viewer.")
    balance_after: Money | None = strawberry.field(description="What the balance was then.")
    kind: str = strawberry.field(description="What happened, such as `assignment.approved`.")
    recorded_at: datetime = strawberry.field(description="When it was booked.")

    @classmethod
    def of(cls, record: EntryRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.LEDGER_ENTRY, UUID(int=record.entry_id)),
            change=Money.of(record.change),
            balance_after=None if record.balance_after is None else Money.of(record.balance_after),
            kind=record.kind,
            recorded_at=record.recorded_at,
        )


BALANCE_COUNT_MAX: Final = len(EXPONENTS)


@strawberry.input(description="Which movements; all conditions must hold.")
class LedgerEntryWhere:
    kind: StringFilter | None = strawberry.field(
        default=None, description="What happened, such as `assignment.approved`."
    )
    change: MoneyFilter | None = strawberry.field(
        default=None, description="Above zero is more for the viewer."
    )
    recorded_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was booked."
    )
    and_: list[LedgerEntryWhere] | None = every_field()
    or_: list[LedgerEntryWhere] | None = some_field()
    not_: LedgerEntryWhere | None = not_field()


WhichEntries: TypeAlias = Annotated[
    LedgerEntryWhere | None, strawberry.argument(description="Which ones; all by default.")
]


@strawberry.type(description="The viewer's money.")
class ViewerLedger:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The viewer's balances, one per currency, at most 9. Needs balances:read.",
        directives=[
            Auth(scopes=["balances:read"]),
            Cost(weight=5, list_size=BALANCE_COUNT_MAX),
        ],
    )
    async def balances(self, info: Info) -> list[Balance] | None:
        return balances_of(await info.context.load(accounts_owned, self.key) or [])

    @strawberry.field(
        description="Movements on one balance, newest first. Needs balances:read.",
        directives=[Auth(scopes=["balances:read"]), Cost(weight=5)],
    )
    async def statement(
        self,
        info: Info,
        *,
        balance: Annotated[BalanceKind, strawberry.argument(description="Which balance.")],
        currency: Annotated[CurrencyCode, strawberry.argument(description="In which currency.")],
        where: WhichEntries = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[LedgerEntry] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        account, code = Account(balance.value, self.key), currency.name
        at = window(context, statement_order(balance, code), first, after, last, before)

        async def counted() -> Count:
            return await queries.count_entries(account=account, currency=code, where=condition)

        found: Connection[LedgerEntry] = await page_of(
            context,
            target="LedgerEntry",
            listing=queries.STATEMENT,
            parent_id=NO_PARENT,
            arguments=(account.code, code),
            window=at,
            where=condition,
            records=lambda: queries.entries(
                account=account, currency=code, page=at.page(), where=condition
            ),
            node_of=lambda record: LedgerEntry.of(record, context),
            counted=counted,
        )
        return found


def statement_order(balance: BalanceKind, currency: str) -> Order[EntryRecord]:
    """A number counts each balance's entries: a cursor of another balance would point nowhere."""
    return Order(
        name=f"statement:{balance.name}.{currency}:sequence",
        keys_of=lambda record: (record.id,),
        kinds=(int,),
    )


async def accounts_owned(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, list[AccountRecord]]:
    """Nobody's but the viewer's."""
    return await queries.accounts_of(owner_ids=[key for key in keys if key == context.viewer_id])


async def entries_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, EntryRecord]:
    if context.viewer_id is None:
        return {}
    numbers = [key.int for key in keys if key.int < 2**63]
    found = await queries.entries_by_id(ids=numbers, owner_id=context.viewer_id)
    return {UUID(int=number): record for number, record in found.items()}


node_kind(Tag.LEDGER_ENTRY, load=entries_seen, show=LedgerEntry.of)
read_as("LedgerEntry", Mapped(entity="LedgerEntry", tag=Tag.LEDGER_ENTRY))
