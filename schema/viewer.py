"""The member who asks: everything of one's own begins here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.access import queries as access
from domain.access.queries import SessionRecord
from domain.access.queries import Viewer as SignedIn
from domain.members.queries import PersonRecord
from domain.members.rules import Role
from schema.access import Session
from schema.analytics import ViewerAnalytics
from schema.assignments.lists import ViewerAssignments
from schema.auth import Auth
from schema.campaigns.invitations import ViewerCampaignInvitations
from schema.campaigns.lists import ViewerCampaigns
from schema.campaigns.matches import ViewerMatches
from schema.context import Context, Info
from schema.data_exports import ViewerExports
from schema.deposits import ViewerDeposits
from schema.disputes.lists import ViewerDisputes
from schema.events.types import ViewerEvents
from schema.ids import Tag
from schema.invitations import ViewerInvitations
from schema.invoices import ViewerDocuments
from schema.ledger import ViewerLedger
from schema.looks import ViewerLooks
from schema.members import Member, member_of, persons_seen
from schema.messages.types import ViewerMessages
from schema.node import Node, node_kind, object_of
from schema.notifications import ViewerNotifications
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
from schema.payouts.lists import ViewerPayouts
from schema.payouts.member_holds import ViewerPayoutHold
from schema.payouts.spendings import ViewerSpending
from schema.policies import ViewerConsents
from schema.preferences import ViewerPreferences
from schema.prices import Cost
from schema.privacy import ViewerClosing
from schema.profiles import ViewerProfile
from schema.rate_limit import RateLimit
from schema.referrals import ViewerReferrals
from schema.risk.allowance import ViewerAllowance
from schema.scalars import CountryCode, EmailAddress
from schema.searches import ViewerSearches
from schema.skills import ViewerSkills
from schema.supplements import ViewerSupplements
from schema.suspensions.types import ViewerSuspensions
from schema.taxes.profile import ViewerTaxes
from schema.tickets.types import ViewerTickets
from schema.verification.types import ViewerVerification
from schema.webhooks.lists import ViewerWebhooks
from schema.workers import ViewerStanding

SESSION_ORDER: Final[Order[SessionRecord]] = Order(
    name="sessions:createdAt", keys_of=lambda record: (record.created_at, record.id)
)


@strawberry.type(description="The member who asks.")
class Viewer(
    Node,
    ViewerProfile,
    ViewerConsents,
    ViewerAnalytics,
    ViewerClosing,
    ViewerExports,
    ViewerCampaigns,
    ViewerMatches,
    ViewerCampaignInvitations,
    ViewerSearches,
    ViewerAssignments,
    ViewerStanding,
    ViewerSkills,
    ViewerDisputes,
    ViewerSuspensions,
    ViewerAllowance,
    ViewerMessages,
    ViewerTickets,
    ViewerNotifications,
    ViewerLedger,
    ViewerDeposits,
    ViewerPayouts,
    ViewerPayoutHold,
    ViewerSpending,
    ViewerLooks,
    ViewerSupplements,
    ViewerReferrals,
    ViewerInvitations,
    ViewerDocuments,
    ViewerEvents,
    ViewerWebhooks,
    ViewerVerification,
    ViewerTaxes,
    ViewerPreferences,
):
    session_key: strawberry.Private[UUID]
    country: CountryCode = strawberry.field(description="Where the viewer lives.")
    roles: list[Role] = strawberry.field(description="What the viewer may do; at most 5.")

    @classmethod
    def of(cls, viewer: SignedIn, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.VIEWER, viewer.member_id),
            key=viewer.member_id,
            session_key=viewer.session_id,
            country=CountryCode(viewer.country),
            roles=sorted(viewer.roles, key=lambda role: role.name),
        )

    @strawberry.field(description="The viewer as other members see them.")
    async def member(self, info: Info) -> Member | None:
        return await member_of(info.context, self.key)

    @strawberry.field(description="The viewer's full name; nobody else sees it.")
    async def name(self, info: Info) -> str | None:
        person = await self._person(info.context)
        return None if person is None else person.name

    @strawberry.field(description="The viewer's address; nobody else sees it.")
    async def email(self, info: Info) -> EmailAddress | None:
        person = await self._person(info.context)
        return None if person is None else EmailAddress(person.email)

    @strawberry.field(description="The session of this request.", directives=[Cost(weight=5)])
    async def session(self, info: Info) -> Session | None:
        found: Session | None = await object_of(info.context, Tag.SESSION, self.session_key)
        return found

    @strawberry.field(
        description="The viewer's live sessions, newest first. Needs sessions:read.",
        directives=[Auth(scopes=["sessions:read"]), Cost(weight=5)],
    )
    async def sessions(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Session] | None:
        context = info.context
        at = window(context, SESSION_ORDER, first, after, last, before)
        found: Connection[Session] = await page_of(
            context,
            target="Session",
            listing=access.SESSIONS,
            parent_id=self.key,
            arguments=(context.now,),
            window=at,
            where=None,
            records=lambda: access.sessions_of(member_id=self.key, page=at.page(), now=context.now),
            node_of=lambda record: Session.of(record, context),
            counted=counter(context, access.count_sessions, self.key, now=context.now),
        )
        return found

    @strawberry.field(description="What the viewer may still ask for.")
    def rate_limit(self, info: Info) -> RateLimit:
        return RateLimit.of(info.context)

    async def _person(self, context: Context) -> PersonRecord | None:
        return await context.load(persons_seen, self.key)


@strawberry.type(description="Reads.")
class ViewerQueries:
    @strawberry.field(description="The member who asks; null when nobody is signed in.")
    async def viewer(self, info: Info) -> Viewer | None:
        signed_in = info.context.viewer
        return None if signed_in is None else Viewer.of(signed_in, info.context)


async def viewers_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, SignedIn]:
    """Nobody but the viewer."""
    viewer = context.viewer
    return {} if viewer is None else {key: viewer for key in keys if key == viewer.member_id}


node_kind(Tag.VIEWER, load=viewers_seen, show=Viewer.of)
