"""Events as those may read them whom they concern."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.events.rules import EventPosition, Subject
from domain.reads import Entity, Field, Kinds, Leaf, One, Ruled, columns

SUBJECT: Final = "split_part({row}.kind, '_', 1)"


# Resolvers know what the law does not let us tell, and what only staff are told.
BY_RESOLVERS: Final = frozenset({Subject.VERIFICATION, Subject.SUSPENSION, Subject.ALLOWANCE})


def place(tx: str, seq: int, recorded_at: datetime) -> tuple[EventPosition, datetime]:
    return EventPosition(int(tx), seq), recorded_at


def itself(key: UUID) -> UUID:
    return key


def about(subject: Subject) -> dict[str, Field]:
    """The one row an event is about, under the name of its subject."""
    if subject in BY_RESOLVERS:
        return {}
    if subject is Subject.SEARCH:  # a campaign, found by one
        return {"campaign": One("Campaign", key="{row}.subject_id")}
    key = f"case when {SUBJECT} = '{subject.value}' then {{row}}.subject_id end"
    found: dict[str, Field] = {subject.value: One(subject.value.capitalize(), key=key)}
    if subject is Subject.CAMPAIGN:
        found["campaign_id"] = Ruled(itself, ("{row}.subject_id",))
    return found


EVENT: Final = Entity(
    name="Event",
    source="from event e",
    row="e",
    visible="{viewer} in ({row}.member_id, {row}.employer_id)",
    fields={
        **columns("kind"),
        "occurred_at": Leaf("{row}.recorded_at"),
        "cursor": Ruled(place, ("{row}.tx::text", "{row}.seq", "{row}.recorded_at")),
    },
    kinds=Kinds(
        f"initcap({SUBJECT}) || 'Event'",
        {f"{each.value.capitalize()}Event": about(each) for each in Subject},
    ),
)
ENTITIES: Final = (EVENT,)
