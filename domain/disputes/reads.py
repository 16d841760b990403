"""Disputes as their parties may read them, and what they add to assignments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.disputes.rules import (
    FRAUD_TIME,
    DisputeEvent,
    DisputeKind,
    DisputeState,
    available_events,
)
from domain.reads import Entity, Field, Leaf, Listed, One, Ruled, columns


def transitions(state: str, kind: str, is_worker: bool, offer_count: int) -> list[DisputeEvent]:  # noqa: FBT001  # as the row has them
    return list(
        available_events(
            DisputeState(state),
            for_worker=is_worker,
            offer_count=offer_count,
            kind=DisputeKind(kind),
        )
    )


_IS_WORKER: Final = "coalesce({row}.worker_id = {viewer}, false)"
_OFFER_COUNT: Final = f"""
    case when {_IS_WORKER} then {{row}}.worker_offer_count else {{row}}.employer_offer_count end
"""


# As `rules.fraud_disputable_until` has it; a test holds the two equal.
FRAUD_DISPUTABLE_UNTIL: Final = f"""
    case when {{row}}.state = 'approved'
              and not exists (select from dispute f where f.assignment_id = {{row}}.id)
         then {{row}}.decided_at + interval '{FRAUD_TIME.days} days' end
"""
OF_PARTY: Final = "{viewer} in ({row}.worker_id, {row}.employer_id)"
DISPUTE: Final = Entity(
    name="Dispute",
    source="from dispute d",
    row="d",
    visible=OF_PARTY,
    fields={
        **columns("kind", "state", "opened_at", "due_at", "ruling", "ruled_at", "final_at"),
        **columns("worker_offer", "employer_offer"),
        "worker_percent": Leaf("{row}.percent"),
        "record_seed": Leaf("encode(sha256(convert_to({row}.id::text, 'UTF8')), 'hex')"),
        "assignment": One("Assignment", key="{row}.assignment_id"),
        "steps": Listed("DisputeStep", to="{row}.dispute_id", order="{row}.position"),
        "available_transitions": Ruled(
            transitions, ("{row}.state", "{row}.kind", _IS_WORKER, _OFFER_COUNT)
        ),
    },
)
DISPUTE_STEP: Final = Entity(
    name="DisputeStep",
    source="from dispute_step s",
    row="s",  # read below a dispute that the viewer was given, as a party or as staff
    fields={
        **columns("position", "event", "party", "text", "ruling", "at"),
        "worker_percent": Leaf("{row}.percent"),
        "hash": Leaf("encode({row}.hash, 'hex')"),
    },
)
ENTITIES: Final = (DISPUTE, DISPUTE_STEP)
TOLD_ASSIGNMENTS: Final[Mapping[str, Field]] = {
    "dispute": One("Dispute", key="{row}.id", to="d.assignment_id"),
    "fraud_disputable_until": Leaf(FRAUD_DISPUTABLE_UNTIL),
}
