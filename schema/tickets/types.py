"""A ticket as its member and staff see it; notes are for staff alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.members.rules import Role
from domain.tickets import queries
from domain.tickets.queries import TicketNoteRecord, TicketRecord, TicketReplyRecord
from domain.tickets.reads import transitions
from domain.tickets.rules import (
    NOTE_COUNT_MAX,
    REPLY_COUNT_MAX,
    Matter,
    TicketCategory,
    TicketEvent,
    TicketSide,
    TicketState,
)
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.enums import show_enum
from schema.errors import InvalidId
from schema.ids import Tag
from schema.members import Member, member_of
from schema.node import Node, node_kind, objects_of
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    counter,
    page_of,
    window,
)
from schema.prices import Cost
from schema.read_model import Mapped, read_as

QUEUE_MAX: Final = 20
TAGS: Final[Mapping[Matter, Tag]] = {
    Matter.CAMPAIGN: Tag.CAMPAIGN,
    Matter.ASSIGNMENT: Tag.ASSIGNMENT,
    Matter.DEPOSIT: Tag.DEPOSIT,
    Matter.PAYOUT: Tag.PAYOUT,
    Matter.DISPUTE: Tag.DISPUTE,
    Matter.DOCUMENT: Tag.DOCUMENT,
}
TICKET_ORDER: Final[Order[TicketRecord]] = Order(
    name="tickets:changedAt", keys_of=lambda record: (record.changed_at, record.id)
)

show_enum(
    TicketCategory,
    description="What a ticket is about, so that the right people read it.",
    values={
        TicketCategory.MISUSE: "A campaign, a member or content breaks the rules.",
        TicketCategory.WORK: "A campaign or an assignment.",
        TicketCategory.PAYMENT: "A deposit, a payout or a document.",
        TicketCategory.ACCOUNT: "Signing in, the profile, verification.",
        TicketCategory.PRIVACY: "Personal data.",
        TicketCategory.OTHER: "Anything else.",
    },
)
show_enum(
    TicketState,
    description="Where a ticket stands.",
    values={
        TicketState.OPEN: "Staff have to answer.",
        TicketState.WAITING_FOR_MEMBER: "Staff have answered.",
        TicketState.RESOLVED: "Nothing is left to do; a reply within 30 days opens it again.",
    },
)
show_enum(
    TicketSide,
    description="Who says something in a ticket.",
    values={TicketSide.MEMBER: "The member who asks.", TicketSide.STAFF: "Staff."},
)
show_enum(
    TicketEvent,
    name="TicketTransition",
    description="A step of a ticket.",
    values={
        TicketEvent.REPLY: "`ticketReply`, by its member.",
        TicketEvent.ANSWER: "`ticketAnswer`, by staff.",
        TicketEvent.RESOLVE: "`ticketResolve`, by either.",
    },
)


@strawberry.type(description="What was said in a ticket; it is never edited.")
class TicketReply:
    position: int = strawberry.field(description="Counts from 1.", directives=[Cost(weight=0)])
    side: TicketSide = strawberry.field(description="Who said it.", directives=[Cost(weight=0)])
    text: str = strawberry.field(description="As it was written, contact data too.")
    sent_at: datetime = strawberry.field(description="When.", directives=[Cost(weight=0)])

    @classmethod
    def of(cls, record: TicketReplyRecord) -> Self:
        return cls(
            position=record.position, side=record.side, text=record.text, sent_at=record.sent_at
        )


@strawberry.type(description="What staff say among themselves; the member never reads it.")
class TicketNote:
    text: str = strawberry.field(description="As it was written.")
    noted_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: TicketNoteRecord) -> Self:
        return cls(text=record.text, noted_at=record.noted_at)


@strawberry.type(description="What a member asks staff.")
class Ticket(Node):
    record: strawberry.Private[TicketRecord]
    category: TicketCategory = strawberry.field(description="What it is about.")
    state: TicketState = strawberry.field(description="Where it stands.")
    about_ids: list[strawberry.ID] = strawberry.field(
        description="What it is about, for `nodes`; at most 10."
    )
    opened_at: datetime = strawberry.field(description="When.")
    changed_at: datetime = strawberry.field(description="When somebody spoke or resolved it last.")
    resolved_at: datetime | None = strawberry.field(description="When; null while it goes on.")

    @classmethod
    def of(cls, record: TicketRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.TICKET, record.id),
            record=record,
            category=record.category,
            state=record.state,
            about_ids=ids_shown(context, record.about),
            opened_at=record.opened_at,
            changed_at=record.changed_at,
            resolved_at=record.resolved_at,
        )

    @strawberry.field(description="Who asks.")
    async def member(self, info: Info) -> Member | None:
        return await member_of(info.context, self.record.member_id)

    @strawberry.field(
        description="What was said, first word first; at most 50.",
        directives=[Cost(list_size=REPLY_COUNT_MAX)],
    )
    async def replies(self, info: Info) -> list[TicketReply] | None:
        found = await info.context.load(replies_of, self.record.id)
        return [TicketReply.of(each) for each in found or ()]

    @strawberry.field(
        description="What staff say among themselves, newest first, at most 20; empty for the "
        "member.",
        directives=[Cost(list_size=NOTE_COUNT_MAX)],
    )
    async def notes(self, info: Info) -> list[TicketNote] | None:
        found = await info.context.load(notes_of, self.record.id)
        return [TicketNote.of(each) for each in found or ()]

    @strawberry.field(description="What the viewer may do with it now.")
    def available_transitions(self, info: Info) -> list[TicketEvent]:
        record, context = self.record, info.context
        is_own = record.member_id == context.viewer_id
        return transitions(record.state, is_own, record.resolved_at, context.now)


@strawberry.type(description="What the viewer asks staff.")
class ViewerTickets:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The viewer's tickets; where something was said last comes first. "
        "Needs tickets:read.",
        directives=[Auth(scopes=["tickets:read"]), Cost(weight=5)],
    )
    async def tickets(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Ticket] | None:
        context = info.context
        at = window(context, TICKET_ORDER, first, after, last, before)
        found: Connection[Ticket] = await page_of(
            context,
            target="Ticket",
            listing=queries.OF_MEMBER,
            parent_id=self.key,
            window=at,
            where=None,
            records=lambda: queries.tickets_of(member_id=self.key, page=at.page()),
            node_of=lambda record: Ticket.of(record, context),
            counted=counter(context, queries.count_tickets, self.key),
        )
        return found


WhichState: TypeAlias = Annotated[
    TicketState, strawberry.argument(description="Only those in this state.")
]
WhichCategory: TypeAlias = Annotated[
    TicketCategory | None, strawberry.argument(description="Only these; all by default.")
]
AboutWhat: TypeAlias = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Only those about this object; an unknown one gives none."),
]


@strawberry.type(description="Reads.")
class TicketQueries:
    @strawberry.field(
        description="Tickets for staff, who has waited longest first; at most 20. Needs the role "
        "staff.",
        directives=[Auth(scopes=["tickets:answer"]), Cost(weight=50, list_size=QUEUE_MAX)],
    )
    async def ticket_queue(
        self,
        info: Info,
        *,
        state: WhichState = TicketState.OPEN,
        category: WhichCategory = None,
        about_id: AboutWhat = None,
    ) -> list[Ticket] | None:
        context = info.context
        if context.viewer is None or Role.STAFF not in context.viewer.roles:
            raise Forbidden(Role.STAFF)
        try:
            about = None if about_id is None else matter_of(context, about_id)
        except InvalidId:
            return []
        records = await queries.ticket_queue(
            state=state,
            category=category,
            about_id=None if about is None else about[1],
            limit=QUEUE_MAX,
        )
        return await objects_of(context, Tag.TICKET, [each.id for each in records])


def matter_of(context: Context, text: str) -> tuple[Matter, UUID]:
    """Refuses with `InvalidId`: other kinds of objects are nothing that a ticket is about."""
    tag = context.ids.tag_of(text)
    for matter, its in TAGS.items():
        if its is tag:
            return matter, context.ids.decode(its, text, "about_ids")
    raise InvalidId("about_ids")


def ids_shown(context: Context, about: Sequence[tuple[Matter, UUID]]) -> list[strawberry.ID]:
    return [context.ids.encode(TAGS[matter], key) for matter, key in about]


async def tickets_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, TicketRecord]:
    return await queries.tickets_by_id(ids=keys, viewer_id=context.viewer_id)


async def replies_of(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[TicketReplyRecord]]:
    return await queries.replies_of(ticket_ids=keys)


async def notes_of(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[TicketNoteRecord]]:
    """Of each ticket; none for the member, who is not told whether there are any."""
    return await queries.notes_of(ticket_ids=keys, viewer_id=context.viewer_id)


node_kind(Tag.TICKET, load=tickets_seen, show=Ticket.of)
read_as(
    "Ticket",
    Mapped(
        entity="Ticket",
        tag=Tag.TICKET,
        written={"about_ids": ids_shown},
    ),
)
