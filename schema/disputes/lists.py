"""The viewer's own disputes, and what waits for staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.assignments import queries as assignments
from domain.disputes import queries
from domain.disputes.queries import DisputeRecord
from domain.disputes.rules import DisputeParty
from domain.members.rules import Role
from domain.messages.queries import Said, messages_in_dispute
from schema.assignments.types import Review, Submission, given_review, given_submission
from schema.auth import Auth
from schema.campaigns.loads import instructions
from schema.campaigns.terms import Instructions
from schema.context import Context, Forbidden, Info
from schema.disputes.types import Dispute, given_dispute
from schema.money import Money
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
from schema.prices import Cost

QUEUE_MAX: Final = 20
MESSAGES_MAX: Final = 20
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
        description="Disputes about the viewer's work, newest first. Needs disputes:read.",
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
        found: Connection[Dispute] = await page_of(
            context,
            target="Dispute",
            listing=queries.OF_WORKER,
            parent_id=self.key,
            window=at,
            where=None,
            records=lambda: queries.disputes_of_member(
                listing=queries.OF_WORKER, member_id=self.key, page=at.page()
            ),
            node_of=lambda record: Dispute.of(record, context),
            counted=counter(context, queries.count_of_worker, self.key),
        )
        return found

    @strawberry.field(
        description="Disputes about the viewer's decisions, newest first. Needs disputes:read.",
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
        found: Connection[Dispute] = await page_of(
            context,
            target="Dispute",
            listing=queries.OF_EMPLOYER,
            parent_id=self.key,
            window=at,
            where=None,
            records=lambda: queries.disputes_of_member(
                listing=queries.OF_EMPLOYER, member_id=self.key, page=at.page()
            ),
            node_of=lambda record: Dispute.of(record, context),
            counted=counter(context, queries.count_of_employer, self.key),
        )
        return found


@strawberry.type(description="What one side wrote to the other about the work.")
class DisputeMessage:
    party: DisputeParty = strawberry.field(description="Which side.")
    text: str = strawberry.field(description="Contact data in it is replaced by •••.")
    sent_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, said: Said) -> Self:
        party = DisputeParty.WORKER if said.is_of_worker else DisputeParty.EMPLOYER
        return cls(party=party, text=said.text, sent_at=said.sent_at)


@strawberry.type(description="What staff need to decide a dispute: no names, no ratings.")
class DisputeCase:
    dispute: Dispute = strawberry.field(description="With what both sides said.")
    reward: Money = strawberry.field(description="What it is about.")
    instructions: Instructions = strawberry.field(
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
    messages: list[DisputeMessage] = strawberry.field(
        description="What both wrote about this work, first one first; the newest 20.",
        directives=[Cost(list_size=MESSAGES_MAX)],
    )


async def cases_of(records: Sequence[DisputeRecord], context: Context) -> list[DisputeCase]:
    """All of them by one statement per kind of evidence."""
    keys = [record.assignment_id for record in records]
    evidence = await assignments.evidence_of(ids=keys)
    versions = [(each.campaign_id, each.instruction_version) for each in evidence.values()]
    judged_by = await instructions(context, versions)
    handed_in = await assignments.submissions_of(assignment_ids=keys)
    decided = await assignments.reviews_of(assignment_ids=keys)
    written = await messages_in_dispute(assignment_ids=keys, limit=MESSAGES_MAX)
    return [
        DisputeCase(
            dispute=await given_dispute(context, record),
            reward=Money.of(evidence[key].reward),
            instructions=Instructions.of(
                judged_by[evidence[key].campaign_id, evidence[key].instruction_version],
                context,
            ),
            submissions=[await given_submission(context, each) for each in handed_in[key]],
            reviews=[await given_review(context, each) for each in decided[key]],
            messages=[DisputeMessage.of(each) for each in written[key]],
        )
        for record in records
        for key in (record.assignment_id,)
    ]


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
        return await cases_of(records, info.context)
