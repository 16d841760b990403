"""Fewer claims a day, as the member reads it whom it limits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from domain.assignments import queries as assignments
from schema.context import Context, Info
from schema.prices import Cost


@strawberry.type(description="How much a worker may claim, for a time, as staff decided.")
class ClaimAllowance:
    claims_per_day: int = strawberry.field(description="In 24 hours; 1 to 100.")
    reasons: str = strawberry.field(description="Why.")
    set_at: datetime = strawberry.field(description="Since when.")
    ends_at: datetime = strawberry.field(description="Until when.")


@strawberry.type(description="What limits the viewer's claims.")
class ViewerAllowance:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Set while staff limit how much the viewer claims a day.",
        directives=[Cost(weight=1)],
    )
    async def claim_allowance(self, info: Info) -> ClaimAllowance | None:
        return await allowance_seen(info.context, self.key)


async def allowance_seen(context: Context, key: UUID) -> ClaimAllowance | None:
    """The viewer's own alone, while it lasts."""
    if key != context.viewer_id:
        return None
    found = await assignments.allowance_of(member_id=key, now=context.now)
    if found is None:
        return None
    return ClaimAllowance(
        claims_per_day=found.claims_per_day,
        reasons=found.reasons,
        set_at=found.set_at,
        ends_at=found.ends_at,
    )
