"""Bonuses: what an employer pays on top for approved work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.rewards import operations, queries
from domain.rewards.queries import BonusRecord
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.money import Money, MoneyInput
from schema.node import Node, node_kind, object_of
from schema.payloads import MoneyPayload
from schema.prices import Cost
from schema.read_model import Mapped, read_as

MISSING: Final = {"": ["assignmentId"]}


@strawberry.type(description="What an employer paid on top for one assignment.")
class Bonus(Node):
    amount: Money = strawberry.field(description="What the worker got.")
    fee: Money | None = strawberry.field(
        description="Our fee on it, which the employer paid besides; null for the worker."
    )
    vat: Money | None = strawberry.field(description="On the fee; null for the worker.")
    reason: str = strawberry.field(description="In the employer's words.")
    sent_at: datetime = strawberry.field(description="When it was paid.")

    @classmethod
    def of(cls, record: BonusRecord, context: Context) -> Self:
        is_own = record.employer_id == context.viewer_id
        return cls(
            id=context.ids.encode(Tag.BONUS, record.id),
            amount=Money.of(record.amount),
            fee=Money.of(record.fee) if is_own else None,
            vat=Money.of(record.vat) if is_own else None,
            reason=record.reason,
            sent_at=record.sent_at,
        )


@strawberry.input(description="Pays a worker more for work that was approved.")
class BonusSendInput(Wish):
    assignment_id: strawberry.ID = strawberry.field(description="Approved, as a whole or partly.")
    amount: MoneyInput = strawberry.field(
        description="All of it is for the worker; fee and VAT come on top. "
        "From 0.005 to 100 units unless the operator decided otherwise."
    )
    reason: str = strawberry.field(description="For the worker; at most 1,000 characters.")


@strawberry.type(description="Outcome of `bonusSend`.")
class BonusSendPayload(MoneyPayload):
    bonus: Bonus | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class RewardMutations:
    @strawberry.mutation(
        description="Pay a worker a bonus from what the viewer can spend. Needs assignments:write.",
        directives=[Auth(scopes=["assignments:write"]), Cost(weight=10)],
    )
    async def bonus_send(self, info: Info, input: In[BonusSendInput]) -> BonusSendPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            done = await operations.send_bonus(
                employer_id=viewer.member_id,
                assignment_id=context.ids.decode(
                    Tag.ASSIGNMENT, input.assignment_id, "assignment_id"
                ),
                amount=input.amount.positive("amount"),
                reason=input.reason,
                key=key_of("bonusSend", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return BonusSendPayload(errors=[user_error(refusal, MISSING)])
        bonus: Bonus | None = await object_of(context.renewed(), Tag.BONUS, done.bonus_id)
        return BonusSendPayload(bonus=bonus, replayed=done.replayed)


async def bonuses_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, BonusRecord]:
    """Those the viewer gave or got."""
    if context.viewer_id is None:
        return {}
    return await queries.bonuses_by_id(ids=keys, viewer_id=context.viewer_id)


async def bonuses_of(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[BonusRecord]]:
    """By assignment."""
    if context.viewer_id is None:
        return {}
    return await queries.bonuses_of_assignments(ids=keys, viewer_id=context.viewer_id)


node_kind(Tag.BONUS, load=bonuses_seen, show=Bonus.of)
read_as("Bonus", Mapped(entity="Bonus", tag=Tag.BONUS))
