"""The step-up that a mutation came with."""

from __future__ import annotations

from domain.access import operations as access
from domain.access.rules import StepUpClaim
from schema.context import Context
from schema.errors import InvalidId
from schema.ids import Tag


def claim_of(context: Context, step_up_id: str) -> StepUpClaim:
    """A malformed id is a step-up nobody passed. Refuses with `StepUpRequired`."""
    session_id = context.signed_in().session_id
    try:
        return StepUpClaim(context.ids.decode(Tag.STEP_UP, step_up_id), session_id)
    except InvalidId as error:
        raise access.StepUpRequired("confirm exactly this action first") from error
