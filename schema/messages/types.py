"""Threads and messages as their two parties see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain import links
from domain.contacts import ContactKind
from domain.links import LINK_COUNT_MAX
from domain.messages import queries
from domain.messages.queries import MessageRecord, ThreadRecord
from schema import contacts as _shown  # noqa: F401  # the enum used below
from schema.auth import Auth
from schema.context import Context, Info
from schema.ids import Tag
from schema.leads import Link
from schema.members import Member, member_of
from schema.node import Node, node_kind, object_of
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    Window,
    counter,
    load_pages,
    page_of,
    window,
)
from schema.prices import Cost
from schema.read_model import Mapped, read_as

if TYPE_CHECKING:
    from schema.assignments.types import Assignment
    from schema.campaigns.types import Campaign

THREAD_ORDER: Final[Order[ThreadRecord]] = Order(
    name="threads:lastMessageAt", keys_of=lambda record: (record.last_message_at, record.id)
)
MESSAGE_ORDER: Final[Order[MessageRecord]] = Order(
    name="messages:position",
    keys_of=lambda record: (record.position, record.id),
    kinds=(int, UUID),
)


@strawberry.type(description="Something that was said. It cannot be changed or taken back.")
class Message(Node):
    record: strawberry.Private[MessageRecord]
    position: int = strawberry.field(
        description="Counts from 1 within the thread.", directives=[Cost(weight=0)]
    )
    subject: str | None = strawberry.field(description="Of a notice to past workers.")
    text: str = strawberry.field(description="Contact data in it is replaced by •••.")
    sent_at: datetime = strawberry.field(description="When.")
    masked_kinds: list[ContactKind] = strawberry.field(
        description="What was masked in it; at most 3."
    )

    @classmethod
    def of(cls, record: MessageRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.MESSAGE, record.id),
            record=record,
            position=record.position,
            subject=record.subject,
            text=record.text,
            sent_at=record.sent_at,
            masked_kinds=list(record.masked),
        )

    @strawberry.field(description="Where it was said.")
    async def thread(self, info: Info) -> Thread | None:
        found: Thread | None = await object_of(info.context, Tag.THREAD, self.record.thread_id)
        return found

    @strawberry.field(description="Who said it.")
    async def author(self, info: Info) -> Member | None:
        return await member_of(info.context, self.record.author_id)

    @strawberry.field(
        description="Addresses in it, at most 10.", directives=[Cost(list_size=LINK_COUNT_MAX)]
    )
    async def links(self, info: Info) -> list[Link] | None:
        found = await info.context.load(links_of, self.record.id)
        return [Link.of(each) for each in found or ()]


@strawberry.type(description="What a worker and an employer write about one matter.")
class Thread(Node):
    record: strawberry.Private[ThreadRecord]
    last_message_at: datetime = strawberry.field(description="When something was said last.")
    message_count: int = strawberry.field(description="How many messages it has.")
    unread_count: int = strawberry.field(
        description="How many of them the viewer has not read; `messageRead` marks them."
    )

    @classmethod
    def of(cls, record: ThreadRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.THREAD, record.id),
            record=record,
            last_message_at=record.last_message_at,
            message_count=record.message_count,
            unread_count=record.unread_count,
        )

    @strawberry.field(description="The campaign it is about; null when the viewer cannot see it.")
    async def campaign(
        self, info: Info
    ) -> Annotated[Campaign, strawberry.lazy("schema.campaigns.types")] | None:
        key = self.record.campaign_id
        found: Campaign | None = await object_of(info.context, Tag.CAMPAIGN, key)
        return found

    @strawberry.field(description="The assignment it is about; null for the campaign as a whole.")
    async def assignment(
        self, info: Info
    ) -> Annotated[Assignment, strawberry.lazy("schema.assignments.types")] | None:
        key = self.record.assignment_id
        found: Assignment | None = await object_of(info.context, Tag.ASSIGNMENT, key)
        return found

    @strawberry.field(description="One of the two.")
    async def worker(self, info: Info) -> Member | None:
        return await member_of(info.context, self.record.worker_id)

    @strawberry.field(description="The other one.")
    async def employer(self, info: Info) -> Member | None:
        return await member_of(info.context, self.record.employer_id)

    @strawberry.field(
        description="What was said, newest first. Needs messages:read.",
        directives=[Auth(scopes=["messages:read"]), Cost(weight=5)],
    )
    async def messages(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Message] | None:
        context = info.context
        at = window(context, MESSAGE_ORDER, first, after, last, before)
        found: Connection[Message] = await page_of(
            context,
            target="Message",
            listing=queries.OF_THREAD,
            parent_id=self.record.id,
            window=at,
            where=None,
            records=lambda: context.load(message_pages, (self.record.id, at, None)),
            node_of=lambda record: Message.of(record, context),
            counted=counter(context, queries.count_messages, self.record.id),
        )
        return found


@strawberry.type(description="The viewer's messages.")
class ViewerMessages:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Threads of the viewer; where something was said last comes first. "
        "Needs messages:read.",
        directives=[Auth(scopes=["messages:read"]), Cost(weight=5)],
    )
    async def threads(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Thread] | None:
        context = info.context
        at = window(context, THREAD_ORDER, first, after, last, before)
        found: Connection[Thread] = await page_of(
            context,
            target="Thread",
            listing=queries.OF_MEMBER,
            parent_id=self.key,
            window=at,
            where=None,
            records=lambda: queries.threads_of(member_id=self.key, page=at.page()),
            node_of=lambda record: Thread.of(record, context),
            counted=counter(context, queries.count_threads, self.key),
        )
        return found


MessagePage: TypeAlias = tuple[UUID, Window, None]


async def message_pages(
    _: Context, keys: Sequence[MessagePage]
) -> Mapping[MessagePage, list[MessageRecord]]:
    async def fetch(
        thread_ids: list[UUID], window: Window, _: None
    ) -> Mapping[UUID, list[MessageRecord]]:
        return await queries.message_pages(thread_ids=thread_ids, page=window.page())

    return await load_pages(keys, fetch)


async def threads_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, ThreadRecord]:
    """Those the viewer is a party of."""
    if context.viewer_id is None:
        return {}
    return await queries.threads_by_id(ids=keys, viewer_id=context.viewer_id)


async def messages_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, MessageRecord]:
    """As `threads_seen`."""
    if context.viewer_id is None:
        return {}
    return await queries.messages_by_id(ids=keys, viewer_id=context.viewer_id)


async def links_of(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[links.Link]]:
    return await queries.links_of(message_ids=keys)


node_kind(Tag.THREAD, load=threads_seen, show=Thread.of)
node_kind(Tag.MESSAGE, load=messages_seen, show=Message.of)
read_as(
    "Thread",
    Mapped(entity="Thread", tag=Tag.THREAD, orders={"messages": {None: MESSAGE_ORDER}}),
)
read_as("Message", Mapped(entity="Message", tag=Tag.MESSAGE))
