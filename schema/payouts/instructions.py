"""Standing wishes to be paid: made, held and ended by their worker."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import strawberry

from domain.access.queries import Viewer
from domain.errors import Refused
from domain.payouts import operations, queries
from domain.payouts.queries import InstructionRecord
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.money import CurrencyCode, Money, MoneyInput
from schema.node import object_of
from schema.payloads import Payload
from schema.payouts.claims import claim_of
from schema.payouts.types import Destination
from schema.prices import Cost

WRITE: Final = [Auth(scopes=["payouts:write"]), Cost(weight=10)]
CURRENCIES_MAX: Final = 9


@strawberry.type(description="A standing wish to be paid.")
class PayoutInstruction:
    currency: CurrencyCode = strawberry.field(description="Of the earnings; one wish for each.")
    minimum: Money = strawberry.field(description="Less than this waits for another day.")
    paused_until: datetime | None = strawberry.field(description="Nothing is paid before.")
    destination: Destination | None = strawberry.field(description="Where it goes.")


@strawberry.input(description="Makes a standing wish, or changes it.")
class PayoutInstructionSetInput:
    destination_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")
    minimum: MoneyInput = strawberry.field(description="Less than this waits for another day.")
    step_up_id: strawberry.ID = strawberry.field(
        description="A step-up passed for exactly this minimum and destination."
    )


@strawberry.input(description="Holds a standing wish, or lets it go on.")
class PayoutInstructionPauseInput:
    currency: CurrencyCode = strawberry.field(description="Whose wish.")
    until: datetime | None = strawberry.field(
        default=None, description="Nothing is paid before; null lets it go on."
    )


@strawberry.input(description="Ends a standing wish.")
class PayoutInstructionRemoveInput:
    currency: CurrencyCode = strawberry.field(description="Whose wish.")


@strawberry.type(description="Outcome of `payoutInstructionSet`.")
class PayoutInstructionSetPayload(Payload):
    instruction: PayoutInstruction | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Outcome of `payoutInstructionPause`.")
class PayoutInstructionPausePayload(Payload):
    instruction: PayoutInstruction | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Outcome of `payoutInstructionRemove`.")
class PayoutInstructionRemovePayload(Payload):
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Of what is gone; null on refusal."
    )


@strawberry.type(description="Reads.")
class PayoutInstructionQueries:
    @strawberry.field(
        description="The viewer's standing wishes to be paid, one per currency, at most 9. "
        "Needs payouts:read.",
        directives=[
            Auth(scopes=["payouts:read"]),
            Cost(weight=5, list_size=CURRENCIES_MAX),
        ],
    )
    async def payout_instructions(self, info: Info) -> list[PayoutInstruction] | None:
        viewer = info.context.viewer
        if viewer is None:
            return None
        found = await queries.instructions_of(worker_id=viewer.member_id)
        return [await instruction_shown(info.context, each) for each in found]


@strawberry.type(description="Changes.")
class PayoutInstructionMutations:
    @strawberry.mutation(
        description="Pay out by itself whatever reaches a minimum, on the days the rules say. "
        "Needs payouts:write and a step-up.",
        directives=WRITE,
    )
    async def payout_instruction_set(
        self, info: Info, input: In[PayoutInstructionSetInput]
    ) -> PayoutInstructionSetPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            minimum = input.minimum.positive("minimum")
            await operations.set_instruction(
                worker_id=viewer.member_id,
                destination_id=context.ids.decode(
                    Tag.DESTINATION, input.destination_id, "destination_id"
                ),
                minimum=minimum,
                step_up=claim_of(context, input.step_up_id),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            errors = [user_error(refusal, {"": ["destinationId"]})]
            return PayoutInstructionSetPayload(errors=errors)
        instruction = await own_instruction(context.renewed(), viewer, minimum.currency)
        return PayoutInstructionSetPayload(instruction=instruction)

    @strawberry.mutation(
        description="Do not pay me until then. Needs payouts:write.", directives=WRITE
    )
    async def payout_instruction_pause(
        self, info: Info, input: In[PayoutInstructionPauseInput]
    ) -> PayoutInstructionPausePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            await operations.pause_instruction(
                worker_id=viewer.member_id, currency=input.currency.name, until=input.until
            )
        except Refused as refusal:
            return PayoutInstructionPausePayload(errors=[user_error(refusal)])
        instruction = await own_instruction(context.renewed(), viewer, input.currency.name)
        return PayoutInstructionPausePayload(instruction=instruction)

    @strawberry.mutation(
        description="End a standing wish; what was asked for goes on. Needs payouts:write.",
        directives=WRITE,
    )
    async def payout_instruction_remove(
        self, info: Info, input: In[PayoutInstructionRemoveInput]
    ) -> PayoutInstructionRemovePayload | None:
        try:
            await operations.remove_instruction(
                worker_id=info.context.signed_in().member_id, currency=input.currency.name
            )
        except Refused as refusal:
            return PayoutInstructionRemovePayload(errors=[user_error(refusal)])
        return PayoutInstructionRemovePayload(currency=input.currency)


async def own_instruction(
    context: Context, viewer: Viewer, currency: str
) -> PayoutInstruction | None:
    found = await queries.instructions_of(worker_id=viewer.member_id)
    for each in found:
        if each.minimum.currency == currency:
            return await instruction_shown(context, each)
    return None


async def instruction_shown(context: Context, record: InstructionRecord) -> PayoutInstruction:
    return PayoutInstruction(
        currency=CurrencyCode[record.minimum.currency],
        minimum=Money.of(record.minimum),
        paused_until=record.paused_until,
        destination=await object_of(context, Tag.DESTINATION, record.destination_id),
    )
