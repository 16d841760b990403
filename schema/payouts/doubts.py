"""Payments that wait for people, and what they propose; for finance."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Self

import strawberry

from domain.members.rules import Role
from domain.payouts import queries
from domain.payouts.queries import DoubtRecord, ResolutionRecord
from domain.payouts.rules import AttemptState, FrozenReason, ResolutionState, Verdict
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.enums import show_enum
from schema.ids import Tag
from schema.prices import Cost

UNKNOWN_FOR: Final = timedelta(days=3)

show_enum(
    Verdict,
    name="PayoutVerdict",
    description="What people found out about a payment.",
    values={
        Verdict.PAID: "The member has the money.",
        Verdict.NOT_PAID: "It was never executed; the money goes back to the earnings.",
        Verdict.RETURNED: "It came back to us; the money goes back to the earnings.",
    },
)
show_enum(
    ResolutionState,
    name="PayoutResolutionState",
    description="State of a proposal.",
    values={
        ResolutionState.PROPOSED: "Waits for another person.",
        ResolutionState.APPROVED: "Carried out.",
        ResolutionState.DECLINED: "Taken back or refused; nothing moved.",
    },
)
show_enum(
    AttemptState,
    name="PayoutAttemptState",
    description="State of one try to pay.",
    values={
        AttemptState.PREPARED: "In a batch that was not sent yet.",
        AttemptState.SENDING: "On its way to the provider.",
        AttemptState.UNKNOWN: "Nobody knows; the provider is being asked.",
        AttemptState.ACCEPTED: "The provider has it.",
        AttemptState.PENDING: "The provider works on it.",
        AttemptState.ON_HOLD: "The provider keeps it back.",
        AttemptState.UNCLAIMED: "It waits for the member.",
        AttemptState.PAID: "Delivered.",
        AttemptState.CANCELLED: "Given back before it was delivered.",
        AttemptState.FAILED: "Refused by the provider.",
        AttemptState.RETURNED: "Came back to us.",
        AttemptState.REFUNDED: "Sent back by the payee.",
        AttemptState.REVERSED: "Taken back by the provider.",
        AttemptState.REJECTED: "Certainly not executed.",
        AttemptState.MISSING: "The provider confirmed that it does not have it.",
    },
)
show_enum(
    FrozenReason,
    name="PayoutFrozenReason",
    description="Why a try takes no automatic step any more.",
    values={
        FrozenReason.MISMATCH: "The provider speaks of another amount or exchange.",
        FrozenReason.CONFLICT: "The provider says what its manifest rules out, or has something "
        "else under our reference.",
        FrozenReason.CLOSED_ATTEMPT_SEEN: "It was given up, and was seen at the provider: it may "
        "be paid twice.",
        FrozenReason.MISSING_ITEM: "It is gone from a batch that the provider has, or cannot be "
        "asked for.",
        FrozenReason.STEP_REFUSED: "A first part of it is done, and the provider does not go on.",
    },
)


@strawberry.type(description="A payment that waits for people: frozen, or unknown for three days.")
class PayoutDoubt:
    attempt_id: strawberry.ID = strawberry.field(description="For `payoutResolutionPropose`.")
    payout_id: strawberry.ID = strawberry.field(description="Its payout.")
    instance: str = strawberry.field(description="Whom it was given to.")
    item_ref: str = strawberry.field(description="Our reference of it, known to the provider.")
    batch_ref: str = strawberry.field(description="Our reference of its batch.")
    state: AttemptState = strawberry.field(description="The last that is known.")
    frozen_reason: FrozenReason | None = strawberry.field(
        description="Null for one that is only unknown."
    )
    provider_ref: str | None = strawberry.field(description="The provider's own name for it.")
    provider_code: str | None = strawberry.field(description="The provider's own word on it.")
    since: datetime = strawberry.field(description="Since when.")
    last_error: str | None = strawberry.field(
        description="What the last failed call said; no personal data."
    )

    @classmethod
    def of(cls, record: DoubtRecord, context: Context) -> Self:
        return cls(
            attempt_id=context.ids.encode(Tag.PAYOUT_ATTEMPT, record.attempt_id),
            payout_id=context.ids.encode(Tag.PAYOUT, record.payout_id),
            instance=record.instance_id,
            item_ref=record.item_ref,
            batch_ref=record.batch_ref,
            state=record.state,
            frozen_reason=record.frozen_reason,
            provider_ref=record.provider_ref,
            provider_code=record.provider_code,
            since=record.since,
            last_error=record.last_error,
        )


@strawberry.type(description="What somebody found out about a payment; another person decides.")
class PayoutResolution:
    resolution_id: strawberry.ID = strawberry.field(description="For the mutations of proposals.")
    attempt_id: strawberry.ID = strawberry.field(description="The try to pay.")
    payout_id: strawberry.ID = strawberry.field(description="Its payout.")
    verdict: Verdict = strawberry.field(description="What was found out.")
    state: ResolutionState = strawberry.field(description="Where it stands.")
    reason: str = strawberry.field(description="How one knows.")
    evidence: str = strawberry.field(description="Such as the bank's own reference; may be empty.")
    proposed_by_id: strawberry.ID = strawberry.field(description="Who found it out.")
    proposed_at: datetime = strawberry.field(description="When.")
    decided_by_id: strawberry.ID | None = strawberry.field(description="Who decided.")
    decided_at: datetime | None = strawberry.field(description="When that was.")

    @classmethod
    def of(cls, record: ResolutionRecord, context: Context) -> Self:
        decided_by = record.decided_by
        return cls(
            resolution_id=context.ids.encode(Tag.PAYOUT_RESOLUTION, record.id),
            attempt_id=context.ids.encode(Tag.PAYOUT_ATTEMPT, record.attempt_id),
            payout_id=context.ids.encode(Tag.PAYOUT, record.payout_id),
            verdict=record.verdict,
            state=record.state,
            reason=record.reason,
            evidence=record.evidence,
            proposed_by_id=context.ids.encode(Tag.MEMBER, record.proposed_by),
            proposed_at=record.proposed_at,
            decided_by_id=(
                None if decided_by is None else context.ids.encode(Tag.MEMBER, decided_by)
            ),
            decided_at=record.decided_at,
        )


@strawberry.type(description="Payments in doubt, and what is proposed of them.")
class PayoutDoubts:
    @strawberry.field(
        description="Payments that wait for people, the oldest first, at most 100.",
        directives=[Cost(weight=10, list_size=queries.DOUBTS_MAX)],
    )
    async def attempts(self, info: Info) -> list[PayoutDoubt] | None:
        context = info.context
        found = await queries.payouts_in_doubt(unknown_before=context.now - UNKNOWN_FOR)
        return [PayoutDoubt.of(each, context) for each in found]

    @strawberry.field(
        description="Proposals that wait for another person, the oldest first, at most 100.",
        directives=[Cost(weight=10, list_size=queries.RESOLUTIONS_MAX)],
    )
    async def resolutions(self, info: Info) -> list[PayoutResolution] | None:
        found = await queries.open_resolutions()
        return [PayoutResolution.of(each, info.context) for each in found]


@strawberry.type(description="Reads.")
class PayoutDoubtQueries:
    @strawberry.field(
        description="Payments that no machine may decide. Needs the role finance.",
        directives=[Auth(scopes=["finance:read"])],
    )
    async def payout_doubts(self, info: Info) -> PayoutDoubts | None:
        viewer = info.context.viewer
        if viewer is None or Role.FINANCE not in viewer.roles:
            raise Forbidden(Role.FINANCE)
        return PayoutDoubts()
