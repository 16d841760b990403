"""Which payouts and destinations a list shows, and in which order."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

from domain.payouts.queries import DestinationRecord, PayoutRecord
from domain.payouts.rules import PayoutState
from schema.enums import show_enum
from schema.filters import (
    DateTimeFilter,
    Filter,
    IdFilter,
    MoneyFilter,
    StringFilter,
    every_field,
    id_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.money import CurrencyCode
from schema.paging import Order, OrderDirection
from schema.payouts import types as _shown  # noqa: F401  # the enums used below


@strawberry.input(description="Which payouts; all conditions must hold.")
class PayoutWhere:
    state: Filter[PayoutState] | None = strawberry.field(
        default=None, description="In which state."
    )
    amount: MoneyFilter | None = strawberry.field(
        default=None, description="What left the earnings."
    )
    worker_id: IdFilter | None = id_field(Tag.MEMBER, "Whose.")
    destination_id: IdFilter | None = id_field(Tag.DESTINATION, "Where to.")
    requested_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was asked for."
    )
    paid_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was delivered."
    )
    and_: list[PayoutWhere] | None = every_field()
    or_: list[PayoutWhere] | None = some_field()
    not_: PayoutWhere | None = not_field()


@strawberry.input(description="Which destinations; all conditions must hold.")
class DestinationWhere:
    kind: StringFilter | None = strawberry.field(
        default=None, description="Of which kind, such as `sandbox`."
    )
    currency: Filter[CurrencyCode] | None = strawberry.field(
        default=None, description="What it takes."
    )
    created_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it was added."
    )
    and_: list[DestinationWhere] | None = every_field()
    or_: list[DestinationWhere] | None = some_field()
    not_: DestinationWhere | None = not_field()


class PayoutOrderField(StrEnum):
    REQUESTED_AT = "requested_at"
    AMOUNT = "amount"


show_enum(
    PayoutOrderField,
    description="What payouts are ordered by.",
    values={
        PayoutOrderField.REQUESTED_AT: "When they were asked for.",
        PayoutOrderField.AMOUNT: "By currency, and within each by amount.",
    },
)


@strawberry.input(description="How payouts are ordered.")
class PayoutOrder:
    field: PayoutOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="Which way."
    )


WhichPayouts: TypeAlias = Annotated[
    PayoutWhere | None, strawberry.argument(description="Which ones; all by default.")
]
PayoutsBy: TypeAlias = Annotated[
    list[PayoutOrder] | None,
    strawberry.argument(description="At most one entry; newest request first by default."),
]
WhichDestinations: TypeAlias = Annotated[
    DestinationWhere | None, strawberry.argument(description="Which ones; all by default.")
]


def _amount_keys(record: PayoutRecord) -> tuple[str, int, UUID]:
    return record.amount.currency, record.amount.micros, record.id


def payout_orders(prefix: str) -> dict[PayoutOrderField, Order[PayoutRecord]]:
    return {
        PayoutOrderField.REQUESTED_AT: Order(
            name=f"{prefix}payouts:requestedAt",
            keys_of=lambda record: (record.requested_at, record.id),
        ),
        PayoutOrderField.AMOUNT: Order(
            name=f"{prefix}payouts:amount",
            keys_of=_amount_keys,
            kinds=(str, int, UUID),
            by="amount",
        ),
    }


VIEWER_PAYOUT_ORDERS: Final = payout_orders("")
ALL_PAYOUT_ORDERS: Final = payout_orders("finance.")
DESTINATION_ORDER: Final[Order[DestinationRecord]] = Order(
    name="destinations:createdAt", keys_of=lambda record: (record.created_at, record.id)
)
