"""A risk case as staff read it, and what its member reads of the measure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

import strawberry

from domain.members.rules import Role
from domain.risk import queries
from domain.risk.queries import SIGNALS_MAX, RiskCaseRecord, SignalRecord
from domain.risk.rules import RiskEvent, RiskMeasure, RiskState, SignalKind, available_events
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.enums import show_enum
from schema.errors import InvalidId
from schema.ids import Tag
from schema.prices import Cost

QUEUE_MAX: Final = 20
CASES_MAX: Final = 5
STAFF: Final = "risk:decide"

show_enum(
    RiskState,
    description="State of a risk case. None of them keeps a member from anything.",
    values={
        RiskState.SIGNALLED: "Something was found, too little for anybody to look.",
        RiskState.OPEN: "A person has to look.",
        RiskState.IN_REVIEW: "Somebody looks at it.",
        RiskState.CLEARED: "There is nothing to it.",
        RiskState.ACTIONED: "A person took a measure; `measure` says which.",
    },
)
show_enum(
    RiskEvent,
    name="RiskTransition",
    description="A step of a risk case.",
    values={
        RiskEvent.REACH: "The score is high enough.",
        RiskEvent.TAKE: "`riskCaseTake`.",
        RiskEvent.CLEAR: "`riskCaseClear`.",
        RiskEvent.ACT: "`riskCaseAct`.",
    },
)
show_enum(
    RiskMeasure,
    description="What a person may do about a risk case.",
    values={
        RiskMeasure.CLAIM_ALLOWANCE: "Fewer claims a day, until a date.",
        RiskMeasure.SUSPENSION_PROPOSAL: "The proposal of a suspension; another person decides.",
    },
)
show_enum(
    SignalKind,
    name="RiskSignalKind",
    description="What was found of a member.",
    values={
        SignalKind.PAYEE_SHARED: "Another member is, or was, paid to the same account.",
        SignalKind.TAX_NUMBER_SHARED: "Another member has given the same tax number.",
        SignalKind.ADDRESS_SHARED: "One to four other members sign in from the same address.",
        SignalKind.SELF_REFERRAL: "Invited by, or inviting, somebody of the same name and day of "
        "birth.",
        SignalKind.CONTROLS_FAILED: "Most control tasks and control questions were answered "
        "wrongly.",
        SignalKind.HASTE: "Most work took less than a fifth of the time that others take.",
    },
)


@strawberry.type(description="Something that was found of a member.")
class RiskSignal:
    kind: SignalKind = strawberry.field(description="What.")
    points: int = strawberry.field(description="What it adds to the score, 1 to 100.")
    other_member_id: strawberry.ID | None = strawberry.field(
        description="The other member, where two are alike."
    )
    assignment_ids: list[strawberry.ID] = strawberry.field(
        description="The work it is about, at most 100 pieces."
    )
    found_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: SignalRecord, context: Context) -> Self:
        encode, other = context.ids.encode, record.other_id
        return cls(
            kind=record.kind,
            points=record.points,
            other_member_id=None if other is None else encode(Tag.MEMBER, other),
            assignment_ids=[encode(Tag.ASSIGNMENT, each) for each in record.assignment_ids],
            found_at=record.found_at,
        )


@strawberry.type(description="What was found of a member since the last case, and what came of it.")
class RiskCase:
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    state: RiskState = strawberry.field(description="Where it stands.")
    score: int = strawberry.field(
        description="0 to 100: the points of the last 180 days, each kind once."
    )
    signals: list[RiskSignal] = strawberry.field(
        description="Why; those with the most points first, at most 20.",
        directives=[Cost(list_size=SIGNALS_MAX)],
    )
    begun_at: datetime = strawberry.field(description="When something was first found.")
    opened_at: datetime | None = strawberry.field(description="Since when a person has to look.")
    taken_at: datetime | None = strawberry.field(description="Since when somebody looks.")
    taken_by_id: strawberry.ID | None = strawberry.field(description="Who of the staff.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    decision: str | None = strawberry.field(description="Why it was decided so.")
    measure: RiskMeasure | None = strawberry.field(description="What was done; null if nothing.")
    suspension_id: strawberry.ID | None = strawberry.field(description="What was proposed.")
    available_transitions: list[RiskEvent] = strawberry.field(
        description="What the viewer may do now."
    )

    @classmethod
    def of(cls, record: RiskCaseRecord, context: Context) -> Self:
        encode = context.ids.encode
        taken_by, suspension_id = record.taken_by, record.suspension_id
        is_taker = taken_by is not None and taken_by == context.viewer_id
        return cls(
            member_id=encode(Tag.MEMBER, record.member_id),
            state=record.state,
            score=record.score,
            signals=[RiskSignal.of(each, context) for each in record.signals],
            begun_at=record.begun_at,
            opened_at=record.opened_at,
            taken_at=record.taken_at,
            taken_by_id=None if taken_by is None else encode(Tag.MEMBER, taken_by),
            decided_at=record.decided_at,
            decision=record.decision,
            measure=record.measure,
            suspension_id=None if suspension_id is None else encode(Tag.SUSPENSION, suspension_id),
            available_transitions=list(available_events(record.state, is_taker=is_taker)),
        )


@strawberry.type(description="Reads.")
class RiskQueries:
    @strawberry.field(
        description="Members whom a person has to look at, the highest score first; at most 20. "
        "Needs the role staff.",
        directives=[Auth(scopes=[STAFF]), Cost(weight=20, list_size=QUEUE_MAX)],
    )
    async def risk_queue(self, info: Info) -> list[RiskCase] | None:
        _require_staff(info.context)
        found = await queries.risk_queue(limit=QUEUE_MAX)
        return [RiskCase.of(each, info.context) for each in found]

    @strawberry.field(
        description="What was found of a member, newest case first; at most 5. "
        "Needs the role staff.",
        directives=[Auth(scopes=[STAFF]), Cost(weight=20, list_size=CASES_MAX)],
    )
    async def risk_cases(
        self,
        info: Info,
        member_id: Annotated[strawberry.ID, strawberry.argument(description="Whose.")],
    ) -> list[RiskCase] | None:
        context = info.context
        _require_staff(context)
        try:
            key = context.ids.decode(Tag.MEMBER, member_id)
        except InvalidId:
            return None
        found = await queries.risk_cases_of(member_id=key, limit=CASES_MAX)
        return [RiskCase.of(each, context) for each in found]


def _require_staff(context: Context) -> None:
    if context.viewer is None or Role.STAFF not in context.viewer.roles:
        raise Forbidden(Role.STAFF)


async def live_case(context: Context, key: UUID) -> RiskCase:
    """The member's newest, after staff have changed it."""
    (found,) = await queries.risk_cases_of(member_id=key, limit=1)
    return RiskCase.of(found, context)
