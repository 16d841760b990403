"""Asking, answering, noting and resolving."""

from __future__ import annotations

from typing import Final

import strawberry

from domain.errors import Refused
from domain.tickets import operations
from domain.tickets.rules import TicketCategory
from schema.auth import Auth
from schema.context import Info
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.node import object_of
from schema.payloads import Payload
from schema.prices import Cost
from schema.tickets.types import Ticket, matter_of

MISSING: Final[Paths] = {"": ["ticketId"]}
WRITE: Final = [Auth(scopes=["tickets:write"]), Cost(weight=10)]
STAFF: Final = [Auth(scopes=["tickets:answer"]), Cost(weight=10)]
TEXT: Final = "In 1 to 4,096 characters; contact data stays in it."


@strawberry.input(description="Asks staff.")
class TicketOpenInput:
    category: TicketCategory = strawberry.field(description="What it is about.")
    text: str = strawberry.field(description=TEXT)
    about_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Campaigns, assignments, deposits, payouts, disputes and documents that the "
        "viewer can see; at most 10.",
    )


@strawberry.input(description="Says more.")
class TicketReplyInput:
    ticket_id: strawberry.ID = strawberry.field(description="One of the viewer's.")
    text: str = strawberry.field(description=TEXT)


@strawberry.input(description="Answers a ticket.")
class TicketAnswerInput:
    ticket_id: strawberry.ID = strawberry.field(description="Of somebody else.")
    text: str = strawberry.field(description="In 1 to 4,096 characters; the member reads it.")


@strawberry.input(description="Notes something for staff.")
class TicketNoteInput:
    ticket_id: strawberry.ID = strawberry.field(description="Of somebody else.")
    text: str = strawberry.field(description="In 1 to 4,096 characters; only staff read it.")


@strawberry.input(description="Ends a ticket.")
class TicketResolveInput:
    ticket_id: strawberry.ID = strawberry.field(description="Not resolved yet.")


@strawberry.type(description="Outcome of `ticketOpen`.")
class TicketOpenPayload(Payload):
    ticket: Ticket | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `ticketReply`.")
class TicketReplyPayload(Payload):
    ticket: Ticket | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `ticketAnswer`.")
class TicketAnswerPayload(Payload):
    ticket: Ticket | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `ticketNote`.")
class TicketNotePayload(Payload):
    ticket: Ticket | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `ticketResolve`.")
class TicketResolvePayload(Payload):
    ticket: Ticket | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class TicketMutations:
    @strawberry.mutation(
        description="Ask staff, or report misuse. At most 10 at once, then ten an hour. Needs "
        "tickets:write.",
        directives=WRITE,
    )
    async def ticket_open(self, info: Info, input: In[TicketOpenInput]) -> TicketOpenPayload | None:
        context = info.context
        try:
            key = await operations.open_ticket(
                member_id=context.signed_in().member_id,
                category=input.category,
                text=input.text,
                matters=[matter_of(context, each) for each in input.about_ids],
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return TicketOpenPayload(errors=[user_error(refusal, {"": ["aboutIds"]})])
        return TicketOpenPayload(ticket=await object_of(context.renewed(), Tag.TICKET, key))

    @strawberry.mutation(
        description="Say more in a ticket; what was resolved in the last 30 days is open again. "
        "At most 20 at once, then one a minute. Needs tickets:write.",
        directives=WRITE,
    )
    async def ticket_reply(
        self, info: Info, input: In[TicketReplyInput]
    ) -> TicketReplyPayload | None:
        context = info.context
        try:
            member_id = context.signed_in().member_id
            key = context.ids.decode(Tag.TICKET, input.ticket_id, "ticket_id")
            await operations.reply_to_ticket(
                member_id=member_id, ticket_id=key, text=input.text, now=context.now
            )
        except Refused as refusal:
            return TicketReplyPayload(errors=[user_error(refusal, MISSING)])
        return TicketReplyPayload(ticket=await object_of(context.renewed(), Tag.TICKET, key))

    @strawberry.mutation(
        description="Staff answer, and the member is told. Needs tickets:answer.",
        directives=STAFF,
    )
    async def ticket_answer(
        self, info: Info, input: In[TicketAnswerInput]
    ) -> TicketAnswerPayload | None:
        context = info.context
        try:
            staff_id = context.signed_in().member_id
            key = context.ids.decode(Tag.TICKET, input.ticket_id, "ticket_id")
            await operations.answer_ticket(
                staff_id=staff_id, ticket_id=key, text=input.text, now=context.now
            )
        except Refused as refusal:
            return TicketAnswerPayload(errors=[user_error(refusal, MISSING)])
        return TicketAnswerPayload(ticket=await object_of(context.renewed(), Tag.TICKET, key))

    @strawberry.mutation(
        description="Staff note something for each other; the member does not read it. Needs "
        "tickets:answer.",
        directives=STAFF,
    )
    async def ticket_note(self, info: Info, input: In[TicketNoteInput]) -> TicketNotePayload | None:
        context = info.context
        try:
            staff_id = context.signed_in().member_id
            key = context.ids.decode(Tag.TICKET, input.ticket_id, "ticket_id")
            await operations.note_ticket(
                staff_id=staff_id,
                ticket_id=key,
                text=input.text,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return TicketNotePayload(errors=[user_error(refusal, MISSING)])
        return TicketNotePayload(ticket=await object_of(context.renewed(), Tag.TICKET, key))

    @strawberry.mutation(
        description="Nothing is left to do: said by the member, or by staff, who tell the member "
        "so. Needs tickets:write.",
        directives=WRITE,
    )
    async def ticket_resolve(
        self, info: Info, input: In[TicketResolveInput]
    ) -> TicketResolvePayload | None:
        context = info.context
        try:
            actor_id = context.signed_in().member_id
            key = context.ids.decode(Tag.TICKET, input.ticket_id, "ticket_id")
            await operations.resolve_ticket(actor_id=actor_id, ticket_id=key, now=context.now)
        except Refused as refusal:
            return TicketResolvePayload(errors=[user_error(refusal, MISSING)])
        return TicketResolvePayload(ticket=await object_of(context.renewed(), Tag.TICKET, key))
