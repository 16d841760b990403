"""What members ask staff, and how it ends: answered, resolved by either, opened again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from domain.tickets import operations as tickets
from domain.tickets.rules import Matter, TicketCategory
from gateway.simulation.market import Market
from gateway.simulation.people import Person

# By the server's clock nobody asks faster than this, and its answer would be no seed's.
ASKED_MAX: Final = 4
REPLIED_MAX: Final = 8
QUESTION: Final = "What happens next? I have waited for three days."
REPLY: Final = "That does not answer it; please look again."
ANSWER: Final = "It was looked at; nothing is missing on your side."
NOTE: Final = "Asked finance: the sum is right."


async def ask(market: Market, member: Person) -> None:
    """About something on offer, about nothing, or about what is not theirs to see."""
    if member.asked_count >= ASKED_MAX:
        return
    member.asked_count += 1
    virtual, chance = market.virtual, market.virtual.chance
    matters: list[tuple[Matter, UUID]] = []
    if market.offers and market.percent(40):
        matters.append((Matter.CAMPAIGN, chance.choice(market.offers).id))
    if market.percent(10):
        matters.append((Matter.PAYOUT, virtual.new_id()))
    open_ = partial(
        tickets.open_ticket,
        member_id=member.id,
        category=chance.choice(list(TicketCategory)),
        text=QUESTION,
        matters=matters,
        new_id=virtual.new_id,
        now=virtual.now,
    )
    ticket_id = await market.act("ask staff", open_)
    if ticket_id is not None:
        market.plan(lambda: answer(market, member, ticket_id), after=timedelta(days=1))


async def answer(market: Market, member: Person, ticket_id: UUID) -> None:
    """Some are resolved without a word, some nobody looks at."""
    clerk = market.virtual.chance.choice(market.clerks)
    if market.percent(30):
        note = partial(tickets.note_ticket, text=NOTE, new_id=market.virtual.new_id)
        now = market.virtual.now
        await market.act("note", lambda: note(staff_id=clerk, ticket_id=ticket_id, now=now))
    if market.percent(15):
        await _resolve(market, clerk, ticket_id)
    elif market.percent(85):
        say = partial(
            tickets.answer_ticket,
            staff_id=clerk,
            ticket_id=ticket_id,
            text=ANSWER,
            now=market.virtual.now,
        )
        await market.act("answer ticket", say)
    market.plan(lambda: react(market, member, ticket_id), after=timedelta(days=1))


async def react(market: Market, member: Person, ticket_id: UUID) -> None:
    """Content, or not; and now and then not content any more some days later."""
    if market.percent(5):
        stranger = market.virtual.chance.choice(market.people)
        if stranger is not member:
            await market.forbidden(
                "resolve for another", lambda: _resolved(market, stranger.id, ticket_id)
            )
    if market.percent(45):
        await _resolve(market, member.id, ticket_id)
        if market.percent(40):
            market.plan(lambda: reply(market, member, ticket_id), after=timedelta(days=5))
    elif market.percent(60):
        await reply(market, member, ticket_id)


async def reply(market: Market, member: Person, ticket_id: UUID) -> None:
    if member.replied_count >= REPLIED_MAX:
        return
    member.replied_count += 1
    say = partial(
        tickets.reply_to_ticket,
        member_id=member.id,
        ticket_id=ticket_id,
        text=REPLY,
        now=market.virtual.now,
    )
    if await market.did("reply to staff", say):
        market.plan(lambda: answer(market, member, ticket_id), after=timedelta(days=1))


async def _resolve(market: Market, actor_id: UUID, ticket_id: UUID) -> None:
    await market.act("resolve ticket", lambda: _resolved(market, actor_id, ticket_id))


async def _resolved(market: Market, actor_id: UUID, ticket_id: UUID) -> None:
    await tickets.resolve_ticket(actor_id=actor_id, ticket_id=ticket_id, now=market.virtual.now)
