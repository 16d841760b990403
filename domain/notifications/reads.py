"""Notifications as their member may read them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.events.rules import EventKind
from domain.notifications.rules import NOTIFIED, OPTIONAL, Topic
from domain.reads import Entity, Ruled, columns


def topic(kind: str) -> Topic:
    return NOTIFIED[EventKind(kind)][0]


def is_mandatory(kind: str) -> bool:
    return topic(kind) not in OPTIONAL


def subject(kind: str, subject_id: UUID) -> tuple[EventKind, UUID]:
    return EventKind(kind), subject_id


NOTIFICATION: Final = Entity(
    name="Notification",
    source="from notification",
    row="notification",
    visible="{row}.member_id = {viewer} and {row}.is_in_inbox",
    fields={
        **columns("kind", "deadline_at", "created_at", "read_at"),
        "topic": Ruled(topic, ("{row}.kind",)),
        "is_mandatory": Ruled(is_mandatory, ("{row}.kind",)),
        "subject_id": Ruled(subject, ("{row}.kind", "{row}.subject_id")),
    },
)
ENTITIES: Final = (NOTIFICATION,)
