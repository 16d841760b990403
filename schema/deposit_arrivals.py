"""Money that nobody asked for, and the two people who say whose it is; for finance."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.deposits import operations, queries
from domain.deposits.queries import ArrivalRecord
from domain.deposits.rules import ArrivalState
from domain.errors import Refused
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.money import Money
from schema.payloads import MoneyPayload
from schema.prices import Cost

ARRIVALS_MAX: Final = 40
FINANCE: Final = [Auth(scopes=["finance:write"]), Cost(weight=20)]
PATHS: Final[Paths] = {"": ["arrivalId"], "employer_id": ["employerId"], "note": ["note"]}


class Allocation(StrEnum):
    """What people may do with it."""

    CREDIT = "credited"
    SENT_BACK = "sent_back"
    OURS = "ours"


show_enum(
    ArrivalState,
    name="DepositArrivalState",
    description="What became of one payment of a payer.",
    values={
        ArrivalState.COUNTED: "It belongs to its deposit.",
        ArrivalState.UNALLOCATED: "Nobody asked for it: two people decide.",
        ArrivalState.CREDITED: "An employer has it.",
        ArrivalState.SENT_BACK: "It went back to its payer, by hand.",
        ArrivalState.OURS: "It was our own money.",
    },
)
show_enum(
    Allocation,
    name="DepositAllocation",
    description="What two people may do with money that nobody asked for.",
    values={
        Allocation.CREDIT: "Give it to an employer.",
        Allocation.SENT_BACK: "It was sent back to its payer by hand; our books follow.",
        Allocation.OURS: "It was our own, such as a top-up; our books follow.",
    },
)


@strawberry.type(description="Money that arrived and that nobody asked for.")
class UnallocatedDeposit:
    arrival_id: strawberry.ID = strawberry.field(description="For `depositAllocate`.")
    instance: str = strawberry.field(description="At which provider it is.")
    external_id: str = strawberry.field(description="The provider's own name of it, or our own.")
    deposit_id: strawberry.ID | None = strawberry.field(
        description="The deposit that it came with; null where it names none of ours."
    )
    state: ArrivalState = strawberry.field(description="What became of it.")
    amount: Money = strawberry.field(description="How much.")
    said: str = strawberry.field(description="What the payer wrote; may be empty.")
    arrived_at: datetime = strawberry.field(description="When.")
    proposed: ArrivalState | None = strawberry.field(description="What one person has proposed.")
    proposed_employer_id: strawberry.ID | None = strawberry.field(
        description="Who shall get it by that proposal."
    )
    note: str | None = strawberry.field(description="Why.")
    proposed_by_id: strawberry.ID | None = strawberry.field(description="Who proposed it.")
    decided_by_id: strawberry.ID | None = strawberry.field(description="Who agreed.")
    decided_at: datetime | None = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: ArrivalRecord, context: Context) -> Self:
        return cls(
            arrival_id=context.ids.encode(Tag.DEPOSIT_ARRIVAL, record.id),
            instance=record.instance_id,
            external_id=record.arrival_ref,
            deposit_id=_id(Tag.DEPOSIT, record.deposit_id, context),
            state=record.state,
            amount=Money.of(record.amount),
            said=record.said,
            arrived_at=record.arrived_at,
            proposed=record.proposed_as,
            proposed_employer_id=_id(Tag.MEMBER, record.proposed_employer_id, context),
            note=record.proposed_note,
            proposed_by_id=_id(Tag.MEMBER, record.proposed_by, context),
            decided_by_id=_id(Tag.MEMBER, record.decided_by, context),
            decided_at=record.decided_at,
        )


@strawberry.type(description="Money that nobody asked for, for finance.")
class ArrivalOversight:
    @strawberry.field(
        description="Money that arrived and that nobody asked for, oldest first, at most 40.",
        directives=[Cost(weight=5, list_size=ARRIVALS_MAX)],
    )
    async def unallocated_deposits(self, info: Info) -> list[UnallocatedDeposit] | None:
        found = await queries.unallocated_arrivals(limit=ARRIVALS_MAX)
        return [UnallocatedDeposit.of(each, info.context) for each in found]


@strawberry.input(description="Says whose money it is that nobody asked for.")
class DepositAllocateInput(Wish):
    arrival_id: strawberry.ID = strawberry.field(description="Of `unallocatedDeposits`.")
    allocation: Allocation = strawberry.field(description="What to do.")
    employer_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Who gets it, with `CREDIT`; without it the deposit's own employer.",
    )
    note: str = strawberry.field(description="Why, in one line of at most 1000 characters.")


@strawberry.type(description="Outcome of `depositAllocate`.")
class DepositAllocatePayload(MoneyPayload):
    is_decided: bool | None = strawberry.field(
        default=None,
        description="False: another person has to say the same; null on refusal.",
    )
    arrival: UnallocatedDeposit | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Changes.")
class DepositArrivalMutations:
    @strawberry.mutation(
        description="Give money that nobody asked for to an employer, or say where it went; two "
        "people must say the same. Needs finance:write.",
        directives=FINANCE,
    )
    async def deposit_allocate(
        self, info: Info, input: In[DepositAllocateInput]
    ) -> DepositAllocatePayload | None:
        context = info.context
        try:
            arrival_id = context.ids.decode(Tag.DEPOSIT_ARRIVAL, input.arrival_id, "arrival_id")
            employer_id = None
            if input.employer_id is not None:
                employer_id = context.ids.decode(Tag.MEMBER, input.employer_id, "employer_id")
            viewer = context.signed_in()
            done = await operations.allocate_arrival(
                arrival_id=arrival_id,
                target=ArrivalState(input.allocation.value),
                employer_id=employer_id,
                note=input.note,
                decided_by=viewer.member_id,
                key=key_of("depositAllocate", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DepositAllocatePayload(errors=[user_error(refusal, PATHS)])
        record = (await queries.arrivals_by_id(ids=[arrival_id]))[arrival_id]
        return DepositAllocatePayload(
            is_decided=done.is_decided,
            arrival=UnallocatedDeposit.of(record, context),
            replayed=done.replayed,
        )


def _id(tag: Tag, key: UUID | None, context: Context) -> strawberry.ID | None:
    return None if key is None else context.ids.encode(tag, key)
