"""Payout runs and the release of single payouts, for finance."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Self

import strawberry

from domain.errors import Refused
from domain.payouts import operations, queries
from domain.payouts.queries import RunRecord, RunShare
from domain.payouts.rules import RunState
from domain.routing.rules import Schedule
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.money import CurrencyCode, Money
from schema.payloads import Payload
from schema.payouts import terms as _shown  # noqa: F401  # enums of these types
from schema.prices import Cost

FINANCE: Final = [Auth(scopes=["finance:write"]), Cost(weight=20)]
SHARES_MAX: Final = 10
RELEASES_MAX: Final = 2

show_enum(
    RunState,
    name="PayoutRunState",
    description="State of a payout run.",
    values={
        RunState.OPEN: "Collected; people look at it.",
        RunState.RELEASED: "Let out; its payouts are on their way.",
        RunState.CANCELLED: "Given up; its payouts wait for the next one.",
    },
)


@strawberry.type(description="What of a run goes through one instance.")
class PayoutRunShare:
    instance: str | None = strawberry.field(description="Null where nobody is chosen yet.")
    payout_count: int = strawberry.field(description="How many payouts.")
    total: Money = strawberry.field(description="What they sum up to.")

    @classmethod
    def of(cls, share: RunShare) -> Self:
        return cls(
            instance=share.instance_id, payout_count=share.count, total=Money.of(share.total)
        )


@strawberry.type(description="Payouts that are let out together.")
class PayoutRun:
    run_id: strawberry.ID = strawberry.field(description="For the mutations of runs.")
    state: RunState = strawberry.field(description="Where it stands.")
    schedule: Schedule = strawberry.field(description="Of which calendar.")
    currency: CurrencyCode = strawberry.field(description="Of all its payouts.")
    run_on: date = strawberry.field(description="The day of the calendar.")
    collected_at: datetime = strawberry.field(description="When it was collected.")
    closed_at: datetime | None = strawberry.field(description="When it was released or given up.")
    released_by: list[strawberry.ID] = strawberry.field(
        description="Members who have put their name under it; at most 2.",
        directives=[Cost(list_size=RELEASES_MAX)],
    )
    shares: list[PayoutRunShare] = strawberry.field(
        description="One per instance; at most 10.", directives=[Cost(list_size=SHARES_MAX)]
    )

    @classmethod
    def of(cls, record: RunRecord, context: Context) -> Self:
        return cls(
            run_id=context.ids.encode(Tag.PAYOUT_RUN, record.id),
            state=record.state,
            schedule=record.schedule,
            currency=CurrencyCode[record.currency],
            run_on=record.run_on,
            collected_at=record.collected_at,
            closed_at=record.closed_at,
            released_by=[
                context.ids.encode(Tag.MEMBER, each) for each in record.released_by[:RELEASES_MAX]
            ],
            shares=[PayoutRunShare.of(each) for each in record.shares[:SHARES_MAX]],
        )


@strawberry.input(description="Puts the viewer's name under a run.")
class PayoutRunReleaseInput:
    run_id: strawberry.ID = strawberry.field(description="Of `payoutRuns`.")
    reason: str = strawberry.field(description="Why it may go, 1 to 500 characters.")


@strawberry.input(description="Gives a run up.")
class PayoutRunCancelInput:
    run_id: strawberry.ID = strawberry.field(description="Of `payoutRuns`.")


@strawberry.input(description="Puts the viewer's name under a held payout.")
class PayoutReleaseInput:
    payout_id: strawberry.ID = strawberry.field(
        description="Held as `AWAITS_RELEASE` or `SCREENING`."
    )
    reason: str = strawberry.field(description="Why it may go, 1 to 500 characters.")


@strawberry.type(description="Outcome of `payoutRunRelease`.")
class PayoutRunReleasePayload(Payload):
    run: PayoutRun | None = strawberry.field(default=None, description="Null on refusal.")
    missing_count: int | None = strawberry.field(
        default=None, description="How many more people it needs; null on refusal."
    )


@strawberry.type(description="Outcome of `payoutRunCancel`.")
class PayoutRunCancelPayload(Payload):
    run: PayoutRun | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `payoutRelease`.")
class PayoutReleasePayload(Payload):
    missing_count: int | None = strawberry.field(
        default=None, description="How many more people it needs; null on refusal."
    )


@strawberry.type(description="Changes.")
class PayoutRunMutations:
    @strawberry.mutation(
        description="Let a run out; above a limit two people must. Needs finance:write.",
        directives=FINANCE,
    )
    async def payout_run_release(
        self, info: Info, input: In[PayoutRunReleaseInput]
    ) -> PayoutRunReleasePayload | None:
        context = info.context
        try:
            run_id = context.ids.decode(Tag.PAYOUT_RUN, input.run_id, "run_id")
            done = await operations.release_run(
                run_id=run_id,
                member_id=context.signed_in().member_id,
                reason=input.reason,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return PayoutRunReleasePayload(errors=[user_error(refusal, {"": ["runId"]})])
        (record,) = await queries.payout_runs(run_id=run_id)
        return PayoutRunReleasePayload(
            run=PayoutRun.of(record, context), missing_count=done.missing_count
        )

    @strawberry.mutation(
        description="Give a run up; its payouts wait for the next one. Needs finance:write.",
        directives=FINANCE,
    )
    async def payout_run_cancel(
        self, info: Info, input: In[PayoutRunCancelInput]
    ) -> PayoutRunCancelPayload | None:
        context = info.context
        try:
            run_id = context.ids.decode(Tag.PAYOUT_RUN, input.run_id, "run_id")
            await operations.cancel_run(
                run_id=run_id, member_id=context.signed_in().member_id, now=context.now
            )
        except Refused as refusal:
            return PayoutRunCancelPayload(errors=[user_error(refusal, {"": ["runId"]})])
        (record,) = await queries.payout_runs(run_id=run_id)
        return PayoutRunCancelPayload(run=PayoutRun.of(record, context))

    @strawberry.mutation(
        description="Let a held payout out; above a limit two people must. Needs finance:write.",
        directives=FINANCE,
    )
    async def payout_release(
        self, info: Info, input: In[PayoutReleaseInput]
    ) -> PayoutReleasePayload | None:
        context = info.context
        try:
            done = await operations.release_payout(
                payout_id=context.ids.decode(Tag.PAYOUT, input.payout_id, "payout_id"),
                member_id=context.signed_in().member_id,
                reason=input.reason,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return PayoutReleasePayload(errors=[user_error(refusal, {"": ["payoutId"]})])
        return PayoutReleasePayload(missing_count=done.missing_count)
