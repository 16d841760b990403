"""Deposits: money that an employer pays in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.deposits import operations, queries
from domain.deposits.queries import DepositRecord, RefundRecord
from domain.deposits.reads import REFUNDS_MAX
from domain.deposits.rules import DepositState, RefundState
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
from schema.node import Node, given_object, node_kind, object_of
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

show_enum(
    DepositState,
    description="State of a deposit.",
    values={
        DepositState.INITIATED: "Asked for; the provider may not know of it yet.",
        DepositState.PENDING: "The provider waits for the money.",
        DepositState.SETTLED: "Arrived; it can be spent.",
        DepositState.FAILED: "No money came.",
        DepositState.EXPIRED: "Nobody paid in time.",
        DepositState.MISMATCHED: "Something else came than was asked for; staff look after it.",
        DepositState.UNDERPAID: "Less came than was asked for; staff look after it.",
        DepositState.OVERPAID: "More came than was asked for; staff look after it.",
        DepositState.DISPUTED: "The payer's bank took it back; what was left of it is kept aside.",
        DepositState.WON: "The dispute is over and the money is here again.",
        DepositState.LOST: "The dispute is over and the money is gone.",
        DepositState.PARTLY_REFUNDED: "A part went back to the payer.",
        DepositState.REFUNDED: "All of it went back to the payer.",
    },
)
show_enum(
    RefundState,
    name="DepositRefundState",
    description="State of a refund.",
    values={
        RefundState.PREPARED: "The money is set aside; its provider does not know yet.",
        RefundState.SENDING: "Its provider is being told.",
        RefundState.UNKNOWN: "Nobody knows whether it was done; being looked up.",
        RefundState.PENDING: "Its provider is at it.",
        RefundState.DONE: "The money went back.",
        RefundState.FAILED: "It did not go back, and can be spent again.",
    },
)
PATHS: Final[Paths] = {"own_reference": ["reference"], "reference": ["reference"]}


@strawberry.type(description="Money of a deposit on its way back to the payer.")
class DepositRefund:
    amount: Money = strawberry.field(description="How much.")
    state: RefundState = strawberry.field(description="Where it stands.")
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    ended_at: datetime | None = strawberry.field(description="When it was done or failed.")

    @classmethod
    def of(cls, record: RefundRecord) -> Self:
        return cls(
            amount=Money.of(record.amount),
            state=record.state,
            asked_at=record.asked_at,
            ended_at=record.ended_at,
        )


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
    instructions: str | None = strawberry.field(
        description="What to do to pay; null where there is an address to pay at."
    )
    expires_at: datetime | None = strawberry.field(
        description="Until when it can be paid; null where the provider sets no end."
    )
    refunded: Money = strawberry.field(description="What went back the way it came.")
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Refunds in the order they were asked for, at most 20.",
        directives=[Cost(weight=5, list_size=REFUNDS_MAX)],
    )
    async def refunds(self, info: Info) -> list[DepositRefund] | None:
        found = await info.context.load(refunds_of, self.key)
        return [DepositRefund.of(each) for each in (found or [])[:REFUNDS_MAX]]

    @classmethod
    def of(cls, record: DepositRecord, context: Context) -> Self:
        return cls(
            key=record.id,
            instructions=record.instructions,
            expires_at=record.expires_at,
            refunded=Money.of(record.refunded),
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


@strawberry.input(description="Sends unspent money of a deposit back the way it came.")
class DepositRefundInput(Wish):
    deposit_id: strawberry.ID = strawberry.field(description="Which deposit.")
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much; all that is left of it by default."
    )


@strawberry.type(description="Outcome of `depositRefund`.")
class DepositRefundPayload(MoneyPayload):
    deposit: Deposit | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class DepositMutations:
    @strawberry.mutation(
        description="Send unspent money of a deposit back to its payer. Its employer may, and "
        "finance. Needs deposits:write.",
        directives=[Auth(scopes=["deposits:write"]), Cost(weight=10)],
    )
    async def deposit_refund(
        self, info: Info, input: In[DepositRefundInput]
    ) -> DepositRefundPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            amount = None if input.amount is None else input.amount.positive("amount")
            done = await operations.refund_deposit(
                deposit_id=context.ids.decode(Tag.DEPOSIT, input.deposit_id, "deposit_id"),
                amount=amount,
                asked_by=viewer.member_id,
                key=key_of("depositRefund", input, viewer=viewer),
                providers=context.services.deposits,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DepositRefundPayload(errors=[user_error(refusal, {"": ["depositId"]})])
        deposit = await deposit_given(context.renewed(), done.deposit_id)
        return DepositRefundPayload(deposit=deposit, replayed=done.replayed)

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
        found: Connection[Deposit] = await page_of(
            context,
            target="Deposit",
            listing=queries.OF_EMPLOYER,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: queries.deposits_of(
                employer_id=self.key, page=at.page(), where=condition
            ),
            node_of=lambda record: Deposit.of(record, context),
            counted=counter(context, queries.count_deposits_of, self.key, where=condition),
        )
        return found


async def refunds_of(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[RefundRecord]]:
    """Only of deposits that the viewer was shown."""
    return await queries.refunds_of(deposit_ids=keys)


async def deposit_given(context: Context, key: UUID) -> Deposit:
    """Whosever it is: finance works with those of others."""

    async def made() -> Deposit:
        return Deposit.of((await queries.deposits_by_id(ids=[key]))[key], context)

    found: Deposit = await given_object(context, Tag.DEPOSIT, key, made)
    return found


async def deposits_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, DepositRecord]:
    found = await queries.deposits_by_id(ids=keys)
    return {key: each for key, each in found.items() if each.employer_id == context.viewer_id}


node_kind(Tag.DEPOSIT, load=deposits_seen, show=Deposit.of)
read_as("Deposit", Mapped(entity="Deposit", tag=Tag.DEPOSIT))
