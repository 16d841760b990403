"""The viewer's own hold on all of their payouts."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.payouts import operations, queries
from schema.auth import Auth
from schema.context import Info
from schema.errors import user_error
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost

WRITE: Final = [Auth(scopes=["payouts:write"]), Cost(weight=10)]


@strawberry.type(description="The viewer's hold on their payouts.")
class ViewerPayoutHold:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Since when the viewer holds all of their payouts; null while they do not. "
        "Needs payouts:read.",
        directives=[Auth(scopes=["payouts:read"]), Cost(weight=5)],
    )
    async def payouts_held_since(self, info: Info) -> datetime | None:  # noqa: ARG002  # a resolver's signature
        return await queries.held_by_member_since(member_id=self.key)


@strawberry.input(description="Holds all payouts of the viewer, or lets them go on.")
class PayoutHoldSetInput:
    is_held: bool = strawberry.field(description="What was sent already arrives all the same.")


@strawberry.type(description="Outcome of `payoutHoldSet`.")
class PayoutHoldSetPayload(Payload):
    payouts_held_since: datetime | None = strawberry.field(
        default=None, description="Null when they are not held, and on refusal."
    )


@strawberry.type(description="Changes.")
class PayoutHoldMutations:
    @strawberry.mutation(
        description="Hold all payouts of the viewer, those that are asked for later too, until "
        "the viewer lets them go on. Needs payouts:write.",
        directives=WRITE,
    )
    async def payout_hold_set(
        self, info: Info, input: In[PayoutHoldSetInput]
    ) -> PayoutHoldSetPayload | None:
        try:
            viewer_id = info.context.signed_in().member_id
            if input.is_held:
                await operations.hold_own_payouts(member_id=viewer_id, now=info.context.now)
            else:
                await operations.end_own_hold(member_id=viewer_id)
        except Refused as refusal:
            return PayoutHoldSetPayload(errors=[user_error(refusal)])
        since = await queries.held_by_member_since(member_id=viewer_id)
        return PayoutHoldSetPayload(payouts_held_since=since)
