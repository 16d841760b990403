"""Messages, sent by the operation that sends them."""

from __future__ import annotations

from uuid import UUID

from domain.messages import operations
from domain.messages.operations import Words
from tests.make.world import World

OWN_HOST = "piecerate.test"


def words(text: str, subject: str | None = None) -> Words:
    return Words(text=text, subject=subject, own_host=OWN_HOST)


async def write(world: World, worker: UUID, campaign: UUID, *, text: str = "A question.") -> UUID:
    """A worker to the campaign's employer."""
    return await operations.send_message(
        author_id=worker,
        words=words(text),
        campaign_id=campaign,
        new_id=world.new_id,
        now=world.now,
    )
