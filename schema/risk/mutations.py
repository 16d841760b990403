"""What staff make of a risk case: they take it, and clear it or act on it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.risk import operations
from domain.risk.rules import Allowance
from domain.suspensions.rules import Work
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost
from schema.risk.types import STAFF, RiskCase, live_case
from schema.suspensions.mutations import SuspensionWorkInput, work_of

DECIDING: Final = [Auth(scopes=[STAFF]), Cost(weight=10)]
MISSING: Final[Paths] = {"": ["memberId"]}
PATHS: Final[Paths] = {
    **MISSING,
    "claim_allowance": ["measure", "claimAllowance"],
    "assignment_ids": ["measure", "suspension", "assignmentIds"],
    "campaign_ids": ["measure", "suspension", "campaignIds"],
}
WHOSE: Final = "Whose case, from `riskQueue`."


@strawberry.input(description="Takes a case.")
class RiskCaseTakeInput:
    member_id: strawberry.ID = strawberry.field(description=WHOSE)


@strawberry.input(description="Ends a case without a measure.")
class RiskCaseClearInput:
    member_id: strawberry.ID = strawberry.field(description=WHOSE)
    text: str = strawberry.field(description="Why, in 20 to 4,096 characters; for staff.")


@strawberry.input(description="Fewer claims a day.")
class ClaimAllowanceInput:
    claims_per_day: int = strawberry.field(description="In 24 hours; 1 to 100.")
    ends_at: datetime = strawberry.field(description="Within 90 days.")


@strawberry.input(one_of=True, description="What to do; exactly one of them.")
class RiskMeasureInput:
    claim_allowance: strawberry.Maybe[ClaimAllowanceInput] = strawberry.field(
        description="Fewer claims a day, until a date."
    )
    suspension: strawberry.Maybe[SuspensionWorkInput] = strawberry.field(
        description="Proposes a suspension; another person decides within 48 hours."
    )


@strawberry.input(description="Ends a case with a measure.")
class RiskCaseActInput:
    member_id: strawberry.ID = strawberry.field(description=WHOSE)
    text: str = strawberry.field(description="Why, in 20 to 4,096 characters; the member reads it.")
    measure: RiskMeasureInput = strawberry.field(description="What to do.")


@strawberry.type(description="Outcome of `riskCaseTake`.")
class RiskCaseTakePayload(Payload):
    risk_case: RiskCase | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `riskCaseClear`.")
class RiskCaseClearPayload(Payload):
    risk_case: RiskCase | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `riskCaseAct`.")
class RiskCaseActPayload(Payload):
    risk_case: RiskCase | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class RiskMutations:
    @strawberry.mutation(
        description="Look at a case, also in place of somebody else. Needs risk:decide.",
        directives=DECIDING,
    )
    async def risk_case_take(
        self, info: Info, input: In[RiskCaseTakeInput]
    ) -> RiskCaseTakePayload | None:
        context = info.context
        try:
            key = _key(context, input.member_id)
            await operations.take_case(
                staff_id=context.signed_in().member_id, member_id=key, now=context.now
            )
        except Refused as refusal:
            return RiskCaseTakePayload(errors=[user_error(refusal, MISSING)])
        return RiskCaseTakePayload(risk_case=await live_case(context, key))

    @strawberry.mutation(
        description="Whoever has taken the case finds nothing to it: what was found makes nobody "
        "look again. Needs risk:decide.",
        directives=DECIDING,
    )
    async def risk_case_clear(
        self, info: Info, input: In[RiskCaseClearInput]
    ) -> RiskCaseClearPayload | None:
        context = info.context
        try:
            key = _key(context, input.member_id)
            await operations.clear_case(
                staff_id=context.signed_in().member_id,
                member_id=key,
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return RiskCaseClearPayload(errors=[user_error(refusal, MISSING)])
        return RiskCaseClearPayload(risk_case=await live_case(context, key))

    @strawberry.mutation(
        description="Whoever has taken the case limits the member's claims, or proposes a "
        "suspension. Needs risk:decide.",
        directives=DECIDING,
    )
    async def risk_case_act(
        self, info: Info, input: In[RiskCaseActInput]
    ) -> RiskCaseActPayload | None:
        context = info.context
        try:
            key = _key(context, input.member_id)
            await operations.act_on_case(
                staff_id=context.signed_in().member_id,
                member_id=key,
                text=input.text,
                measure=_measure(context, input.measure),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return RiskCaseActPayload(errors=[user_error(refusal, PATHS)])
        return RiskCaseActPayload(risk_case=await live_case(context, key))


def _key(context: Context, member_id: strawberry.ID) -> UUID:
    return context.ids.decode(Tag.MEMBER, member_id, "member_id")


def _measure(context: Context, measure: RiskMeasureInput) -> Allowance | Work:
    """Refuses with `InvalidId`."""
    if measure.claim_allowance is not None:
        given = measure.claim_allowance.value
        return Allowance(claims_per_day=given.claims_per_day, ends_at=given.ends_at)
    assert measure.suspension is not None
    return work_of(context, measure.suspension.value)
