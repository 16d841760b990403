"""A dispute as its two parties see it; staff see it without names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Self
from uuid import UUID

import strawberry

from domain.disputes import queries
from domain.disputes.queries import DisputeRecord
from domain.disputes.rules import (
    DisputeEvent,
    DisputeKind,
    DisputeParty,
    DisputeState,
    Ruling,
    Step,
    available_events,
    record_seed,
)
from schema.context import Context, Info
from schema.enums import show_enum
from schema.ids import Tag
from schema.node import Node, given_object, node_kind, object_of
from schema.prices import Cost
from schema.read_model import Mapped, read_as

if TYPE_CHECKING:
    from schema.assignments.types import Assignment

STEP_COUNT_MAX: Final = 13  # no way through the table has more: 7, and 3 offers of each side

show_enum(
    DisputeKind,
    description="What a dispute is about.",
    values={
        DisputeKind.REJECTION: "The worker contests a rejection; the employer answers.",
        DisputeKind.FRAUD: "The employer contests approved work, for fraud; the worker answers.",
    },
)
show_enum(
    DisputeState,
    description="State of a dispute. Money moves only when it is final.",
    values={
        DisputeState.AWAITING_ANSWER: "72 hours to answer. An employer's silence pays the worker; "
        "a worker's leaves it to staff.",
        DisputeState.MEDIATION: "Both have spoken; either may ask for a decision.",
        DisputeState.PANEL: "Three reviewers or staff decide, within nine days of the opening.",
        DisputeState.DECIDED: "Either may appeal within seven days.",
        DisputeState.APPEALED: "Other staff decide, for good.",
        DisputeState.FINAL: "Over; the money has moved.",
    },
)
show_enum(
    DisputeEvent,
    name="DisputeTransition",
    description="A step of a dispute.",
    values={
        DisputeEvent.OPEN: "`disputeOpen`.",
        DisputeEvent.ANSWER: "`disputeAnswer`.",
        DisputeEvent.CONCEDE: "`disputeConcede`.",
        DisputeEvent.ADMIT: "`disputeConcede` of fraud, where some of the reward is paid out "
        "already: staff decide.",
        DisputeEvent.OFFER: "`disputeOffer`.",
        DisputeEvent.AGREE: "Both offers are equal.",
        DisputeEvent.SILENCE: "No answer came in time.",
        DisputeEvent.ESCALATE: "`disputeEscalate`, or 72 hours of mediation passed.",
        DisputeEvent.RULE: "`disputeRule` by staff, or `disputeVote` by two reviewers who agree.",
        DisputeEvent.MISS: "The platform did not decide in time.",
        DisputeEvent.APPEAL: "`disputeAppeal`.",
        DisputeEvent.ACCEPT: "`disputeAccept`.",
        DisputeEvent.CLOSE: "Nobody appealed in time.",
    },
)
show_enum(
    Ruling,
    name="DisputeRuling",
    description="For whom a dispute is decided.",
    values={
        Ruling.WORKER: "The worker is paid, or keeps the reward.",
        Ruling.EMPLOYER: "The rejection stands, or it was fraud and the employer is paid back.",
        Ruling.SPLIT: "The worker is paid a share of the reward; the employer gets the rest back.",
        Ruling.PLATFORM: "The platform was late: the employer gets the money back, and the "
        "worker is paid, or was, at the platform's cost.",
    },
)
show_enum(
    DisputeParty,
    description="Who did a step.",
    values={
        DisputeParty.WORKER: "The worker.",
        DisputeParty.EMPLOYER: "The employer.",
        DisputeParty.PANEL: "A panel: two of three reviewers, who agree.",
        DisputeParty.STAFF: "Staff of the platform.",
        DisputeParty.CLOCK: "A deadline passed.",
    },
)


@strawberry.type(description="One line of the record; it never changes.")
class DisputeStep:
    position: int = strawberry.field(description="Counts from 1.", directives=[Cost(weight=0)])
    event: DisputeEvent = strawberry.field(description="What was done.")
    party: DisputeParty = strawberry.field(description="Who did it.", directives=[Cost(weight=0)])
    text: str | None = strawberry.field(description="What they said.")
    ruling: Ruling | None = strawberry.field(
        description="Where it decided something.", directives=[Cost(weight=0)]
    )
    worker_percent: int | None = strawberry.field(
        description="The worker's share, by a split or an offer.", directives=[Cost(weight=0)]
    )
    at: datetime = strawberry.field(description="When.")
    hash: str = strawberry.field(
        description="SHA-256 over this line and the hash before it, in hexadecimal digits.",
        directives=[Cost(weight=0)],
    )

    @classmethod
    def of(cls, step: Step) -> Self:
        return cls(
            position=step.position,
            event=step.event,
            party=step.party,
            text=step.text,
            ruling=step.ruling,
            worker_percent=step.percent,
            at=step.at,
            hash=step.hash.hex(),
        )


@strawberry.type(description="A contested rejection, or approved work contested for fraud.")
class Dispute(Node):
    record: strawberry.Private[DisputeRecord]
    kind: DisputeKind = strawberry.field(description="What it is about, and so who answers.")
    state: DisputeState = strawberry.field(description="Where it stands.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    due_at: datetime | None = strawberry.field(
        description="When it goes on by itself; null once it is final."
    )
    ruling: Ruling | None = strawberry.field(
        description="As decided so far; an appeal may change it until the dispute is final."
    )
    worker_percent: int | None = strawberry.field(description="The worker's share, by a split.")
    worker_offer: int | None = strawberry.field(
        description="The worker's share, in percent, that the worker agrees to; null before "
        "`disputeOffer`."
    )
    employer_offer: int | None = strawberry.field(
        description="The worker's share, in percent, that the employer agrees to; null before "
        "`disputeOffer`."
    )
    ruled_at: datetime | None = strawberry.field(description="When it was first decided.")
    final_at: datetime | None = strawberry.field(description="When the money moved.")
    record_seed: str = strawberry.field(
        description="Stands in front of the first line when `steps` are hashed, in hexadecimal "
        "digits."
    )

    @classmethod
    def of(cls, record: DisputeRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.DISPUTE, record.id),
            record=record,
            kind=record.kind,
            state=record.state,
            opened_at=record.opened_at,
            due_at=record.due_at,
            ruling=record.ruling,
            worker_percent=record.percent,
            worker_offer=record.offers.of_worker,
            employer_offer=record.offers.of_employer,
            ruled_at=record.ruled_at,
            final_at=record.final_at,
            record_seed=record_seed(record.id).hex(),
        )

    @strawberry.field(description="The assignment it is about; null for staff.")
    async def assignment(
        self, info: Info
    ) -> Annotated[Assignment, strawberry.lazy("schema.assignments.types")] | None:
        key = self.record.assignment_id
        found: Assignment | None = await object_of(info.context, Tag.ASSIGNMENT, key)
        return found

    @strawberry.field(
        description="The record, first line first; at most 13.",
        directives=[Cost(list_size=STEP_COUNT_MAX)],
    )
    async def steps(self, info: Info) -> list[DisputeStep] | None:
        found = await info.context.load(steps_of, self.record.id)
        return [DisputeStep.of(each) for each in found or ()]

    @strawberry.field(description="What the viewer may do with it now.")
    def available_transitions(self, info: Info) -> list[DisputeEvent]:
        is_worker = self.record.worker_id == info.context.viewer_id
        party = DisputeParty.WORKER if is_worker else DisputeParty.EMPLOYER
        count = self.record.offers.count_of(party)
        return list(
            available_events(
                self.state, for_worker=is_worker, offer_count=count, kind=self.record.kind
            )
        )


async def disputes_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, DisputeRecord]:
    """Those the viewer is a party of."""
    return await queries.disputes_by_id(ids=keys, viewer_id=context.viewer_id)


async def disputes_of(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, DisputeRecord]:
    """By assignment."""
    if context.viewer_id is None:
        return {}
    return await queries.disputes_of_assignments(ids=keys, viewer_id=context.viewer_id)


async def steps_of(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[Step]]:
    return await queries.steps_of_disputes(ids=keys)


async def dispute_of(context: Context, key: UUID) -> Dispute | None:
    found: Dispute | None = await object_of(context, Tag.DISPUTE, key)
    return found


async def given_dispute(context: Context, record: DisputeRecord) -> Dispute:
    """For staff, who are no party of it."""

    async def made() -> Dispute:
        return Dispute.of(record, context)

    found: Dispute = await given_object(context, Tag.DISPUTE, record.id, made)
    return found


node_kind(Tag.DISPUTE, load=disputes_seen, show=Dispute.of)
read_as("Dispute", Mapped(entity="Dispute", tag=Tag.DISPUTE))
