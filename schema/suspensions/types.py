"""A suspension as its member reads it; staff read it with the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.assignments import queries as assignments
from domain.members.rules import Role
from domain.suspensions import queries
from domain.suspensions.queries import SuspensionRecord
from domain.suspensions.rules import (
    SuspensionEvent,
    SuspensionSource,
    SuspensionState,
    available_events,
)
from schema.assignments.types import Submission, given_submission
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.enums import show_enum
from schema.ids import Tag
from schema.node import Node, node_kind, object_of
from schema.prices import Cost

SUSPENSIONS_MAX: Final = 5
QUEUE_MAX: Final = 10
SUBMISSIONS_MAX: Final = 10

show_enum(
    SuspensionState,
    description="State of a suspension. What was earned can be paid out in every one.",
    values={
        SuspensionState.PROPOSED: "For no time: a person is asked at once.",
        SuspensionState.HUMAN_REVIEW: "A person decides within 48 hours; until then the member "
        "claims and publishes nothing new.",
        SuspensionState.IMPOSED: "A person imposed it; the member reads why, and until when.",
        SuspensionState.DISMISSED: "Nothing came of it.",
        SuspensionState.APPEALED: "Another person looks at it again.",
        SuspensionState.UPHELD: "The appeal was declined, for good.",
        SuspensionState.REVERSED: "The appeal succeeded: what was lost is paid.",
    },
)
show_enum(
    SuspensionEvent,
    name="SuspensionTransition",
    description="A step of a suspension.",
    values={
        SuspensionEvent.REVIEW: "A person is asked.",
        SuspensionEvent.IMPOSE: "`suspensionImpose`, by staff.",
        SuspensionEvent.DISMISS: "`suspensionDismiss`, by staff.",
        SuspensionEvent.SILENCE: "Nobody decided within 48 hours.",
        SuspensionEvent.APPEAL: "`suspensionAppeal`.",
        SuspensionEvent.UPHOLD: "`suspensionRule`, by other staff.",
        SuspensionEvent.REVERSE: "`suspensionRule`, by other staff.",
    },
)
show_enum(
    SuspensionSource,
    description="Where a proposal comes from.",
    values={
        SuspensionSource.STAFF: "Staff; `grounds` says why.",
        SuspensionSource.RELIABILITY: "A rule: control answers, and what others answered, both "
        "speak against the member's work.",
    },
)


@strawberry.type(description="A proposal to suspend the viewer, and what people made of it.")
class Suspension(Node):
    state: SuspensionState = strawberry.field(description="Where it stands.")
    source: SuspensionSource = strawberry.field(description="Who proposed it.")
    grounds: str | None = strawberry.field(description="Why staff proposed it; null for a rule.")
    control_count: int | None = strawberry.field(
        description="Of a rule: how many control answers it looked at."
    )
    control_right_count: int | None = strawberry.field(description="How many of them were right.")
    agreement_percent: int | None = strawberry.field(
        description="Of a rule: how likely the member's other answers are, by those of others."
    )
    proposed_at: datetime = strawberry.field(description="When.")
    due_at: datetime = strawberry.field(
        description="When the proposal is dismissed, if nobody has decided."
    )
    imposed_at: datetime | None = strawberry.field(description="When a person imposed it.")
    reasons: str | None = strawberry.field(description="Why a person imposed it.")
    assignment_ids: list[strawberry.ID] = strawberry.field(
        description="The work it was imposed for; together with `campaignIds` at most 100."
    )
    campaign_ids: list[strawberry.ID] = strawberry.field(
        description="The campaigns it was imposed for."
    )
    happened_from: date | None = strawberry.field(description="First day of what happened.")
    happened_until: date | None = strawberry.field(description="Last day of it.")
    ends_at: datetime | None = strawberry.field(description="When it ends at the latest.")
    appeal_until: datetime | None = strawberry.field(
        description="Until when the member may appeal; null until it is imposed."
    )
    dismissed_at: datetime | None = strawberry.field(description="When nothing came of it.")
    dismissal: str | None = strawberry.field(description="Why; null when nobody decided in time.")
    appealed_at: datetime | None = strawberry.field(description="When the member appealed.")
    appeal: str | None = strawberry.field(description="In the member's words.")
    ruled_at: datetime | None = strawberry.field(description="When the appeal was decided.")
    ruling: str | None = strawberry.field(description="Why it was decided so.")
    ended_at: datetime | None = strawberry.field(
        description="Since when the member is as free as before; null while it lasts."
    )
    available_transitions: list[SuspensionEvent] = strawberry.field(
        description="What the viewer may do now: `APPEAL`, by `suspensionAppeal`."
    )

    @classmethod
    def of(cls, record: SuspensionRecord, context: Context) -> Self:
        encode, work, until = context.ids.encode, record.work, record.appeal_until
        is_own = record.member_id == context.viewer_id
        events = available_events(record.state, until=until, now=context.now) if is_own else ()
        return cls(
            id=encode(Tag.SUSPENSION, record.id),
            state=record.state,
            source=record.source,
            grounds=record.grounds,
            control_count=record.gold_count,
            control_right_count=record.gold_right_count,
            agreement_percent=record.agreement_percent,
            proposed_at=record.proposed_at,
            due_at=record.due_at,
            imposed_at=record.imposed_at,
            reasons=record.reasons,
            assignment_ids=[encode(Tag.ASSIGNMENT, each) for each in work.assignment_ids],
            campaign_ids=[encode(Tag.CAMPAIGN, each) for each in work.campaign_ids],
            happened_from=record.from_on,
            happened_until=record.to_on,
            ends_at=record.ends_at,
            appeal_until=until,
            dismissed_at=record.dismissed_at,
            dismissal=record.dismissal,
            appealed_at=record.appealed_at,
            appeal=record.appeal,
            ruled_at=record.ruled_at,
            ruling=record.ruling,
            ended_at=record.ended_at,
            available_transitions=list(events),
        )


@strawberry.type(description="The viewer's standing with the platform.")
class ViewerSuspensions:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Suspensions of the viewer that were proposed, newest first; at most 5.",
        directives=[Cost(weight=5, list_size=SUSPENSIONS_MAX)],
    )
    async def suspensions(self, info: Info) -> list[Suspension] | None:
        found = await queries.suspensions_of(member_id=self.key, limit=SUSPENSIONS_MAX)
        return [Suspension.of(each, info.context) for each in found]


@strawberry.type(description="What staff need to decide about a suspension.")
class SuspensionCase:
    suspension: Suspension = strawberry.field(description="What was proposed and said so far.")
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    evidence_assignment_ids: list[strawberry.ID] = strawberry.field(
        description="What it was proposed for."
    )
    evidence_campaign_ids: list[strawberry.ID] = strawberry.field(
        description="What it was proposed for."
    )
    submissions: list[Submission] = strawberry.field(
        description="What was handed in, of the evidence; at most 10.",
        directives=[Cost(list_size=SUBMISSIONS_MAX)],
    )


@strawberry.type(description="Reads.")
class SuspensionQueries:
    @strawberry.field(
        description="Proposals and appeals that wait for staff, the oldest first; at most 10. "
        "Needs the role staff.",
        directives=[Auth(scopes=["suspensions:decide"]), Cost(weight=100, list_size=QUEUE_MAX)],
    )
    async def suspension_queue(self, info: Info) -> list[SuspensionCase] | None:
        viewer = info.context.viewer
        if viewer is None or Role.STAFF not in viewer.roles:
            raise Forbidden(Role.STAFF)
        return await _cases(await queries.suspension_queue(limit=QUEUE_MAX), info.context)


async def _cases(records: Sequence[SuspensionRecord], context: Context) -> list[SuspensionCase]:
    shown = {each.id: each.evidence.assignment_ids[:SUBMISSIONS_MAX] for each in records}
    keys = list({key for some in shown.values() for key in some})
    handed_in = await assignments.submissions_of(assignment_ids=keys)
    encode = context.ids.encode
    return [
        SuspensionCase(
            suspension=Suspension.of(each, context),
            member_id=encode(Tag.MEMBER, each.member_id),
            evidence_assignment_ids=[
                encode(Tag.ASSIGNMENT, key) for key in each.evidence.assignment_ids
            ],
            evidence_campaign_ids=[encode(Tag.CAMPAIGN, key) for key in each.evidence.campaign_ids],
            submissions=[
                await given_submission(context, latest)
                for key in shown[each.id]
                for latest in handed_in[key][-1:]
            ],
        )
        for each in records
    ]


async def suspensions_seen(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, SuspensionRecord]:
    """The viewer's own."""
    return await queries.suspensions_by_id(ids=keys, viewer_id=context.viewer_id)


async def suspension_of(context: Context, key: UUID) -> Suspension | None:
    found: Suspension | None = await object_of(context, Tag.SUSPENSION, key)
    return found


async def given_suspension(context: Context, key: UUID) -> Suspension:
    """For staff, whose own it is not."""
    found = await queries.suspensions_by_id(ids=[key], viewer_id=None, as_staff=True)
    return Suspension.of(found[key], context)


node_kind(Tag.SUSPENSION, load=suspensions_seen, show=Suspension.of)
