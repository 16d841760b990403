"""Threads and messages as their parties may read them."""

from __future__ import annotations

from typing import Final

from domain.contacts import ContactKind
from domain.messages.queries import OF_THREAD
from domain.reads import Entity, Leaf, Listed, One, Paged, Ruled, columns


def kinds(masked: list[str]) -> list[ContactKind]:
    return [ContactKind(each) for each in masked]


THREAD: Final = Entity(
    name="Thread",
    source="from message_thread t join message_party p on p.thread_id = t.id",
    row="t",
    visible="p.member_id = {viewer}",
    fields={
        "campaign": One("Campaign", key="{row}.campaign_id"),
        "assignment": One("Assignment", key="{row}.assignment_id"),
        "worker": One("Member", key="{row}.worker_id"),
        "employer": One("Member", key="{row}.employer_id"),
        "last_message_at": Leaf("p.last_at"),
        "message_count": Leaf("{row}.last_position"),
        "unread_count": Leaf("{row}.last_position - p.read_position"),
        "messages": Paged("Message", OF_THREAD),
    },
)
MESSAGE: Final = Entity(
    name="Message",
    source="from message m",
    row="m",
    visible="""exists (select from message_party p
                        where p.thread_id = {row}.thread_id and p.member_id = {viewer})""",
    fields={
        **columns("position", "subject", "text", "sent_at"),
        "thread": One("Thread", key="{row}.thread_id"),
        "author": One("Member", key="{row}.author_id"),
        "masked_kinds": Ruled(kinds, ("{row}.masked",)),
        "links": Listed("MessageLink", to="{row}.message_id", order="{row}.position"),
    },
)
MESSAGE_LINK: Final = Entity(
    name="MessageLink",
    source="from message_link l",
    row="l",
    fields=columns("url", "host", "is_external"),
)
ENTITIES: Final = (THREAD, MESSAGE, MESSAGE_LINK)
