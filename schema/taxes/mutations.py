"""Members give tax forms and agree to self-billing; staff see a whole number, with a trace."""

from __future__ import annotations

import strawberry
from strawberry.utils.str_converters import to_camel_case

from domain.errors import Refused
from domain.taxes import operations
from domain.taxes.operations import TaxFormInvalid
from domain.taxes.rules.forms import FormKind, TaxProblem
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import UserError, code_of, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.payouts.claims import claim_of
from schema.prices import Cost
from schema.taxes.enums import TaxNumberField
from schema.taxes.inputs import TaxFormSubmitInput
from schema.taxes.profile import TaxProfile

WRITE = [Auth(scopes=["taxes:write"]), Cost(weight=10)]


@strawberry.type(description="One field of a tax form is not right.")
class TaxFormError(UserError):
    problem: TaxProblem = strawberry.field(description="What is wrong with it.")


def form_errors(refusal: TaxFormInvalid, *path: str) -> list[UserError]:
    """One per field, the first thing wrong with each; `path` leads to the form in the input."""
    found: dict[tuple[str, ...], TaxProblem] = {}
    for each in refusal.problems:
        found.setdefault(each.path, each.problem)
    return [
        TaxFormError(
            code=code_of(refusal),
            message=str(refusal),
            path=[*path, *(to_camel_case(step) for step in field)],
            problem=problem,
        )
        for field, problem in found.items()
    ]


@strawberry.type(description="Outcome of a change of the viewer's taxes.")
class TaxProfilePayload(Payload):
    tax_profile: TaxProfile | None = strawberry.field(
        default=None, description="As it is now; null on refusal."
    )


@strawberry.type(description="Outcome of `taxFormSubmit`.")
class TaxFormSubmitPayload(TaxProfilePayload):
    pass


@strawberry.type(description="Outcome of `taxFormReportChange`.")
class TaxFormReportChangePayload(TaxProfilePayload):
    pass


@strawberry.type(description="Outcome of `selfBillingAccept`.")
class SelfBillingAcceptPayload(TaxProfilePayload):
    pass


@strawberry.type(description="Outcome of `selfBillingWithdraw`.")
class SelfBillingWithdrawPayload(TaxProfilePayload):
    pass


@strawberry.type(description="Outcome of `taxIdentityReveal`.")
class TaxIdentityRevealPayload(Payload):
    number: str | None = strawberry.field(
        default=None, description="The whole number; null on refusal. Never store it."
    )


@strawberry.input(description="Says that what a form certifies is no longer so.")
class TaxFormReportChangeInput:
    kind: FormKind = strawberry.field(description="Which form no longer stands.")


@strawberry.input(description="Agrees that we write the viewer's documents.")
class SelfBillingAcceptInput:
    text_version: str = strawberry.field(description="The version that was read.")


@strawberry.input(description="Ends the agreement to self-billing.")
class SelfBillingWithdrawInput:
    confirm: bool = strawberry.field(default=True, description="Inputs cannot be empty.")


@strawberry.input(description="Shows a whole tax number to staff.")
class TaxIdentityRevealInput:
    tax_form_id: strawberry.ID = strawberry.field(description="Which form.")
    field: TaxNumberField = strawberry.field(description="Which number of it.")
    reason: str = strawberry.field(description="Why; 10 to 500 characters, kept for ever.")
    step_up_id: strawberry.ID = strawberry.field(
        description="A step-up passed for exactly this number."
    )


async def profile_of(context: Context) -> TaxProfile:
    viewer = context.signed_in()
    return await TaxProfile.read(context, member_id=viewer.member_id, country=viewer.country)


@strawberry.type(description="Changes.")
class TaxMutations:
    @strawberry.mutation(
        description="Give a tax form: a new version, the one before ends. Numbers are encrypted "
        "and shown to nobody but by their last four characters. Needs taxes:write.",
        directives=WRITE,
    )
    async def tax_form_submit(
        self, info: Info, input: In[TaxFormSubmitInput]
    ) -> TaxFormSubmitPayload | None:
        context, (name, form) = info.context, input.form.chosen()
        try:
            await operations.submit_form(
                member_id=context.signed_in().member_id,
                form=form,
                vault=context.services.vault,
                new_id=context.services.new_id,
                now=context.now,
            )
        except TaxFormInvalid as refusal:
            return TaxFormSubmitPayload(errors=form_errors(refusal, "form", name))
        except Refused as refusal:
            return TaxFormSubmitPayload(errors=[user_error(refusal)])
        return TaxFormSubmitPayload(tax_profile=await profile_of(context))

    @strawberry.mutation(
        description="Say that circumstances changed: the form no longer stands and is asked for "
        "again. Needs taxes:write.",
        directives=WRITE,
    )
    async def tax_form_report_change(
        self, info: Info, input: In[TaxFormReportChangeInput]
    ) -> TaxFormReportChangePayload | None:
        context = info.context
        try:
            await operations.report_change(
                member_id=context.signed_in().member_id, kind=input.kind, now=context.now
            )
        except Refused as refusal:
            return TaxFormReportChangePayload(errors=[user_error(refusal)])
        return TaxFormReportChangePayload(tax_profile=await profile_of(context))

    @strawberry.mutation(
        description="Agree that we write the viewer's documents. Needs taxes:write.",
        directives=WRITE,
    )
    async def self_billing_accept(
        self, info: Info, input: In[SelfBillingAcceptInput]
    ) -> SelfBillingAcceptPayload | None:
        context = info.context
        try:
            await operations.accept_self_billing(
                member_id=context.signed_in().member_id,
                text_version=input.text_version,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return SelfBillingAcceptPayload(errors=[user_error(refusal)])
        return SelfBillingAcceptPayload(tax_profile=await profile_of(context))

    @strawberry.mutation(
        description="End the agreement to self-billing; issued documents stay. Needs taxes:write.",
        directives=WRITE,
    )
    async def self_billing_withdraw(
        self,
        info: Info,
        input: In[SelfBillingWithdrawInput],  # noqa: ARG002  # every mutation has one
    ) -> SelfBillingWithdrawPayload | None:
        context = info.context
        try:
            await operations.withdraw_self_billing(
                member_id=context.signed_in().member_id, now=context.now
            )
        except Refused as refusal:
            return SelfBillingWithdrawPayload(errors=[user_error(refusal)])
        return SelfBillingWithdrawPayload(tax_profile=await profile_of(context))

    @strawberry.mutation(
        description="Show a whole tax number to staff; who, when and why is kept for ever. Needs "
        "taxes:reveal, the role staff or finance, and a step-up.",
        directives=[Auth(scopes=["taxes:reveal"]), Cost(weight=50)],
    )
    async def tax_identity_reveal(
        self, info: Info, input: In[TaxIdentityRevealInput]
    ) -> TaxIdentityRevealPayload | None:
        context = info.context
        try:
            number = await operations.reveal_number(
                actor_id=context.signed_in().member_id,
                form_id=context.ids.decode(Tag.TAX_FORM, input.tax_form_id, "tax_form_id"),
                field=input.field.value,
                reason=input.reason,
                step_up=claim_of(context, input.step_up_id),
                vault=context.services.vault,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return TaxIdentityRevealPayload(errors=[user_error(refusal, {"": ["taxFormId"]})])
        return TaxIdentityRevealPayload(number=number)
