"""Staff have a kept webhook read again, whatever became of it the first time."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_row, one_transaction
from domain.errors import NotFound, Refused
from domain.jobs import enqueue
from domain.members import queries as members
from domain.members.rules import Role
from domain.provider_inbox.operations.take_webhook import event_job


class BodyForgotten(Refused):
    """The time of keeping bodies is over: only its look-ups can still tell."""

    code = "BODY_FORGOTTEN"
    argument = "event_id"


_REOPEN: Final = """
    update provider_event set state = 'received', matched_ids = '{}', try_count = 0, due_at = $2
    where id = $1
"""


@one_transaction
async def replay_event(*, event_id: UUID, member_id: UUID, now: datetime) -> None:
    """A look-up follows, as for a new one.

    Refuses with `NotAllowed`, `NotFound` or `BodyForgotten`.
    """
    await members.require_role(member_id=member_id, role=Role.FINANCE)
    row = await fetch_row(
        "select body is not null as is_kept from provider_event where id = $1 for update", event_id
    )
    if row is None:
        raise NotFound("no such event")
    if not row["is_kept"]:
        raise BodyForgotten("its body is no longer kept")
    await execute(_REOPEN, event_id, now)
    await enqueue([event_job(event_id)])
