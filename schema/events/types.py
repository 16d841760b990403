"""Events as objects: their ids and cursors are the same in streams, webhooks and `node`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Self
from uuid import UUID

import strawberry

import schema.events.kinds  # noqa: F401  # gives the enum its descriptions
from domain.events import queries
from domain.events.queries import EventRecord
from domain.events.rules import EventKind, EventPosition, Subject, subject_of
from schema.context import Context, Info
from schema.cursors import CursorCodec, Position
from schema.ids import Tag
from schema.node import Node, node_kind, object_of
from schema.prices import Cost
from schema.read_model import Mapped, read_as
from schema.risk.allowance import ClaimAllowance, allowance_seen
from schema.scalars import Cursor

if TYPE_CHECKING:
    from schema.access import Session
    from schema.assignments.types import Assignment
    from schema.campaigns.types import Campaign
    from schema.deposits import Deposit
    from schema.disputes.types import Dispute
    from schema.invoices import Document
    from schema.messages.types import Message
    from schema.payouts.spendings import Spending
    from schema.payouts.types import Destination, Payout
    from schema.policies import Policy
    from schema.ratings import Rating
    from schema.referrals import Referral
    from schema.suspensions.types import Suspension
    from schema.tickets.types import Ticket
    from schema.verification.types import Verification
    from schema.viewer import Viewer

ORDER: Final = "events"  # one order for all streams: any event's cursor goes on in any of them


@strawberry.interface(
    description="Something that happened. Its id is the same in streams, webhooks and `node`."
)
class Event(Node):
    subject_key: strawberry.Private[UUID]
    cursor: Cursor = strawberry.field(
        description="Place of the event in the feed; pass it as `after` to go on from here."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")
    kind: EventKind = strawberry.field(description="What happened.")

    @classmethod
    def of(cls, record: EventRecord, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.EVENT, record.id),
            subject_key=record.subject_id,
            cursor=cursor_of(record, context.services.cursors),
            occurred_at=record.recorded_at,
            kind=record.kind,
        )

    @strawberry.field(
        description="The viewer as they are now, such as with the balances after the event.",
        directives=[Cost(weight=5)],
    )
    async def viewer(
        self, info: Info
    ) -> Annotated[Viewer, strawberry.lazy("schema.viewer")] | None:
        found: Viewer | None = await object_of(info.context, Tag.VIEWER, info.context.viewer_id)
        return found


@strawberry.type(description="A campaign came into another state, or the viewer was invited to it.")
class CampaignEvent(Event):
    @strawberry.field(description="Which, also where the viewer cannot see it any more.")
    def campaign_id(self, info: Info) -> strawberry.ID:
        return campaign_shown(info.context, self.subject_key)

    @strawberry.field(description="The campaign as it is now.")
    async def campaign(
        self, info: Info
    ) -> Annotated[Campaign, strawberry.lazy("schema.campaigns.types")] | None:
        found: Campaign | None = await object_of(info.context, Tag.CAMPAIGN, self.subject_key)
        return found


@strawberry.type(description="An assignment came into another state, or got a bonus.")
class AssignmentEvent(Event):
    @strawberry.field(description="The assignment as it is now.")
    async def assignment(
        self, info: Info
    ) -> Annotated[Assignment, strawberry.lazy("schema.assignments.types")] | None:
        found: Assignment | None = await object_of(info.context, Tag.ASSIGNMENT, self.subject_key)
        return found


@strawberry.type(description="A deposit came into another state.")
class DepositEvent(Event):
    @strawberry.field(description="The deposit as it is now.")
    async def deposit(
        self, info: Info
    ) -> Annotated[Deposit, strawberry.lazy("schema.deposits")] | None:
        found: Deposit | None = await object_of(info.context, Tag.DEPOSIT, self.subject_key)
        return found


@strawberry.type(description="A payout came into another state.")
class PayoutEvent(Event):
    @strawberry.field(description="The payout as it is now.")
    async def payout(
        self, info: Info
    ) -> Annotated[Payout, strawberry.lazy("schema.payouts.types")] | None:
        found: Payout | None = await object_of(info.context, Tag.PAYOUT, self.subject_key)
        return found


@strawberry.type(description="A dispute came into another state.")
class DisputeEvent(Event):
    @strawberry.field(description="The dispute as it is now.")
    async def dispute(
        self, info: Info
    ) -> Annotated[Dispute, strawberry.lazy("schema.disputes.types")] | None:
        found: Dispute | None = await object_of(info.context, Tag.DISPUTE, self.subject_key)
        return found


@strawberry.type(description="A message was sent by the viewer or to the viewer.")
class MessageEvent(Event):
    @strawberry.field(description="The message.")
    async def message(
        self, info: Info
    ) -> Annotated[Message, strawberry.lazy("schema.messages.types")] | None:
        found: Message | None = await object_of(info.context, Tag.MESSAGE, self.subject_key)
        return found


@strawberry.type(description="Somebody signed in as the viewer.")
class SessionEvent(Event):
    @strawberry.field(description="The session; null once it has ended.")
    async def session(
        self, info: Info
    ) -> Annotated[Session, strawberry.lazy("schema.access")] | None:
        found: Session | None = await object_of(info.context, Tag.SESSION, self.subject_key)
        return found


@strawberry.type(description="A place where the viewer is paid was added or removed.")
class DestinationEvent(Event):
    @strawberry.field(description="The place as it is now.")
    async def destination(
        self, info: Info
    ) -> Annotated[Destination, strawberry.lazy("schema.payouts.types")] | None:
        found: Destination | None = await object_of(info.context, Tag.DESTINATION, self.subject_key)
        return found


@strawberry.type(description="A rating of the viewer became visible.")
class RatingEvent(Event):
    @strawberry.field(description="The rating.")
    async def rating(
        self, info: Info
    ) -> Annotated[Rating, strawberry.lazy("schema.ratings")] | None:
        found: Rating | None = await object_of(info.context, Tag.RATING, self.subject_key)
        return found


@strawberry.type(description="Earnings of the viewer became money to spend.")
class SpendingEvent(Event):
    @strawberry.field(description="What was moved.")
    async def spending(
        self, info: Info
    ) -> Annotated[Spending, strawberry.lazy("schema.payouts.spendings")] | None:
        found: Spending | None = await object_of(info.context, Tag.SPENDING, self.subject_key)
        return found


@strawberry.type(description="A campaign opened that fits a saved search of the viewer's.")
class SearchEvent(Event):
    @strawberry.field(description="The campaign as it is now; null where it is not to be seen.")
    async def campaign(
        self, info: Info
    ) -> Annotated[Campaign, strawberry.lazy("schema.campaigns.types")] | None:
        found: Campaign | None = await object_of(info.context, Tag.CAMPAIGN, self.subject_key)
        return found


@strawberry.type(description="A referral of the viewer's earned a reward.")
class ReferralEvent(Event):
    @strawberry.field(description="The referral as it is now.")
    async def referral(
        self, info: Info
    ) -> Annotated[Referral, strawberry.lazy("schema.referrals")] | None:
        found: Referral | None = await object_of(info.context, Tag.REFERRAL, self.subject_key)
        return found


@strawberry.type(description="A document was issued to the viewer.")
class DocumentEvent(Event):
    @strawberry.field(description="The document.")
    async def document(
        self, info: Info
    ) -> Annotated[Document, strawberry.lazy("schema.invoices")] | None:
        found: Document | None = await object_of(info.context, Tag.DOCUMENT, self.subject_key)
        return found


@strawberry.type(description="A verification of the viewer came into another state.")
class VerificationEvent(Event):
    @strawberry.field(description="The verification as it is now.")
    async def verification(
        self, info: Info
    ) -> Annotated[Verification, strawberry.lazy("schema.verification.types")] | None:
        found: Verification | None = await object_of(
            info.context, Tag.VERIFICATION, self.subject_key
        )
        return found


@strawberry.type(description="A policy changes, and the viewer is asked to agree.")
class PolicyEvent(Event):
    @strawberry.field(description="The version that was posted.")
    async def policy(
        self, info: Info
    ) -> Annotated[Policy, strawberry.lazy("schema.policies")] | None:
        found: Policy | None = await object_of(info.context, Tag.POLICY, self.subject_key)
        return found


@strawberry.type(description="A suspension of the viewer came into another state.")
class SuspensionEvent(Event):
    @strawberry.field(description="The suspension as it is now.")
    async def suspension(
        self, info: Info
    ) -> Annotated[Suspension, strawberry.lazy("schema.suspensions.types")] | None:
        found: Suspension | None = await object_of(info.context, Tag.SUSPENSION, self.subject_key)
        return found


@strawberry.type(description="Staff limit how much the viewer claims, until a day.")
class AllowanceEvent(Event):
    @strawberry.field(description="The limit as it is now; null once it has ended.")
    async def allowance(self, info: Info) -> ClaimAllowance | None:
        return await allowance_seen(info.context, self.subject_key)


@strawberry.type(description="There is news in a ticket of the viewer's.")
class TicketEvent(Event):
    @strawberry.field(description="The ticket as it is now.")
    async def ticket(
        self, info: Info
    ) -> Annotated[Ticket, strawberry.lazy("schema.tickets.types")] | None:
        found: Ticket | None = await object_of(info.context, Tag.TICKET, self.subject_key)
        return found


@strawberry.type(description="Where the viewer's live updates stand.")
class ViewerEvents:
    @strawberry.field(
        description="Where the feed of events stands now: ask for it, then load what you show, "
        "then subscribe with it as `after`, and nothing falls between.",
        directives=[Cost(weight=5)],
    )
    async def live_cursor(self, info: Info) -> Cursor | None:
        context = info.context
        position = await queries.newest_position()
        return cursor_at(position, context.now, context.services.cursors)


RESOLVED: Final = frozenset({"viewer"})
# Their subjects are made by resolvers.
UNREAD: Final[Mapping[type[Event], str]] = {
    VerificationEvent: "verification",
    SuspensionEvent: "suspension",
    AllowanceEvent: "allowance",
}
EVENT_TYPES: Final[Mapping[Subject, type[Event]]] = {
    Subject.CAMPAIGN: CampaignEvent,
    Subject.ASSIGNMENT: AssignmentEvent,
    Subject.DEPOSIT: DepositEvent,
    Subject.PAYOUT: PayoutEvent,
    Subject.SPENDING: SpendingEvent,
    Subject.DISPUTE: DisputeEvent,
    Subject.MESSAGE: MessageEvent,
    Subject.SESSION: SessionEvent,
    Subject.DESTINATION: DestinationEvent,
    Subject.RATING: RatingEvent,
    Subject.SEARCH: SearchEvent,
    Subject.REFERRAL: ReferralEvent,
    Subject.DOCUMENT: DocumentEvent,
    Subject.VERIFICATION: VerificationEvent,
    Subject.POLICY: PolicyEvent,
    Subject.SUSPENSION: SuspensionEvent,
    Subject.ALLOWANCE: AllowanceEvent,
    Subject.TICKET: TicketEvent,
}
TAG_OF_SUBJECT: Final[Mapping[Subject, Tag]] = {
    Subject.CAMPAIGN: Tag.CAMPAIGN,
    Subject.ASSIGNMENT: Tag.ASSIGNMENT,
    Subject.DEPOSIT: Tag.DEPOSIT,
    Subject.PAYOUT: Tag.PAYOUT,
    Subject.SPENDING: Tag.SPENDING,
    Subject.DISPUTE: Tag.DISPUTE,
    Subject.MESSAGE: Tag.MESSAGE,
    Subject.SESSION: Tag.SESSION,
    Subject.DESTINATION: Tag.DESTINATION,
    Subject.RATING: Tag.RATING,
    Subject.SEARCH: Tag.CAMPAIGN,
    Subject.REFERRAL: Tag.REFERRAL,
    Subject.DOCUMENT: Tag.DOCUMENT,
    Subject.VERIFICATION: Tag.VERIFICATION,
    Subject.POLICY: Tag.POLICY,
    Subject.SUSPENSION: Tag.SUSPENSION,
    Subject.ALLOWANCE: Tag.VIEWER,
    Subject.TICKET: Tag.TICKET,
}


def event_of(record: EventRecord, context: Context) -> Event:
    return EVENT_TYPES[subject_of(record.kind)].of(record, context)


def cursor_of(record: EventRecord, cursors: CursorCodec) -> Cursor:
    return cursor_at(record.position, record.recorded_at, cursors)


def cursor_at(position: EventPosition, at: datetime, cursors: CursorCodec) -> Cursor:
    keys = (str(position.tx), position.seq, at.isoformat())
    return Cursor(cursors.encode(Position(ORDER, keys)))


def cursor_shown(context: Context, where: tuple[EventPosition, datetime]) -> Cursor:
    return cursor_at(*where, context.services.cursors)


def campaign_shown(context: Context, key: UUID) -> strawberry.ID:
    return context.ids.encode(Tag.CAMPAIGN, key)


async def events_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, EventRecord]:
    """Those that concern the viewer."""
    viewer_id = context.viewer_id
    if viewer_id is None:
        return {}
    records = await queries.events_by_id(ids=keys)
    return {
        key: record
        for key, record in records.items()
        if viewer_id in (record.member_id, record.employer_id)
    }


node_kind(Tag.EVENT, load=events_seen, show=event_of)
for each in EVENT_TYPES.values():
    read_as(
        each.__name__,
        Mapped(
            entity="Event",
            tag=Tag.EVENT,
            written={"cursor": cursor_shown}
            | ({"campaign_id": campaign_shown} if each is CampaignEvent else {}),
            resolved=RESOLVED | ({UNREAD[each]} if each in UNREAD else set()),
        ),
    )
