"""Notifications by SQL: the feed shows an event only once no older transaction runs anywhere."""

from __future__ import annotations

from uuid import UUID

from domain.database import execute, transaction
from domain.events.rules import EventKind
from tests.make.world import World


async def tell(
    world: World,
    member: UUID,
    event: UUID,
    subject: UUID,
    *,
    kind: EventKind = EventKind.ASSIGNMENT_APPROVED,
) -> UUID:
    key = world.new_id()
    async with transaction():
        await execute(
            "insert into notification (id, member_id, event_id, kind, subject_id, is_in_inbox,"
            " created_at, mail_state) values ($1, $2, $3, $4, $5, true, $6, 'unwanted')",
            key,
            member,
            event,
            kind.value,
            subject,
            world.now,
        )
    return key
