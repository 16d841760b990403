"""What the mutations of payouts and of their step-ups take."""

from __future__ import annotations

import strawberry

from domain.errors import InvalidInput
from domain.payouts.rules import destination_content
from schema.inputs import Wish
from schema.money import CurrencyCode, MoneyInput
from schema.scalars import CountryCode
from schema.taxes.inputs import TaxIdentityRevealActionInput
from schema.webhooks.inputs import NewWebhookEndpointInput, WebhookEndpointRotationInput


@strawberry.input(description="One field of a provider's form.")
class FormFieldInput:
    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="What the member wrote.")


@strawberry.input(description="A destination whose fields its payout provider defines.")
class FormDestinationInput:
    kind: str = strawberry.field(description="Kind, such as `sandbox`.")
    fields: list[FormFieldInput] = strawberry.field(
        description="1 to 20; `sandbox` wants `account` and `scenario`."
    )

    def to_fields(self) -> dict[str, str]:
        """Refuses with `InvalidInput`."""
        found = {each.name: each.value for each in self.fields}
        if len(found) != len(self.fields):
            raise InvalidInput("a field stands here twice", path=("fields",))
        return found


@strawberry.input(one_of=True, description="Where to be paid; exactly one kind.")
class DestinationInput:
    form: strawberry.Maybe[FormDestinationInput] = strawberry.field(
        description="Any kind, by its fields."
    )

    def to_form(self) -> FormDestinationInput:
        assert self.form is not None  # one-of: the engine has checked it
        return self.form.value


@strawberry.input(description="A destination that will be added.")
class NewDestinationInput:
    country: CountryCode = strawberry.field(description="Of the account there.")
    currency: CurrencyCode = strawberry.field(description="What it takes.")
    destination: DestinationInput = strawberry.field(description="The place itself.")

    def content(self) -> bytes:
        """What the step-up is bound to, with a fingerprint of it."""
        form = self.destination.to_form()
        return destination_content(
            kind=form.kind,
            country=self.country,
            currency=self.currency.name,
            fields=form.to_fields(),
        )


@strawberry.input(description="Adds a place to be paid.")
class DestinationAddInput(NewDestinationInput):
    step_up_id: strawberry.ID = strawberry.field(
        description="A step-up passed for exactly this destination."
    )


@strawberry.input(description="Removes a place to be paid.")
class DestinationRemoveInput:
    destination_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")


@strawberry.input(description="Shows that the viewer reads letters to their address.")
class DestinationConfirmInput:
    destination_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")
    code: str = strawberry.field(
        description="Of the letter that told of the destination; blanks and small letters are fine."
    )


@strawberry.input(description="A payout that will be asked for.")
class NewPayoutInput:
    amount: MoneyInput = strawberry.field(description="What to pay out.")
    destination_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")


@strawberry.input(description="A standing wish that will be made.")
class NewPayoutInstructionInput:
    destination_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")
    minimum: MoneyInput = strawberry.field(description="Less than this waits for another day.")


@strawberry.input(description="Asks for a payout.")
class PayoutRequestInput(Wish):
    amount: MoneyInput = strawberry.field(description="What to pay out.")
    destination_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")
    step_up_id: strawberry.ID = strawberry.field(
        description="A step-up passed for exactly this amount and destination."
    )
    quote: str | None = strawberry.field(
        default=None, description="Token of `payoutQuote`, where the member pays the fee."
    )


@strawberry.input(description="Takes a payout back.")
class PayoutCancelInput(Wish):
    payout_id: strawberry.ID = strawberry.field(description="Not delivered yet.")


@strawberry.input(description="Earnings that will be spent.")
class EarningsSpendActionInput:
    amount: MoneyInput = strawberry.field(description="How much of them.")


@strawberry.input(description="Takes the viewer's data along.")
class DataExportActionInput:
    confirm: bool = strawberry.field(default=True, description="Inputs cannot be empty.")


@strawberry.input(description="Leaves for good.")
class MemberCloseActionInput:
    confirm: bool = strawberry.field(default=True, description="Inputs cannot be empty.")


@strawberry.input(one_of=True, description="What shall be confirmed; exactly one kind.")
class StepUpActionInput:
    payout_request: strawberry.Maybe[NewPayoutInput] = strawberry.field(
        description="`payoutRequest` with this amount and destination."
    )
    destination_add: strawberry.Maybe[NewDestinationInput] = strawberry.field(
        description="`destinationAdd` with this destination."
    )
    payout_instruction_set: strawberry.Maybe[NewPayoutInstructionInput] = strawberry.field(
        description="`payoutInstructionSet` with this minimum and destination."
    )
    earnings_spend: strawberry.Maybe[EarningsSpendActionInput] = strawberry.field(
        description="`earningsSpend` of this amount."
    )
    webhook_endpoint_create: strawberry.Maybe[NewWebhookEndpointInput] = strawberry.field(
        description="`webhookEndpointCreate` with this address."
    )
    webhook_endpoint_rotate_secret: strawberry.Maybe[WebhookEndpointRotationInput] = (
        strawberry.field(description="`webhookEndpointRotateSecret` of this endpoint.")
    )
    tax_identity_reveal: strawberry.Maybe[TaxIdentityRevealActionInput] = strawberry.field(
        description="`taxIdentityReveal` of this number."
    )
    member_close: strawberry.Maybe[MemberCloseActionInput] = strawberry.field(
        description="`memberClose`."
    )
    data_export_ask: strawberry.Maybe[DataExportActionInput] = strawberry.field(
        description="`dataExportAsk`."
    )


@strawberry.input(description="Begins to confirm something.")
class StepUpBeginInput:
    action: StepUpActionInput = strawberry.field(description="What is about to happen.")


@strawberry.input(one_of=True, description="How the member proves who they are; exactly one way.")
class StepUpProofInput:
    password: strawberry.Maybe[str] = strawberry.field(description="The member's password.")


@strawberry.input(description="Confirms what was begun.")
class StepUpCompleteInput:
    step_up_id: strawberry.ID = strawberry.field(description="What `stepUpBegin` answered.")
    proof: StepUpProofInput = strawberry.field(description="Who asks.")
