"""Earnings that the viewer spends as an employer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.payouts import operations, queries
from domain.payouts.queries import SpendingRecord
from domain.payouts.rules import Problem
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import NO_PATHS, Paths, UserError, code_of, path_of, user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.money import Money, MoneyInput
from schema.node import Node, node_kind, object_of
from schema.payloads import MoneyPayload
from schema.payouts.claims import claim_of
from schema.prices import Cost
from schema.read_model import Mapped, read_as

WRITE: Final = [Auth(scopes=["payouts:write"]), Cost(weight=10)]


@strawberry.type(description="What holds payouts of the earnings back holds this back too.")
class EarningsHeldError(UserError):
    problem: Problem = strawberry.field(description="What it is.")


@user_error.register(operations.EarningsHeld)
def earnings_held_error(
    refusal: operations.EarningsHeld, paths: Paths = NO_PATHS
) -> EarningsHeldError:
    return EarningsHeldError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        problem=refusal.problem,
    )


@strawberry.type(description="Earnings of the viewer that can be spent on campaigns since then.")
class Spending(Node):
    amount: Money = strawberry.field(description="What left the earnings, and can be spent.")
    spent_at: datetime = strawberry.field(description="When it was moved.")

    @classmethod
    def of(cls, record: SpendingRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.SPENDING, record.id),
            amount=Money.of(record.amount),
            spent_at=record.spent_at,
        )


@strawberry.input(description="Spends earnings as an employer; they never become earnings again.")
class EarningsSpendInput(Wish):
    amount: MoneyInput = strawberry.field(description="At most the `earnings` of that currency.")
    step_up_id: strawberry.ID = strawberry.field(
        description="A step-up passed for exactly this amount."
    )


@strawberry.type(description="Outcome of `earningsSpend`.")
class EarningsSpendPayload(MoneyPayload):
    spending: Spending | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="The viewer's earnings as money to spend.")
class ViewerSpending:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Whether nothing but the amount stands in the way of `earningsSpend`. "
        "Needs payouts:read.",
        directives=[Auth(scopes=["payouts:read"]), Cost(weight=5)],
    )
    async def can_spend_earnings(self, info: Info) -> bool | None:
        return await queries.may_spend_earnings(member_id=self.key, on=info.context.now.date())


@strawberry.type(description="Changes.")
class SpendingMutations:
    @strawberry.mutation(
        description="Move earnings of the viewer to what they can spend on campaigns; there is no "
        "way back. Needs payouts:write and a step-up.",
        directives=WRITE,
    )
    async def earnings_spend(
        self, info: Info, input: In[EarningsSpendInput]
    ) -> EarningsSpendPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.spend_earnings(
                member_id=viewer.member_id,
                amount=input.amount.positive("amount"),
                step_up=claim_of(context, input.step_up_id),
                key=key_of("earningsSpend", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return EarningsSpendPayload(errors=[user_error(refusal)])
        spending = await object_of(context.renewed(), Tag.SPENDING, done.spending_id)
        return EarningsSpendPayload(spending=spending, replayed=done.replayed)


async def spendings_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, SpendingRecord]:
    """The viewer's own."""
    found = await queries.spendings_by_id(ids=keys)
    return {key: each for key, each in found.items() if each.member_id == context.viewer_id}


node_kind(Tag.SPENDING, load=spendings_seen, show=Spending.of)
read_as("Spending", Mapped(entity="Spending", tag=Tag.SPENDING))
