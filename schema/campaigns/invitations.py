"""Employers invite workers to a campaign; who may claim does not change by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Self
from uuid import UUID

import strawberry

from domain.campaigns.queries import CampaignRecord
from domain.errors import Refused
from domain.matching import operations, queries
from domain.matching.queries import CampaignInvitationRecord
from domain.matching.reads import LISTED_MAX
from domain.matching.rules import INVITED_COUNT_MAX, CampaignInvitationState, InviteResult
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.members import Member, member_of
from schema.node import object_of, objects_of
from schema.payloads import Payload
from schema.prices import Cost

if TYPE_CHECKING:
    from schema.campaigns.types import Campaign

LISTED_EXPECTED: Final = 5  # what is asked for costs as if there were so many
OWN_MAX: Final = 20
MISSING: Final[Paths] = {"": ["campaignId"]}

show_enum(
    CampaignInvitationState,
    description="Where an invitation to a campaign stands.",
    values={
        CampaignInvitationState.OPEN: "Neither taken nor declined.",
        CampaignInvitationState.TAKEN: "The worker has claimed a place.",
        CampaignInvitationState.DECLINED: "The worker does not want to.",
        CampaignInvitationState.ENDED: "The campaign ended first.",
    },
)
show_enum(
    InviteResult,
    name="CampaignInviteResult",
    description="What became of the wish to invite somebody.",
    values={
        InviteResult.INVITED: "Invited; whether they may claim is not said.",
        InviteResult.ALREADY_INVITED: "Invited before, and perhaps declined.",
        InviteResult.HAS_CLAIMED: "Has claimed a place there already.",
        InviteResult.NOT_KNOWN: "Has no approved work for the viewer and is no favourite, or there "
        "is no such member.",
    },
)


@strawberry.type(description="That an employer wants a worker for a campaign.")
class CampaignInvitation:
    record: strawberry.Private[CampaignInvitationRecord]
    state: CampaignInvitationState = strawberry.field(
        description="Where it stands.", directives=[Cost(weight=0)]
    )
    invited_at: datetime = strawberry.field(description="When.", directives=[Cost(weight=0)])

    @classmethod
    def of(cls, record: CampaignInvitationRecord) -> Self:
        return cls(record=record, state=record.state, invited_at=record.invited_at)

    @strawberry.field(description="Whom.")
    async def worker(self, info: Info) -> Member | None:
        return await member_of(info.context, self.record.worker_id)


@strawberry.type(description="A campaign as far as its employer invites to it.")
class CampaignInvitations:
    record: strawberry.Private[CampaignRecord]

    @strawberry.field(
        description="Whom its employer invited, newest first, at most 100; empty unless it is the "
        "viewer's own.",
        directives=[Cost(weight=5, list_size=LISTED_EXPECTED)],
    )
    async def invitations(self, info: Info) -> list[CampaignInvitation] | None:
        if self.record.employer_id != info.context.viewer_id:
            return []
        found = await info.context.load(invitations_to, self.record.id)
        return [CampaignInvitation.of(each) for each in found or ()]


@strawberry.type(description="The viewer as somebody whom employers invite.")
class ViewerCampaignInvitations:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The running campaigns to which employers invite the viewer, the newest "
        "invitation first, at most 20. Needs assignments:read.",
        directives=[
            Auth(scopes=["assignments:read"]),
            Cost(weight=5, list_size=OWN_MAX),
        ],
    )
    async def campaign_invitations(
        self, info: Info
    ) -> list[Annotated[Campaign, strawberry.lazy("schema.campaigns.types")]] | None:
        found = await queries.campaigns_inviting(
            worker_id=self.key, now=info.context.now, limit=OWN_MAX
        )
        return await objects_of(info.context, Tag.CAMPAIGN, found)


@strawberry.input(description="Invites workers to a campaign.")
class CampaignInviteInput:
    campaign_id: strawberry.ID = strawberry.field(
        description="One of the viewer's that is funded and not over."
    )
    member_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 100 members whose work for the viewer was approved, or favourites."
    )


@strawberry.input(description="Declines an invitation to a campaign.")
class CampaignInvitationDeclineInput:
    campaign_id: strawberry.ID = strawberry.field(description="To which the viewer is invited.")


@strawberry.type(description="What became of one of those who were to be invited.")
class CampaignInviteOutcome:
    member_id: strawberry.ID = strawberry.field(description="Whom.")
    result: InviteResult = strawberry.field(description="What became of it.")


@strawberry.type(description="Outcome of `campaignInvite`.")
class CampaignInvitePayload(Payload):
    outcomes: list[CampaignInviteOutcome] | None = strawberry.field(
        default=None,
        description="In the order of the members; null on refusal of the whole.",
        directives=[Cost(list_size=INVITED_COUNT_MAX)],
    )


@strawberry.type(description="Outcome of `campaignInvitationDecline`.")
class CampaignInvitationDeclinePayload(Payload):
    campaign: Annotated[Campaign, strawberry.lazy("schema.campaigns.types")] | None = (
        strawberry.field(default=None, description="Null on refusal.")
    )


@strawberry.type(description="Changes.")
class CampaignInvitationMutations:
    @strawberry.mutation(
        description="Invite up to 100 workers to a campaign, who are told once when it runs. Ten "
        "times at once, then ten times a day. The answer does not say who is suspended or has "
        "blocked the viewer. Needs campaigns:write.",
        directives=[Auth(scopes=["campaigns:write"]), Cost(weight=20)],
    )
    async def campaign_invite(
        self, info: Info, input: In[CampaignInviteInput]
    ) -> CampaignInvitePayload | None:
        context = info.context
        try:
            keys = [context.ids.decode(Tag.MEMBER, each, "member_ids") for each in input.member_ids]
            results = await operations.invite_workers(
                employer_id=context.signed_in().member_id,
                campaign_id=context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id"),
                worker_ids=keys,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignInvitePayload(errors=[user_error(refusal, MISSING)])
        return CampaignInvitePayload(
            outcomes=[
                CampaignInviteOutcome(
                    member_id=context.ids.encode(Tag.MEMBER, key), result=results[key]
                )
                for key in keys
            ]
        )

    @strawberry.mutation(
        description="Decline an invitation to a campaign; its employer cannot invite the viewer to "
        "it again. Needs assignments:write.",
        directives=[Auth(scopes=["assignments:write"]), Cost(weight=10)],
    )
    async def campaign_invitation_decline(
        self, info: Info, input: In[CampaignInvitationDeclineInput]
    ) -> CampaignInvitationDeclinePayload | None:
        context = info.context
        try:
            key = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            await operations.decline_invitation(
                worker_id=context.signed_in().member_id, campaign_id=key
            )
        except Refused as refusal:
            return CampaignInvitationDeclinePayload(errors=[user_error(refusal, MISSING)])
        context.renewed()
        return CampaignInvitationDeclinePayload(
            campaign=await object_of(context, Tag.CAMPAIGN, key)
        )


async def invitations_to(
    _: Context, keys: Sequence[UUID]
) -> Mapping[UUID, list[CampaignInvitationRecord]]:
    return await queries.invitations_to(campaign_ids=keys, limit=LISTED_MAX)
