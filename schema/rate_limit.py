"""The viewer's cost budget, shown without spending another request on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

import strawberry

from schema.context import Context
from schema.metering import seconds_until_full


@strawberry.type(description="The viewer's cost budget; the `RateLimit` headers say the same.")
class RateLimit:
    limit: int = strawberry.field(description="Points of a full budget.")
    available: int = strawberry.field(
        description="Points that are left, this operation paid at its full price."
    )
    restore_per_second: int = strawberry.field(description="Points that come back per second.")
    reset_at: datetime = strawberry.field(description="When it is full, if nothing is spent.")

    @classmethod
    def of(cls, context: Context) -> Self:
        budget = context.meter.budget
        available = budget.available()
        return cls(
            limit=budget.limit,
            available=available,
            restore_per_second=round(budget.per_second),
            reset_at=context.now + timedelta(seconds=seconds_until_full(budget, available)),
        )
