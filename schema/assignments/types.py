"""An assignment with what was handed in under it; its two parties see it, nobody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Self
from uuid import UUID

import strawberry

from domain.assignments import queries
from domain.assignments.queries import AssignmentRecord, ReviewRecord, SubmissionRecord
from domain.assignments.rules import (
    AssignmentEvent,
    AssignmentState,
    DecidedBy,
    Decision,
    ReasonCode,
    available_events,
    reversible_until,
)
from domain.campaigns.queries import InstructionRecord
from domain.campaigns.rules.variables import filled
from domain.contacts import ContactKind
from domain.disputes.rules import fraud_disputable_until
from domain.links import links_in
from domain.rewards.queries import LISTED_MAX as BONUSES_MAX
from schema import contacts as _shown  # noqa: F401  # the enum used below
from schema.assignments.items import SubmissionItem, item_of
from schema.campaigns.loads import instructions
from schema.campaigns.purpose import DataUse
from schema.campaigns.terms import Instructions
from schema.context import Context, Info
from schema.ids import Tag
from schema.leads import Link
from schema.members import Member, member_of
from schema.money import Money
from schema.node import Node, given_object, node_kind, object_of, shown
from schema.prices import Cost
from schema.ratings import Rating, ratings_of
from schema.read_model import Mapped, read_as
from schema.rewards import Bonus, bonuses_of
from schema.tasks import Task, tasks_seen
from schema.workers import standings

if TYPE_CHECKING:
    from schema.assignments.rejections import RejectionRequest
    from schema.campaigns.types import Campaign
    from schema.disputes.types import Dispute

REJECTED: Final = frozenset({AssignmentState.REJECTED, AssignmentState.CLOSED_REJECTED})


@strawberry.type(description="What the worker said to a question of the instructions.")
class CheckAnswer:
    id: strawberry.ID = strawberry.field(description="Of the question.")
    text: str = strawberry.field(description="The answer.")


@strawberry.type(description="One revision of what a worker handed in.")
class Submission(Node):
    revision: int = strawberry.field(description="Counts from 1.")
    received_at: datetime = strawberry.field(description="When it was handed in.")
    items: list[SubmissionItem] = strawberry.field(description="Answers and proofs, at most 50.")
    check_answers: list[CheckAnswer] = strawberry.field(
        description="Answers to the questions of the instructions."
    )
    failed_check_count: int | None = strawberry.field(
        description="How many of those are wrong; null where nothing was asked, and for everybody "
        "but the employer."
    )
    contact_kinds: list[ContactKind] = strawberry.field(
        description="What contact data was found in it; masked, unless the campaign collects it."
    )

    @classmethod
    def of(cls, record: SubmissionRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.SUBMISSION, record.id),
            revision=record.revision,
            received_at=record.received_at,
            items=[item_of(each, context) for each in record.items],
            check_answers=[
                CheckAnswer(id=strawberry.ID(each.id), text=each.text)
                for each in record.check_answers
            ],
            failed_check_count=record.failed_check_count
            if context.viewer_id == record.employer_id
            else None,
            contact_kinds=list(record.contact_kinds),
        )


@strawberry.type(description="One decision of the employer.")
class Review(Node):
    revision: int = strawberry.field(description="The submission it is about.")
    decision: Decision = strawberry.field(description="What was decided.")
    reason_code: ReasonCode | None = strawberry.field(description="Of a rejection.")
    clause_id: strawberry.ID | None = strawberry.field(
        description="The clause of the instructions that was not followed."
    )
    text: str | None = strawberry.field(description="For the worker.")
    decided_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: ReviewRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.REVIEW, record.id),
            revision=record.revision,
            decision=record.decision,
            reason_code=record.reason_code,
            clause_id=None if record.clause_id is None else strawberry.ID(record.clause_id),
            text=record.text,
            decided_at=record.decided_at,
        )


@strawberry.type(description="A worker's claim on one place of a task.")
class Assignment(Node):
    record: strawberry.Private[AssignmentRecord]
    state: AssignmentState = strawberry.field(description="Where it stands.")
    reward: Money = strawberry.field(description="What the worker gets on approval.")
    awarded: Money | None = strawberry.field(
        description="What the worker got of it by a split ruling; null without one."
    )
    revision_count: int = strawberry.field(description="How often a revision was asked.")
    claimed_at: datetime = strawberry.field(description="When the place was taken.")
    deadline_at: datetime = strawberry.field(description="Until when the work may be handed in.")
    submitted_at: datetime | None = strawberry.field(description="When it was last handed in.")
    approves_at: datetime | None = strawberry.field(
        description="When it counts as approved if the employer says nothing."
    )
    payable_at: datetime | None = strawberry.field(
        description="When the reward may be paid out, at the latest; null while that is open."
    )
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    decided_by: DecidedBy | None = strawberry.field(description="Who or what decided.")
    agreed_data_use: DataUse | None = strawberry.field(
        description="What its data is for, as the worker was told at the claim; it never changes. "
        "Null for claims from before campaigns said so."
    )
    reversible_until: datetime | None = strawberry.field(
        description="Until when the employer may take the rejection back; null for none."
    )

    @classmethod
    def of(cls, record: AssignmentRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.ASSIGNMENT, record.id),
            record=record,
            state=record.state,
            reward=Money.of(record.reward),
            awarded=None if record.awarded is None else Money.of(record.awarded),
            revision_count=record.revision_count,
            claimed_at=record.claimed_at,
            deadline_at=record.deadline_at,
            submitted_at=record.submitted_at,
            approves_at=record.approves_at,
            payable_at=record.payable_at,
            decided_at=record.decided_at,
            decided_by=record.decided_by,
            agreed_data_use=None
            if record.agreed_data_use is None
            else DataUse.of(record.agreed_data_use),
            reversible_until=reversible_until(
                is_rejected=record.state in REJECTED,
                is_our_delay=record.decided_by is DecidedBy.PLATFORM,
                decided_at=record.decided_at,
            ),
        )

    @strawberry.field(description="Who claimed it.")
    async def worker(self, info: Info) -> Member | None:
        return await member_of(info.context, self.record.worker_id)

    @strawberry.field(description="The worker's level now, 0 to 10; both parties see it.")
    async def worker_level(self, info: Info) -> int:
        found = await info.context.load(standings, self.record.worker_id)
        return 0 if found is None else found.level

    @strawberry.field(description="What there is to do.")
    async def task(self, info: Info) -> Task | None:
        record = await info.context.load(tasks_seen, self.record.task_id)
        return None if record is None else Task.of(record, info.context)

    @strawberry.field(description="The campaign it belongs to.")
    async def campaign(
        self, info: Info
    ) -> Annotated[Campaign, strawberry.lazy("schema.campaigns.types")] | None:
        key = self.record.campaign_id
        found: Campaign | None = await object_of(info.context, Tag.CAMPAIGN, key)
        return found

    @strawberry.field(description="The instructions it was claimed under, and is judged by.")
    async def instructions(self, info: Info) -> Instructions | None:
        key = (self.record.campaign_id, self.record.instruction_version)
        record: InstructionRecord | None = await info.context.load(instructions, key)
        return None if record is None else Instructions.of(record, info.context)

    @strawberry.field(
        description="Their text with the values of this task for what they leave open, such as "
        "`{{city}}`. It never changes."
    )
    async def filled_instructions(self, info: Info) -> str | None:
        return await self._filled(info.context)

    @strawberry.field(description="Addresses in that text, at most 10.")
    async def filled_links(self, info: Info) -> list[Link] | None:
        text = await self._filled(info.context)
        if text is None:
            return None
        return [Link.of(each) for each in links_in(text, own_host=info.context.services.own_host)]

    async def _filled(self, context: Context) -> str | None:
        key = (self.record.campaign_id, self.record.instruction_version)
        record: InstructionRecord | None = await context.load(instructions, key)
        task = await context.load(tasks_seen, self.record.task_id)
        return None if record is None or task is None else filled(record.text, task.variables)

    @strawberry.field(
        description="What was handed in, first revision first; at most 4.",
        directives=[Cost(weight=5, list_size=4)],
    )
    async def submissions(self, info: Info) -> list[Submission] | None:
        found = await info.context.load(submissions_of, self.record.id)
        return [Submission.of(each, info.context) for each in found or ()]

    @strawberry.field(
        description="The employer's decisions, first one first; at most 5.",
        directives=[Cost(weight=5, list_size=5)],
    )
    async def reviews(self, info: Info) -> list[Review] | None:
        found = await info.context.load(reviews_of, self.record.id)
        return [Review.of(each, info.context) for each in found or ()]

    @strawberry.field(
        description="What the parties think of each other, as far as the viewer may see it; "
        "at most 2.",
        directives=[Cost(weight=5, list_size=2)],
    )
    async def ratings(self, info: Info) -> list[Rating] | None:
        found = await info.context.load(ratings_of, self.record.id)
        return [Rating.of(each, info.context) for each in found or ()]

    @strawberry.field(
        description="What the employer paid on top, newest first; at most 5.",
        directives=[Cost(weight=1, list_size=BONUSES_MAX)],
    )
    async def bonuses(self, info: Info) -> list[Bonus] | None:
        found = await info.context.load(bonuses_of, self.record.id)
        return [Bonus.of(each, info.context) for each in found or ()]

    @strawberry.field(
        description="Until when its employer may contest it for fraud; null for what is not "
        "approved, and for what was contested once."
    )
    async def fraud_disputable_until(self, info: Info) -> datetime | None:
        from schema.disputes.types import disputes_of  # noqa: PLC0415  # each refers to the other

        return fraud_disputable_until(
            is_approved=self.state is AssignmentState.APPROVED,
            decided_at=self.decided_at,
            is_disputed=await info.context.load(disputes_of, self.record.id) is not None,
        )

    @strawberry.field(
        description="The worker contests the rejection, or the employer the work for fraud; null "
        "while nobody does."
    )
    async def dispute(
        self, info: Info
    ) -> Annotated[Dispute, strawberry.lazy("schema.disputes.types")] | None:
        from schema.disputes.types import disputes_of  # noqa: PLC0415  # each refers to the other

        found = await info.context.load(disputes_of, self.record.id)
        return None if found is None else shown(info.context, Tag.DISPUTE, found)

    @strawberry.field(
        description="What the employer asked staff about it; null for anybody else, and for most."
    )
    async def rejection_request(
        self, info: Info
    ) -> Annotated[RejectionRequest, strawberry.lazy("schema.assignments.rejections")] | None:
        from schema.assignments.rejections import requests_of  # noqa: PLC0415  # as above

        found = await info.context.load(requests_of, self.record.id)
        return None if found is None else shown(info.context, Tag.REJECTION_REQUEST, found)

    @strawberry.field(description="What the viewer may do with it now.")
    def available_transitions(self, info: Info) -> list[AssignmentEvent]:
        is_worker = self.record.worker_id == info.context.viewer_id
        due_at = self.record.approves_at
        is_due = due_at is not None and due_at <= info.context.now
        return list(available_events(self.state, for_worker=is_worker, is_due=is_due))


async def assignments_seen(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, AssignmentRecord]:
    """Those the viewer is a party of."""
    if context.viewer_id is None:
        return {}
    return await queries.assignments_by_id(ids=keys, viewer_id=context.viewer_id)


async def submissions_of(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[SubmissionRecord]]:
    return await queries.submissions_of(assignment_ids=keys)


async def reviews_of(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[ReviewRecord]]:
    return await queries.reviews_of(assignment_ids=keys)


async def submissions_seen(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, SubmissionRecord]:
    if context.viewer_id is None:
        return {}
    return await queries.submissions_by_id(ids=keys, viewer_id=context.viewer_id)


async def reviews_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, ReviewRecord]:
    if context.viewer_id is None:
        return {}
    return await queries.reviews_by_id(ids=keys, viewer_id=context.viewer_id)


async def assignment_of(context: Context, key: UUID) -> Assignment | None:
    found: Assignment | None = await object_of(context, Tag.ASSIGNMENT, key)
    return found


async def given_submission(context: Context, record: SubmissionRecord) -> Submission:
    """For staff who decide a dispute, and are no party of it."""

    async def made() -> Submission:
        return Submission.of(record, context)

    found: Submission = await given_object(context, Tag.SUBMISSION, record.id, made)
    return found


async def given_review(context: Context, record: ReviewRecord) -> Review:
    """As `given_submission`."""

    async def made() -> Review:
        return Review.of(record, context)

    found: Review = await given_object(context, Tag.REVIEW, record.id, made)
    return found


node_kind(Tag.ASSIGNMENT, load=assignments_seen, show=Assignment.of)
node_kind(Tag.SUBMISSION, load=submissions_seen, show=Submission.of)
node_kind(Tag.REVIEW, load=reviews_seen, show=Review.of)
read_as("Assignment", Mapped(entity="Assignment", tag=Tag.ASSIGNMENT))
read_as("Submission", Mapped(entity="Submission", tag=Tag.SUBMISSION))
read_as("Review", Mapped(entity="Review", tag=Tag.REVIEW))
