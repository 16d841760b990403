"""News told to members, and the letters that go out with it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.database import fetch
from domain.notifications import operations
from domain.notifications.rules import Letter
from tests.make.events import all_readable
from tests.make.world import World


class Postman:
    """Keeps what was sent; fails as often as he is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.sent: list[tuple[UUID, Letter]] = []
        self.failures = failures

    async def send(self, letter: Letter, *, notification_id: UUID) -> None:
        self.sent.append((notification_id, letter))
        if len(self.sent) <= self.failures:
            raise ConnectionResetError


async def tell(world: World) -> None:
    await all_readable()
    while await operations.tell_events(limit=500, new_id=world.new_id, now=world.now):
        pass


async def letters_asked_for(member: UUID) -> Sequence[UUID]:
    """Each has its job."""
    rows = await fetch(
        "select n.id from notification n where n.member_id = $1 and n.mail_state = 'wanted'"
        " and exists (select from jobs.pgqueuer q"
        "             where q.dedupe_key = 'notification_mail:' || n.id) order by n.id",
        member,
    )
    return [row["id"] for row in rows]
