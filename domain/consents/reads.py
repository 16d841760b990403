"""Versions of policies as anybody may read them; drafts are for staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.consents.queries import NEXT_EFFECTIVE_AT, VISIBLE, texts_of
from domain.consents.rules import DataRegion, PolicyState, policy_state
from domain.reads import Entity, Ruled, columns


def state(
    posted_at: datetime | None,
    effective_at: datetime,
    next_effective_at: datetime | None,
    now: datetime,
) -> PolicyState:
    return policy_state(
        posted_at=posted_at,
        effective_at=effective_at,
        next_effective_at=next_effective_at,
        now=now,
    )


def regions(names: Sequence[str]) -> list[DataRegion]:
    return [DataRegion(each) for each in names]


_TEXTS: Final = ("{row}.languages", "{row}.texts")
POLICY_VERSION: Final = Entity(
    name="Policy",
    source="from policy_version p",
    row="p",
    visible=VISIBLE,
    fields={
        **columns("kind", "version", "note", "is_material", "posted_at", "effective_at"),
        "state": Ruled(
            state, ("{row}.posted_at", "{row}.effective_at", NEXT_EFFECTIVE_AT, "{now}")
        ),
        "languages": Ruled(list, ("{row}.languages",)),
        "data_regions": Ruled(regions, ("{row}.data_regions",)),
        "text": Ruled(texts_of, _TEXTS),
        "text_language": Ruled(texts_of, _TEXTS),
    },
)
ENTITIES: Final = (POLICY_VERSION,)
