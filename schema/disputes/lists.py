"""The viewer's own disputes, and what waits for staff."""

from __future__ import annotations

from typing import Final, Self
from uuid import UUID

import strawberry

from domain.assignments import queries as assignments
from domain.disputes import queries
from domain.disputes.queries import DisputeRecord
from domain.members.rules import Role
from schema.assignments.types import Review, Submission
from schema.auth import Auth
from schema.campaigns.loads import instructions
from schema.campaigns.types import Instructions
from schema.context import Context, Forbidden, Info
from schema.disputes.types import Dispute
from schema.money import Money
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    connection,
    counter,
    window,
)
from schema.prices import Cost

QUEUE_MAX: Final = 20
WORKER_ORDER: Final[Order[DisputeRecord]] = Order(
    name="disputesAsWorker:openedAt", keys_of=lambda record: (record.opened_at, record.id)
)
EMPLOYER_ORDER: Final[Order[DisputeRecord]] = Order(
    name="disputesAsEmployer:openedAt", keys_of=lambda record: (record.opened_at, record.id)
)


@strawberry.type(description="The viewer as a party of disputes.")
class ViewerDisputes:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Disputes that the viewer opened, newest first. Needs disputes:read.",
        directives=[Auth(scopes=["disputes:read"]), Cost(weight=5)],
    )
    async def disputes_as_worker(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Dispute] | None:
        context = info.context
        at = window(context, WORKER_ORDER, first, after, last, before)
        return connection(
            context,
            window=at,
            records=await queries.disputes_of_member(
                listing=queries.OF_WORKER, member_id=self.key, page=at.page()
            ),
            node_of=lambda record: Dispute.of(record, context),
            counted=counter(context, queries.count_of_worker, self.key),
        )

    @strawberry.field(
        description="Disputes about the viewer's rejections, newest first. Needs disputes:read.",
        directives=[Auth(scopes=["disputes:read"]), Cost(weight=5)],
    )
    async def disputes_as_employer(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Dispute] | None:
        context = info.context
        at = window(context, EMPLOYER_ORDER, first, after, last, before)
        return connection(
            context,
            window=at,
            records=await queries.disputes_of_member(
                listing=queries.OF_EMPLOYER, member_id=self.key, page=at.page()
            ),
            node_of=lambda record: Dispute.of(record, context),
            counted=counter(context, queries.count_of_employer, self.key),
        )


@strawberry.type(description="What staff need to decide a dispute: no names, no ratings.")
class DisputeCase:
    dispute: Dispute = strawberry.field(description="With what both sides said.")
    reward: Money = strawberry.field(description="What it is about.")
    instructions: Instructions | None = strawberry.field(
        description="By which the work is judged: the version that it was claimed under."
    )
    submissions: list[Submission] = strawberry.field(
        description="What was handed in, first revision first; at most 4.",
        directives=[Cost(list_size=4)],
    )
    reviews: list[Review] = strawberry.field(
        description="What the employer decided, first one first; at most 5.",
        directives=[Cost(list_size=5)],
    )

    @classmethod
    async def of(cls, record: DisputeRecord, context: Context) -> Self:
        key = record.assignment_id
        evidence = (await assignments.evidence_of(ids=[key]))[key]
        version = (evidence.campaign_id, evidence.instruction_version)
        judged_by = await context.load(instructions, version)
        return cls(
            dispute=Dispute.of(record, context),
            reward=Money.of(evidence.reward),
            instructions=None if judged_by is None else Instructions.of(judged_by),
            submissions=[
                Submission.of(each, context)
                for each in (await assignments.submissions_of(assignment_ids=[key]))[key]
            ],
            reviews=[
                Review.of(each, context)
                for each in (await assignments.reviews_of(assignment_ids=[key]))[key]
            ],
        )


@strawberry.type(description="Reads.")
class DisputeQueries:
    @strawberry.field(
        description="Disputes that wait for staff, the oldest first; at most 20. Needs the role "
        "staff.",
        directives=[Auth(scopes=["disputes:rule"]), Cost(weight=100, list_size=QUEUE_MAX)],
    )
    async def dispute_queue(self, info: Info) -> list[DisputeCase] | None:
        viewer = info.context.viewer
        if viewer is None or Role.STAFF not in viewer.roles:
            raise Forbidden(Role.STAFF)
        records = await queries.dispute_queue(limit=QUEUE_MAX)
        return [await DisputeCase.of(record, info.context) for record in records]
