"""What every mutation answers besides the objects it changed."""

from __future__ import annotations

import strawberry

from schema.errors import UserError


@strawberry.type(description="Outcome of a change.")
class Payload:
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing happened; empty on success."
    )


@strawberry.type(description="Outcome of a change that moves money.")
class MoneyPayload(Payload):
    replayed: bool = strawberry.field(
        default=False,
        description="Whether this answers an earlier request with the same idempotency key.",
    )
