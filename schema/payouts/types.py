"""Payouts and destinations as their owner sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.payouts import queries
from domain.payouts.queries import DestinationRecord, PayoutRecord
from domain.payouts.rules import CANCELLABLE, DestinationState, PayoutState, Problem
from schema.context import Context, Info
from schema.enums import show_enum
from schema.ids import Tag
from schema.money import CurrencyCode, Money
from schema.node import Node, node_kind, object_of
from schema.read_model import Mapped, read_as
from schema.scalars import CountryCode

show_enum(
    PayoutState,
    description="State of a payout.",
    values={
        PayoutState.REQUESTED: "Asked for; the money has left the earnings.",
        PayoutState.HELD: "Kept back by us; `problem` says why.",
        PayoutState.APPROVED: "May be sent.",
        PayoutState.QUEUED: "Waits for its batch.",
        PayoutState.SENDING: "On its way to the provider.",
        PayoutState.UNKNOWN: "Nobody knows yet; we are asking the provider.",
        PayoutState.PENDING: "The provider has it.",
        PayoutState.UNCLAIMED: "The provider waits for the worker.",
        PayoutState.ON_HOLD: "Kept back by the provider.",
        PayoutState.PAID: "Delivered; it may still come back.",
        PayoutState.FAILED: "Not delivered; the money is back in the earnings.",
        PayoutState.CANCELLED: "Taken back before it was sent; the money is back in the earnings.",
        PayoutState.RETURNED: "Came back; the money is in the earnings again.",
        PayoutState.REFUNDED: "Sent back by the worker; the money is in the earnings again.",
        PayoutState.REVERSED: "Taken back by the provider; the money is in the earnings again.",
    },
)
show_enum(
    Problem,
    name="PayoutProblem",
    description="Why a payout does not go on, or failed.",
    values={
        Problem.NO_ROUTE: "Nobody pays there at present; we go on trying.",
        Problem.DESTINATION_COOLING_DOWN: "The destination was added a short while ago; it goes "
        "on by itself at `heldUntil`.",
        Problem.DESTINATION_REMOVED: "The destination was removed before it was sent; cancel it, "
        "and the money is back in the earnings.",
        Problem.DESTINATION_UNCONFIRMED: "Another destination than before: the code of the letter "
        "to the worker lets it go on, by `destinationConfirm`.",
        Problem.HELD_BY_MEMBER: "The worker holds all of their payouts; `payoutHoldSet` lets them "
        "go on.",
        Problem.WAITS_FOR_RUN: "It is paid with the next daily or weekly run.",
        Problem.AWAITS_RELEASE: "So much is released by two people; they will.",
        Problem.SCREENING: "People look at it first.",
        Problem.SCREENING_DENIED: "We do not pay it; it can be cancelled.",
        Problem.VERIFICATION_NEEDED: "The worker has to reach `neededLevel` first: see "
        "`viewer.verification`; then it goes on by itself.",
        Problem.IDENTITY_REVIEW: "People compare who the worker is; then it goes on by itself.",
        Problem.TAX_NOTICE: "The tax office doubts the worker's tax number: see "
        "`viewer.taxProfile.notices`; once that is answered it goes on by itself.",
        Problem.PROVIDER_REFUSED: "The provider refused it; we go on trying.",
        Problem.IN_DOUBT: "An earlier attempt may have arrived; people look into it.",
        Problem.DESTINATION_INVALID: "The destination does not exist or takes no money.",
        Problem.PROVIDER_DECLINED: "The provider declined it for good.",
        Problem.RETURNED: "It came back.",
    },
)
show_enum(
    DestinationState,
    description="State of a destination.",
    values={
        DestinationState.ACTIVE: "Payouts may go there.",
        DestinationState.REMOVED: "Only old payouts show it.",
    },
)


@strawberry.type(description="A place of the viewer's to be paid.")
class Destination(Node):
    kind: str = strawberry.field(description="Kind, such as `sandbox`.")
    label: str = strawberry.field(description="Enough of it to be recognized.")
    country: CountryCode = strawberry.field(description="Of the account there.")
    currency: CurrencyCode = strawberry.field(description="What it takes.")
    state: DestinationState = strawberry.field(description="Whether it can be used.")
    created_at: datetime = strawberry.field(description="When it was added.")
    confirmed_at: datetime | None = strawberry.field(
        description="When the code of the letter was given; null: nothing is paid there yet."
    )
    removed_at: datetime | None = strawberry.field(description="When it was removed.")

    @classmethod
    def of(cls, record: DestinationRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.DESTINATION, record.id),
            kind=record.kind,
            label=record.label,
            country=CountryCode(record.country),
            currency=CurrencyCode[record.currency],
            state=record.state,
            created_at=record.created_at,
            confirmed_at=record.confirmed_at,
            removed_at=record.removed_at,
        )


@strawberry.type(description="A worker's earnings on their way out of the platform.")
class Payout(Node):
    destination_key: strawberry.Private[UUID]
    amount: Money = strawberry.field(description="What left the earnings.")
    fee: Money = strawberry.field(description="What of it the way there costs.")
    state: PayoutState = strawberry.field(description="Where it stands; `PAID` may still return.")
    problem: Problem | None = strawberry.field(description="Why it does not go on, or failed.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    paid_at: datetime | None = strawberry.field(description="When it was delivered.")
    closed_at: datetime | None = strawberry.field(description="When its money came back.")
    cancel_asked_at: datetime | None = strawberry.field(
        description="When its provider was asked to give it back; `state` says what became of that."
    )
    held_until: datetime | None = strawberry.field(description="When a hold ends by itself.")
    needed_level: int | None = strawberry.field(
        description="The level of verification that lets it go on, while `problem` is "
        "`VERIFICATION_NEEDED`."
    )
    viewer_can_cancel: bool = strawberry.field(
        description="Whether `payoutCancel` takes it back at once."
    )

    @classmethod
    def of(cls, record: PayoutRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.PAYOUT, record.id),
            destination_key=record.destination_id,
            amount=Money.of(record.amount),
            fee=Money.of(record.fee),
            state=record.state,
            problem=None if record.problem is None else Problem(record.problem),
            requested_at=record.requested_at,
            paid_at=record.paid_at,
            closed_at=record.closed_at,
            held_until=record.held_until,
            needed_level=record.needed_level,
            cancel_asked_at=record.cancel_asked_at,
            viewer_can_cancel=record.state in CANCELLABLE and record.worker_id == context.viewer_id,
        )

    @strawberry.field(description="Where it goes.")
    async def destination(self, info: Info) -> Destination | None:
        found: Destination | None = await object_of(
            info.context, Tag.DESTINATION, self.destination_key
        )
        return found


async def payouts_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, PayoutRecord]:
    found = await queries.payouts_by_id(ids=keys)
    return {key: each for key, each in found.items() if each.worker_id == context.viewer_id}


async def destinations_seen(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, DestinationRecord]:
    found = await queries.destinations_by_id(ids=keys)
    return {key: each for key, each in found.items() if each.member_id == context.viewer_id}


node_kind(Tag.PAYOUT, load=payouts_seen, show=Payout.of)
node_kind(Tag.DESTINATION, load=destinations_seen, show=Destination.of)
read_as("Payout", Mapped(entity="Payout", tag=Tag.PAYOUT))
read_as("Destination", Mapped(entity="Destination", tag=Tag.DESTINATION))
