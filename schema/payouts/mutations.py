"""What a worker does with earnings, and the step-ups that it takes."""

from __future__ import annotations

from typing import Final

import strawberry

from domain.access import operations as access
from domain.access import queries as sessions
from domain.access.rules import Method, StepUpPurpose, bound_hash
from domain.errors import Refused
from domain.payouts import operations, queries
from domain.privacy.rules import closing_content, export_content
from domain.taxes.operations import reveal_content
from domain.webhooks.rules import new_endpoint_content, rotation_content
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In, key_of
from schema.node import object_of
from schema.payloads import MoneyPayload, Payload
from schema.payouts import errors as _shown  # noqa: F401  # refusals with facts
from schema.payouts.claims import claim_of
from schema.payouts.inputs import (
    DestinationAddInput,
    DestinationConfirmInput,
    DestinationRemoveInput,
    NewDestinationInput,
    NewPayoutInput,
    NewPayoutInstructionInput,
    PayoutCancelInput,
    PayoutRequestInput,
    StepUpBeginInput,
    StepUpCompleteInput,
)
from schema.payouts.quotes import agreed_by
from schema.payouts.types import Destination, Payout
from schema.prices import Cost
from schema.taxes.inputs import TaxIdentityRevealActionInput
from schema.webhooks.types import own_endpoint

WRITE: Final = [Auth(scopes=["payouts:write"]), Cost(weight=10)]
FORM: Final[Paths] = {
    "fields": ["destination", "form", "fields"],
    "kind": ["destination", "form", "kind"],
    "destination_id": ["destination", "form", "kind"],  # no route to such a kind
}


@strawberry.type(description="Outcome of `stepUpBegin`.")
class StepUpBeginPayload(Payload):
    step_up_id: strawberry.ID | None = strawberry.field(
        default=None, description="For `stepUpComplete`, then for the action; null on refusal."
    )
    methods: list[Method] | None = strawberry.field(
        default=None, description="Ways to prove who asks, at most 3; null on refusal."
    )


@strawberry.type(description="Outcome of `stepUpComplete`.")
class StepUpCompletePayload(Payload):
    token: str | None = strawberry.field(
        default=None,
        description="Replaces the session's token at once; null on refusal, and when it "
        "went into the cookie that the request came with.",
    )


@strawberry.type(description="Outcome of `destinationAdd`.")
class DestinationAddPayload(Payload):
    destination: Destination | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `destinationConfirm`.")
class DestinationConfirmPayload(Payload):
    destination: Destination | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `destinationRemove`.")
class DestinationRemovePayload(Payload):
    destination: Destination | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `payoutRequest`.")
class PayoutRequestPayload(MoneyPayload):
    payout: Payout | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `payoutCancel`.")
class PayoutCancelPayload(MoneyPayload):
    payout: Payout | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class PayoutMutations:
    @strawberry.mutation(
        description="Say what is about to happen, to confirm it within 5 minutes. "
        "Needs payouts:write.",
        directives=WRITE,
    )
    async def step_up_begin(
        self, info: Info, input: In[StepUpBeginInput]
    ) -> StepUpBeginPayload | None:
        context = info.context
        try:
            purpose, bound = await bound_to(context, input)
            step_up_id = await access.begin_step_up(
                session_id=context.signed_in().session_id,
                purpose=purpose,
                bound=bound,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            paths = {"": ["action", "payoutRequest", "destinationId"]}
            return StepUpBeginPayload(errors=[user_error(refusal, paths)])
        return StepUpBeginPayload(
            step_up_id=context.ids.encode(Tag.STEP_UP, step_up_id), methods=[Method.PASSWORD]
        )

    @strawberry.mutation(
        description="Prove who asks. The session gets a new token; the old one is dead. "
        "Needs payouts:write.",
        directives=WRITE,
    )
    async def step_up_complete(
        self, info: Info, input: In[StepUpCompleteInput]
    ) -> StepUpCompletePayload | None:
        context, password = info.context, input.proof.password
        assert password is not None  # one-of: the engine has checked it
        try:
            token = await access.complete_step_up(
                step_up_id=context.ids.decode(Tag.STEP_UP, input.step_up_id, "step_up_id"),
                session_id=context.signed_in().session_id,
                password=password.value,
                hasher=context.services.hasher,
                new_token=context.services.new_token,
                now=context.now,
            )
        except Refused as refusal:
            return StepUpCompletePayload(errors=[user_error(refusal, {"": ["stepUpId"]})])
        if context.cookie is not None and context.cookie.is_used:
            kept_for = await sessions.cookie_lifetime(
                session_id=context.signed_in().session_id, now=context.now
            )
            context.cookie.set(token, kept_for=kept_for)
            return StepUpCompletePayload()
        return StepUpCompletePayload(token=token)

    @strawberry.mutation(
        description="Add a place to be paid. Needs payouts:write and a step-up.", directives=WRITE
    )
    async def destination_add(
        self, info: Info, input: In[DestinationAddInput]
    ) -> DestinationAddPayload | None:
        context = info.context
        try:
            form = input.destination.to_form()
            destination_id = await operations.add_destination(
                member_id=context.signed_in().member_id,
                kind=form.kind,
                country=input.country,
                currency=input.currency.name,
                fields=form.to_fields(),
                step_up=claim_of(context, input.step_up_id),
                providers=context.services.payouts,
                vault=context.services.vault,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DestinationAddPayload(errors=[user_error(refusal, FORM)])
        found = await object_of(context.renewed(), Tag.DESTINATION, destination_id)
        return DestinationAddPayload(destination=found)

    @strawberry.mutation(
        description="Confirm a place to be paid that is not the viewer's first; what waits for it "
        "goes on. Needs payouts:write.",
        directives=WRITE,
    )
    async def destination_confirm(
        self, info: Info, input: In[DestinationConfirmInput]
    ) -> DestinationConfirmPayload | None:
        context = info.context
        try:
            destination_id = context.ids.decode(
                Tag.DESTINATION, input.destination_id, "destination_id"
            )
            await operations.confirm_destination(
                member_id=context.signed_in().member_id,
                destination_id=destination_id,
                code=input.code,
                vault=context.services.vault,
                now=context.now,
            )
        except Refused as refusal:
            return DestinationConfirmPayload(errors=[user_error(refusal, {"": ["destinationId"]})])
        found = await object_of(context.renewed(), Tag.DESTINATION, destination_id)
        return DestinationConfirmPayload(destination=found)

    @strawberry.mutation(
        description="Remove a place to be paid; payouts under way still go there. "
        "Needs payouts:write.",
        directives=WRITE,
    )
    async def destination_remove(
        self, info: Info, input: In[DestinationRemoveInput]
    ) -> DestinationRemovePayload | None:
        context = info.context
        try:
            destination_id = context.ids.decode(
                Tag.DESTINATION, input.destination_id, "destination_id"
            )
            await operations.remove_destination(
                member_id=context.signed_in().member_id,
                destination_id=destination_id,
                now=context.now,
            )
        except Refused as refusal:
            return DestinationRemovePayload(errors=[user_error(refusal, {"": ["destinationId"]})])
        found = await object_of(context.renewed(), Tag.DESTINATION, destination_id)
        return DestinationRemovePayload(destination=found)

    @strawberry.mutation(
        description="Move earnings of the viewer to a payout. Needs payouts:write and a step-up.",
        directives=WRITE,
    )
    async def payout_request(
        self, info: Info, input: In[PayoutRequestInput]
    ) -> PayoutRequestPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.request_payout(
                worker_id=viewer.member_id,
                amount=input.amount.positive("amount"),
                destination_id=context.ids.decode(
                    Tag.DESTINATION, input.destination_id, "destination_id"
                ),
                step_up=claim_of(context, input.step_up_id),
                agreed=agreed_by(context, input.quote, input.destination_id),
                key=key_of("payoutRequest", input, viewer=viewer),
                providers=context.services.payouts,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return PayoutRequestPayload(errors=[user_error(refusal, {"": ["destinationId"]})])
        payout = await object_of(context.renewed(), Tag.PAYOUT, done.payout_id)
        return PayoutRequestPayload(payout=payout, replayed=done.replayed)

    @strawberry.mutation(
        description="Take a payout back: at once while nothing is sent; later its provider is "
        "asked for it, if that is possible there. Needs payouts:write.",
        directives=WRITE,
    )
    async def payout_cancel(
        self, info: Info, input: In[PayoutCancelInput]
    ) -> PayoutCancelPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.cancel_payout(
                worker_id=viewer.member_id,
                payout_id=context.ids.decode(Tag.PAYOUT, input.payout_id, "payout_id"),
                key=key_of("payoutCancel", input, viewer=viewer),
                providers=context.services.payouts,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return PayoutCancelPayload(errors=[user_error(refusal, {"": ["payoutId"]})])
        payout = await object_of(context.renewed(), Tag.PAYOUT, done.payout_id)
        return PayoutCancelPayload(payout=payout, replayed=done.replayed)


async def bound_to(context: Context, input: StepUpBeginInput) -> tuple[StepUpPurpose, bytes]:
    """What the consent is for; the money operation computes the same from its own values."""
    money = await bound_to_money(context, input)
    if money is not None:
        return money
    destination = input.action.destination_add
    if destination is not None:
        return StepUpPurpose.DESTINATION_ADD, bound_to_destination(context, destination.value)
    reveal = input.action.tax_identity_reveal
    if reveal is not None:
        return StepUpPurpose.TAX_REVEAL, bound_to_reveal(context, reveal.value)
    if input.action.member_close is not None or input.action.data_export_ask is not None:
        return bound_to_viewer(context, is_closing=input.action.member_close is not None)
    return await bound_to_webhook(context, input)


async def bound_to_money(
    context: Context, input: StepUpBeginInput
) -> tuple[StepUpPurpose, bytes] | None:
    """Of what the viewer earned; None where it is about something else."""
    payout, spending = input.action.payout_request, input.action.earnings_spend
    instruction = input.action.payout_instruction_set
    if payout is not None:
        return StepUpPurpose.PAYOUT_REQUEST, await bound_to_payout(context, payout.value)
    if instruction is not None:
        bound = await bound_to_instruction(context, instruction.value)
        return StepUpPurpose.PAYOUT_INSTRUCT, bound
    if spending is not None:
        amount = spending.value.amount.positive("action", "earnings_spend", "amount")
        member_id = context.signed_in().member_id
        bound = operations.spending_bound(member_id=member_id, amount=amount)
        return StepUpPurpose.EARNINGS_SPEND, bound
    return None


async def bound_to_payout(context: Context, payout: NewPayoutInput) -> bytes:
    path = ("action", "payout_request")
    destination = await queries.destination_of(
        member_id=context.signed_in().member_id,
        destination_id=context.ids.decode(
            Tag.DESTINATION, payout.destination_id, *path, "destination_id"
        ),
    )
    return bound_hash(
        purpose=StepUpPurpose.PAYOUT_REQUEST,
        amount=payout.amount.positive(*path, "amount"),
        payee=destination.fingerprint,
    )


async def bound_to_instruction(context: Context, instruction: NewPayoutInstructionInput) -> bytes:
    path = ("action", "payout_instruction_set")
    destination = await queries.destination_of(
        member_id=context.signed_in().member_id,
        destination_id=context.ids.decode(
            Tag.DESTINATION, instruction.destination_id, *path, "destination_id"
        ),
    )
    return bound_hash(
        purpose=StepUpPurpose.PAYOUT_INSTRUCT,
        amount=instruction.minimum.positive(*path, "minimum"),
        payee=destination.fingerprint,
    )


async def bound_to_webhook(
    context: Context, input: StepUpBeginInput
) -> tuple[StepUpPurpose, bytes]:
    create = input.action.webhook_endpoint_create
    rotation = input.action.webhook_endpoint_rotate_secret
    if create is not None:
        purpose, content = StepUpPurpose.WEBHOOK_CREATE, new_endpoint_content(create.value.url)
    else:
        assert rotation is not None  # one-of: the engine has checked it
        purpose = StepUpPurpose.WEBHOOK_ROTATE
        path = ("action", "webhook_endpoint_rotate_secret", "endpoint_id")
        endpoint = await own_endpoint(context, rotation.value.endpoint_id, *path)
        content = rotation_content(endpoint.id)
    fingerprint = context.services.vault.fingerprint(content)
    return purpose, bound_hash(purpose=purpose, amount=None, payee=fingerprint)


def bound_to_reveal(context: Context, reveal: TaxIdentityRevealActionInput) -> bytes:
    path = ("action", "tax_identity_reveal", "tax_form_id")
    form_id = context.ids.decode(Tag.TAX_FORM, reveal.tax_form_id, *path)
    fingerprint = context.services.vault.fingerprint(reveal_content(form_id, reveal.field.value))
    return bound_hash(purpose=StepUpPurpose.TAX_REVEAL, amount=None, payee=fingerprint)


def bound_to_viewer(context: Context, *, is_closing: bool) -> tuple[StepUpPurpose, bytes]:
    purpose = StepUpPurpose.MEMBER_CLOSE if is_closing else StepUpPurpose.DATA_EXPORT
    content_of = closing_content if is_closing else export_content
    content = content_of(context.signed_in().member_id)
    fingerprint = context.services.vault.fingerprint(content)
    return purpose, bound_hash(purpose=purpose, amount=None, payee=fingerprint)


def bound_to_destination(context: Context, destination: NewDestinationInput) -> bytes:
    fingerprint = context.services.vault.fingerprint(destination.content())
    return bound_hash(purpose=StepUpPurpose.DESTINATION_ADD, amount=None, payee=fingerprint)
