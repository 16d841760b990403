"""Writing, and having read."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import strawberry

from domain.errors import Refused
from domain.messages import operations
from domain.messages.operations import Words
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.messages.types import Message, Thread
from schema.node import object_of
from schema.payloads import Payload
from schema.prices import Cost

WRITE: Final = [Auth(scopes=["messages:write"]), Cost(weight=10)]
TEXT: Final = "In 1 to 4,096 characters; contact data is masked."
MISSING: Final[Paths] = {"": ["about"]}


@strawberry.input(one_of=True, description="What a message is about; exactly one of them.")
class MessageTopicInput:
    thread_id: strawberry.Maybe[strawberry.ID] = strawberry.field(
        description="What was begun already."
    )
    assignment_id: strawberry.Maybe[strawberry.ID] = strawberry.field(
        description="Of which the viewer is the worker or the employer."
    )
    campaign_id: strawberry.Maybe[strawberry.ID] = strawberry.field(
        description="One that the viewer can see; its employer names the worker besides."
    )


@strawberry.input(description="Writes to the other side.")
class MessageSendInput:
    about: MessageTopicInput = strawberry.field(description="What it is about.")
    worker_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="To whom an employer writes about a campaign: somebody who has worked there "
        "or has written.",
    )
    text: str = strawberry.field(description=TEXT)


@strawberry.input(description="Writes the same to many.")
class MessageNoticeInput:
    campaign_id: strawberry.ID = strawberry.field(description="One of the viewer's.")
    worker_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 100 members who have worked there."
    )
    subject: str = strawberry.field(description="In 1 to 200 characters.")
    text: str = strawberry.field(description=TEXT)


@strawberry.input(description="Marks messages as read.")
class MessageReadInput:
    message_id: strawberry.ID = strawberry.field(description="This one and all before it.")


@strawberry.type(description="Outcome of `messageSend`.")
class MessageSendPayload(Payload):
    message: Message | None = strawberry.field(
        default=None, description="As it stands in the thread, masked; null on refusal."
    )


@strawberry.type(description="Outcome of `messageNotice`.")
class MessageNoticePayload(Payload):
    recipient_count: int | None = strawberry.field(
        default=None, description="How many got it; null on refusal."
    )


@strawberry.type(description="Outcome of `messageRead`.")
class MessageReadPayload(Payload):
    thread: Thread | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class MessageMutations:
    @strawberry.mutation(
        description="Write to the worker or the employer of an assignment or a campaign. At most "
        "60 at once, then six a minute. Needs messages:write.",
        directives=WRITE,
    )
    async def message_send(
        self, info: Info, input: In[MessageSendInput]
    ) -> MessageSendPayload | None:
        context = info.context
        try:
            author_id = context.signed_in().member_id
            key = await operations.send_message(
                author_id=author_id,
                words=words_of(context, input.text),
                thread_id=topic(context, input.about, "thread_id", Tag.THREAD),
                assignment_id=topic(context, input.about, "assignment_id", Tag.ASSIGNMENT),
                campaign_id=topic(context, input.about, "campaign_id", Tag.CAMPAIGN),
                worker_id=None
                if input.worker_id is None
                else context.ids.decode(Tag.MEMBER, input.worker_id, "worker_id"),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return MessageSendPayload(errors=[user_error(refusal, MISSING)])
        return MessageSendPayload(message=await object_of(context.renewed(), Tag.MESSAGE, key))

    @strawberry.mutation(
        description="Write the same to up to 100 past workers of a campaign, each in a thread of "
        "their own. Needs messages:write.",
        directives=[Auth(scopes=["messages:write"]), Cost(weight=100)],
    )
    async def message_notice(
        self, info: Info, input: In[MessageNoticeInput]
    ) -> MessageNoticePayload | None:
        context = info.context
        try:
            count = await operations.send_notice(
                employer_id=context.signed_in().member_id,
                campaign_id=context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id"),
                worker_ids=[
                    context.ids.decode(Tag.MEMBER, each, "worker_ids") for each in input.worker_ids
                ],
                words=words_of(context, input.text, subject=input.subject),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return MessageNoticePayload(errors=[user_error(refusal, {"": ["campaignId"]})])
        return MessageNoticePayload(recipient_count=count)

    @strawberry.mutation(
        description="Mark a message and all before it as read. Needs messages:write.",
        directives=WRITE,
    )
    async def message_read(
        self, info: Info, input: In[MessageReadInput]
    ) -> MessageReadPayload | None:
        context = info.context
        try:
            key = await operations.mark_read(
                member_id=context.signed_in().member_id,
                message_id=context.ids.decode(Tag.MESSAGE, input.message_id, "message_id"),
            )
        except Refused as refusal:
            return MessageReadPayload(errors=[user_error(refusal, {"": ["messageId"]})])
        return MessageReadPayload(thread=await object_of(context.renewed(), Tag.THREAD, key))


def topic(context: Context, about: MessageTopicInput, name: str, tag: Tag) -> UUID | None:
    """Refuses with `InvalidId`."""
    given: strawberry.Some[strawberry.ID] | None = getattr(about, name)
    if given is None:
        return None
    return context.ids.decode(tag, given.value, "about", name)


def words_of(context: Context, text: str, *, subject: str | None = None) -> Words:
    return Words(text=text, subject=subject, own_host=context.services.own_host)
