"""Tickets, opened by the operation that opens them."""

from __future__ import annotations

from uuid import UUID

from domain.tickets.operations import open_ticket
from domain.tickets.rules import Matter, TicketCategory
from tests.make.world import World


async def ask_staff(world: World, member_id: UUID, *matters: tuple[Matter, UUID]) -> UUID:
    return await open_ticket(
        member_id=member_id,
        category=TicketCategory.OTHER,
        text="What happens next?",
        matters=matters,
        new_id=world.new_id,
        now=world.now,
    )
