"""The viewer's inbox, and what the viewer is told by letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.events.rules import EventKind, subject_of
from domain.notifications import operations, queries
from domain.notifications.queries import NotificationRecord
from domain.notifications.reads import is_mandatory, topic
from domain.notifications.rules import Channel, Choice, Topic
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.events.types import TAG_OF_SUBJECT
from schema.filters import (
    DateTimeFilter,
    Filter,
    condition_of,
    every_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.inputs import In
from schema.node import Node, node_kind
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
from schema.payloads import Payload
from schema.prices import Cost
from schema.read_model import Mapped, read_as

show_enum(
    Topic,
    name="NotificationTopic",
    description="What a notification is about. Letters about the first six can be refused.",
    values={
        Topic.MESSAGES: "Somebody wrote.",
        Topic.WORK: "Work was approved or rated.",
        Topic.CAMPAIGNS: "A campaign came into another state.",
        Topic.REWARDS: "A referral earned something.",
        Topic.INVITATIONS: "An employer invites to a campaign.",
        Topic.SEARCHES: "A campaign opened that fits a saved search.",
        Topic.DEADLINES: "Something must be done in time.",
        Topic.DISPUTES: "A step of a dispute.",
        Topic.PAYOUTS: "A payout came into another state; see `payoutChannel`.",
        Topic.DEPOSITS: "A deposit came into another state.",
        Topic.SECURITY: "A sign-in, or a place to be paid.",
        Topic.POLICIES: "A policy changes.",
        Topic.SUSPENSIONS: "A step of a suspension, or a limit of what the member claims.",
        Topic.TICKETS: "Staff answered.",
    },
)
show_enum(
    Channel,
    name="NotificationChannel",
    description="How somebody is told.",
    values={
        Channel.EMAIL: "By letter alone.",
        Channel.INBOX: "In the inbox alone.",
        Channel.BOTH: "Both ways.",
    },
)


@strawberry.type(description="An event as the viewer was told of it. Kept for 180 days by default.")
class Notification(Node):
    kind: EventKind = strawberry.field(description="What happened.")
    topic: Topic = strawberry.field(description="What it is about.")
    is_mandatory: bool = strawberry.field(description="Letters about it cannot be refused.")
    subject_id: strawberry.ID = strawberry.field(description="What it happened to, for `node`.")
    deadline_at: datetime | None = strawberry.field(
        description="Until when the viewer can do something about it."
    )
    created_at: datetime = strawberry.field(description="When the viewer was told.")
    read_at: datetime | None = strawberry.field(description="When the viewer had read it.")

    @classmethod
    def of(cls, record: NotificationRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.NOTIFICATION, record.id),
            kind=record.kind,
            topic=topic(record.kind),
            is_mandatory=is_mandatory(record.kind),
            subject_id=subject_shown(context, (record.kind, record.subject_id)),
            deadline_at=record.deadline_at,
            created_at=record.created_at,
            read_at=record.read_at,
        )


@strawberry.type(description="What the viewer has chosen to be told.")
class NotificationChoices:
    payout_channel: Channel = strawberry.field(description="How payouts are told.")
    muted_topics: list[Topic] = strawberry.field(
        description="Topics without letters; at most 6. The inbox has them all the same."
    )

    @classmethod
    def of(cls, choice: Choice) -> Self:
        return cls(payout_channel=choice.payout_channel, muted_topics=sorted(choice.muted))


@strawberry.input(description="Which notifications; all conditions must hold.")
class NotificationWhere:
    kind: Filter[EventKind] | None = strawberry.field(default=None, description="What happened.")
    created_at: DateTimeFilter | None = strawberry.field(default=None, description="When told.")
    read_at: DateTimeFilter | None = strawberry.field(
        default=None, description="`isNull: true` gives those that were not read."
    )
    and_: list[NotificationWhere] | None = every_field()
    or_: list[NotificationWhere] | None = some_field()
    not_: NotificationWhere | None = not_field()


WhichNotifications: TypeAlias = Annotated[
    NotificationWhere | None, strawberry.argument(description="Which ones; all by default.")
]
INBOX_ORDER: Final[Order[NotificationRecord]] = Order(
    name="notifications:createdAt", keys_of=lambda record: (record.created_at, record.id)
)


@strawberry.type(description="The viewer's inbox.")
class ViewerNotifications:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="What the viewer was told, newest first. Needs notifications:read.",
        directives=[Auth(scopes=["notifications:read"]), Cost(weight=5)],
    )
    async def notifications(
        self,
        info: Info,
        *,
        where: WhichNotifications = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Notification] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        at = window(context, INBOX_ORDER, first, after, last, before)
        found: Connection[Notification] = await page_of(
            context,
            target="Notification",
            listing=queries.INBOX,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: queries.inbox_of(member_id=self.key, page=at.page(), where=condition),
            node_of=lambda record: Notification.of(record, context),
            counted=counter(context, queries.count_inbox, self.key, where=condition),
        )
        return found

    @strawberry.field(
        description="How many notifications the viewer has not read.", directives=[Cost(weight=5)]
    )
    async def unread_notification_count(self, info: Info) -> int | None:
        return await info.context.load(unread_counts, self.key) or 0

    @strawberry.field(
        description="What the viewer has chosen to be told.", directives=[Cost(weight=5)]
    )
    async def notification_choices(self, info: Info) -> NotificationChoices | None:  # noqa: ARG002  # a resolver's signature
        return NotificationChoices.of(await queries.choice_of(member_id=self.key))


@strawberry.input(description="Marks notifications as read.")
class NotificationReadInput:
    notification_ids: list[strawberry.ID] = strawberry.field(
        description="At most 100 of the viewer's; empty means all of them."
    )


@strawberry.type(description="Outcome of `notificationRead`.")
class NotificationReadPayload(Payload):
    unread_count: int | None = strawberry.field(
        default=None, description="How many are left; null on refusal."
    )


@strawberry.input(description="Chooses what one is told, and how.")
class NotificationChooseInput:
    payout_channel: Channel = strawberry.field(description="How payouts are told.")
    muted_topics: list[Topic] = strawberry.field(
        description="Topics to get no letters about: `MESSAGES`, `WORK`, `CAMPAIGNS`, `REWARDS`."
    )


@strawberry.type(description="Outcome of `notificationChoose`.")
class NotificationChoosePayload(Payload):
    notification_choices: NotificationChoices | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Changes.")
class NotificationMutations:
    @strawberry.mutation(
        description="Mark notifications as read. Needs notifications:write.",
        directives=[Auth(scopes=["notifications:write"]), Cost(weight=10)],
    )
    async def notification_read(
        self, info: Info, input: In[NotificationReadInput]
    ) -> NotificationReadPayload | None:
        context = info.context
        try:
            viewer_id = context.signed_in().member_id
            await operations.read_notifications(
                member_id=viewer_id,
                notification_ids=[
                    context.ids.decode(Tag.NOTIFICATION, each, "notification_ids")
                    for each in input.notification_ids
                ],
                now=context.now,
            )
        except Refused as refusal:
            return NotificationReadPayload(errors=[user_error(refusal, {"": ["notificationIds"]})])
        left = await queries.unread_counts(member_ids=[viewer_id])
        return NotificationReadPayload(unread_count=left.get(viewer_id, 0))

    @strawberry.mutation(
        description="Choose how payouts are told, and about what there are no letters. What is "
        "mandatory is told all the same. Needs notifications:write.",
        directives=[Auth(scopes=["notifications:write"]), Cost(weight=10)],
    )
    async def notification_choose(
        self, info: Info, input: In[NotificationChooseInput]
    ) -> NotificationChoosePayload | None:
        context = info.context
        try:
            viewer_id = context.signed_in().member_id
            await operations.choose_notifications(
                member_id=viewer_id,
                payout_channel=input.payout_channel,
                muted=input.muted_topics,
            )
        except Refused as refusal:
            return NotificationChoosePayload(errors=[user_error(refusal)])
        choice = await queries.choice_of(member_id=viewer_id)
        return NotificationChoosePayload(notification_choices=NotificationChoices.of(choice))


def subject_shown(context: Context, told: tuple[EventKind, UUID]) -> strawberry.ID:
    kind, key = told
    return context.ids.encode(TAG_OF_SUBJECT[subject_of(kind)], key)


async def notifications_seen(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, NotificationRecord]:
    """The viewer's own."""
    if context.viewer_id is None:
        return {}
    return await queries.notifications_by_id(ids=keys, viewer_id=context.viewer_id)


async def unread_counts(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, int]:
    """Of the viewer alone."""
    return await queries.unread_counts(member_ids=keys)


node_kind(Tag.NOTIFICATION, load=notifications_seen, show=Notification.of)
read_as(
    "Notification",
    Mapped(entity="Notification", tag=Tag.NOTIFICATION, written={"subject_id": subject_shown}),
)
