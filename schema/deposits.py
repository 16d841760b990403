"""Deposits: money that an employer pays in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.deposits import operations, queries
from domain.deposits.queries import DepositRecord
from domain.deposits.rules import DepositState
from domain.errors import Refused
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import Paths, user_error
from schema.filters import (
    DateTimeFilter,
    Filter,
    MoneyFilter,
    StringFilter,
    condition_of,
    every_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.money import Money, MoneyInput
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
    connection,
    counter,
    window,
)
from schema.payloads import MoneyPayload
from schema.prices import Cost
from schema.scalars import URL

show_enum(
    DepositState,
    description="State of a deposit.",
    values={
        DepositState.INITIATED: "Asked for; the provider may not know of it yet.",
        DepositState.PENDING: "The provider waits for the money.",
        DepositState.SETTLED: "Arrived; it can be spent.",
        DepositState.FAILED: "No money came.",
        DepositState.MISMATCHED: "Another amount came; staff look after it.",
    },
)
PATHS: Final[Paths] = {"own_reference": ["reference"], "reference": ["reference"]}


@strawberry.type(description="Money that an employer pays in.")
class Deposit(Node):
    amount: Money = strawberry.field(description="What was asked for.")
    state: DepositState = strawberry.field(description="Where it stands.")
    reference: str = strawberry.field(description="The employer's own note; may be empty.")
    redirect_url: URL | None = strawberry.field(
        description="Where to pay; null until the provider has said it, or when it needs none."
    )
    started_at: datetime = strawberry.field(description="When it was asked for.")
    settled_at: datetime | None = strawberry.field(description="When the money arrived.")

    @classmethod
    def of(cls, record: DepositRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.DEPOSIT, record.id),
            amount=Money.of(record.amount),
            state=record.state,
            reference=record.reference,
            redirect_url=None if record.redirect_url is None else URL(record.redirect_url),
            started_at=record.started_at,
            settled_at=record.settled_at,
        )


@strawberry.input(description="Pays money in.")
class DepositStartInput(Wish):
    amount: MoneyInput = strawberry.field(description="How much.")
    return_url: URL | None = strawberry.field(
        default=None, description="Where the provider sends the member afterwards."
    )
    reference: str = strawberry.field(
        default="", description="Your own note; at most 140 characters."
    )


@strawberry.type(description="Outcome of `depositStart`.")
class DepositStartPayload(MoneyPayload):
    deposit: Deposit | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class DepositMutations:
    @strawberry.mutation(
        description="Begin to pay money in. It can be spent once the deposit is `SETTLED`. "
        "Needs deposits:write.",
        directives=[Auth(scopes=["deposits:write"]), Cost(weight=10)],
    )
    async def deposit_start(
        self, info: Info, input: In[DepositStartInput]
    ) -> DepositStartPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.start_deposit(
                employer_id=viewer.member_id,
                amount=input.amount.positive("amount"),
                return_url=input.return_url or "",
                own_reference=input.reference,
                key=key_of("depositStart", input, viewer=viewer),
                providers=context.services.deposits,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DepositStartPayload(errors=[user_error(refusal, PATHS)])
        deposit = await object_of(context.renewed(), Tag.DEPOSIT, done.deposit_id)
        return DepositStartPayload(deposit=deposit, replayed=done.replayed)


@strawberry.input(description="Which deposits; all conditions must hold.")
class DepositWhere:
    state: Filter[DepositState] | None = strawberry.field(
        default=None, description="In which state."
    )
    amount: MoneyFilter | None = strawberry.field(default=None, description="What was asked for.")
    reference: StringFilter | None = strawberry.field(
        default=None, description="The employer's own note."
    )
    started_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was asked for."
    )
    settled_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When the money arrived."
    )
    and_: list[DepositWhere] | None = every_field()
    or_: list[DepositWhere] | None = some_field()
    not_: DepositWhere | None = not_field()


class DepositOrderField(StrEnum):
    STARTED_AT = "started_at"


show_enum(
    DepositOrderField,
    description="What deposits are ordered by.",
    values={DepositOrderField.STARTED_AT: "When they were asked for."},
)


@strawberry.input(description="How deposits are ordered.")
class DepositOrder:
    field: DepositOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="Which way."
    )


WhichDeposits: TypeAlias = Annotated[
    DepositWhere | None, strawberry.argument(description="Which ones; all by default.")
]
DepositsBy: TypeAlias = Annotated[
    list[DepositOrder] | None,
    strawberry.argument(description="At most one entry; newest first by default."),
]
DEPOSIT_ORDERS: Final[dict[DepositOrderField, Order[DepositRecord]]] = {
    DepositOrderField.STARTED_AT: Order(
        name="deposits:startedAt", keys_of=lambda record: (record.started_at, record.id)
    ),
}


@strawberry.type(description="The viewer's money in.")
class ViewerDeposits:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The viewer's deposits, newest first. Needs deposits:read.",
        directives=[Auth(scopes=["deposits:read"]), Cost(weight=5)],
    )
    async def deposits(
        self,
        info: Info,
        *,
        where: WhichDeposits = None,
        order_by: DepositsBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Deposit] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        at = window(context, chosen(DEPOSIT_ORDERS, order_by), first, after, last, before)
        return connection(
            context,
            window=at,
            records=await queries.deposits_of(
                employer_id=self.key, page=at.page(), where=condition
            ),
            node_of=lambda record: Deposit.of(record, context),
            counted=counter(context, queries.count_deposits_of, self.key, where=condition),
        )


async def deposits_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, DepositRecord]:
    found = await queries.deposits_by_id(ids=keys)
    return {key: each for key, each in found.items() if each.employer_id == context.viewer_id}


node_kind(Tag.DEPOSIT, load=deposits_seen, show=Deposit.of)
