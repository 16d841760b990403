"""What a reviewer of a panel sees and says: the work and both statements, and not whose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import strawberry

from domain.assignments import queries as assignments
from domain.assignments.rules import Decision, ReasonCode
from domain.disputes import operations, queries
from domain.disputes.queries import SeatRecord
from domain.disputes.rules import OPEN_SEAT_COUNT_MAX, DisputeParty, Ruling, Verdict
from domain.errors import Refused
from schema.assignments.items import SubmissionItem, item_of
from schema.auth import Auth
from schema.campaigns.loads import instructions
from schema.campaigns.terms import Instructions
from schema.context import Context, Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost

ITEMS_MAX: Final = 50


@strawberry.type(description="What one side of a dispute says.")
class PanelStatement:
    party: DisputeParty = strawberry.field(description="Which side.")
    text: str = strawberry.field(description="Contact data in it is replaced by •••.")


@strawberry.type(
    description="A dispute as a reviewer of its panel sees it: no names, no ids, no ratings, no "
    "price, and no vote of anybody else."
)
class PanelCase:
    seat_id: strawberry.ID = strawberry.field(description="Names it in `disputeVote`.")
    due_at: datetime = strawberry.field(description="Until when the viewer may vote.")
    instructions: Instructions = strawberry.field(
        description="By which the work is judged: the version that it was claimed under."
    )
    items: list[SubmissionItem] = strawberry.field(
        description="What was handed in last, at most 50.", directives=[Cost(list_size=ITEMS_MAX)]
    )
    reason_code: ReasonCode | None = strawberry.field(description="Of the rejection.")
    clause_id: str | None = strawberry.field(description="Which clause it names.")
    reason: str | None = strawberry.field(description="How the employer explained it.")
    statements: list[PanelStatement] = strawberry.field(
        description="What both sides say, the one that contests first; at most 2.",
        directives=[Cost(list_size=2)],
    )
    ruling: Ruling | None = strawberry.field(description="The viewer's own vote.")
    worker_percent: int | None = strawberry.field(description="Of the viewer's own vote.")
    viewer_can_vote: bool = strawberry.field(description="Whether it still counts.")


async def cases_of(seats: Sequence[SeatRecord], context: Context) -> list[PanelCase]:
    """All of them by one statement per kind of evidence."""
    keys = [seat.assignment_id for seat in seats]
    evidence = await assignments.evidence_of(ids=keys)
    versions = [(each.campaign_id, each.instruction_version) for each in evidence.values()]
    judged_by = await instructions(context, versions)
    handed_in = await assignments.submissions_of(assignment_ids=keys)
    decided = await assignments.reviews_of(assignment_ids=keys)
    said = await queries.statements_of(ids=[seat.dispute_id for seat in seats])
    found = []
    for seat in seats:
        about = evidence[seat.assignment_id]
        reviews = decided[seat.assignment_id]
        why = next((each for each in reversed(reviews) if each.decision is Decision.REJECT), None)
        version = judged_by[about.campaign_id, about.instruction_version]
        found.append(
            PanelCase(
                seat_id=strawberry.ID(context.ids.encode(Tag.PANEL_SEAT, seat.id)),
                due_at=seat.due_at,
                instructions=Instructions.of(version, context),
                items=[item_of(each, context) for each in handed_in[seat.assignment_id][-1].items],
                reason_code=None if why is None else why.reason_code,
                clause_id=None if why is None else why.clause_id,
                reason=None if why is None else why.text,
                statements=[
                    PanelStatement(party=party, text=text) for party, text in said[seat.dispute_id]
                ],
                ruling=None if seat.vote is None else seat.vote.ruling,
                worker_percent=None if seat.vote is None else seat.vote.percent,
                viewer_can_vote=seat.is_open and context.now < seat.due_at,
            )
        )
    return found


@strawberry.type(description="Reads.")
class PanelQueries:
    @strawberry.field(
        description="Disputes that the viewer is asked to vote on, as one of three reviewers; at "
        "most 3. Needs disputes:read.",
        directives=[
            Auth(scopes=["disputes:read"]),
            Cost(weight=20, list_size=OPEN_SEAT_COUNT_MAX),
        ],
    )
    async def panel_cases(self, info: Info) -> list[PanelCase] | None:
        context = info.context
        if context.viewer_id is None:
            return []
        seats = await queries.open_seats(
            reviewer_id=context.viewer_id, now=context.now, limit=OPEN_SEAT_COUNT_MAX
        )
        return await cases_of(seats, context)


@strawberry.input(description="Votes on a dispute.")
class DisputeVoteInput:
    seat_id: strawberry.ID = strawberry.field(description="From `panelCases`.")
    ruling: Ruling = strawberry.field(description="`WORKER`, `EMPLOYER` or `SPLIT`.")
    worker_percent: int | None = strawberry.field(
        default=None, description="25, 50 or 75: with `SPLIT`, and only then."
    )
    text: str = strawberry.field(
        description="Why, in 20 to 1,000 characters; both sides read it, without a name, where "
        "two reviewers agree."
    )


@strawberry.type(description="Outcome of `disputeVote`.")
class DisputeVotePayload(Payload):
    case: PanelCase | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class PanelMutations:
    @strawberry.mutation(
        description="Vote as one of three reviewers, once; what two of them say decides, and may "
        "be appealed. Needs disputes:write.",
        directives=[Auth(scopes=["disputes:write"]), Cost(weight=10)],
    )
    async def dispute_vote(
        self, info: Info, input: In[DisputeVoteInput]
    ) -> DisputeVotePayload | None:
        context = info.context
        try:
            viewer_id = context.signed_in().member_id
            key = context.ids.decode(Tag.PANEL_SEAT, input.seat_id, "seat_id")
            await operations.vote_on_panel(
                reviewer_id=viewer_id,
                seat_id=key,
                verdict=Verdict(input.ruling, input.worker_percent),
                text=input.text,
                now=context.now,
            )
        except Refused as refusal:
            return DisputeVotePayload(errors=[user_error(refusal, {"": ["seatId"]})])
        seat = await queries.own_seat(seat_id=key, reviewer_id=viewer_id)
        cases = [] if seat is None else await cases_of([seat], context.renewed())
        return DisputeVotePayload(case=cases[0] if cases else None)
