"""What would become of a campaign if it were funded and published now."""

from __future__ import annotations

from datetime import datetime

import strawberry

from domain.campaigns import operations
from domain.campaigns.rules import CampaignState, CampaignWarning
from domain.errors import Refused
from schema.auth import Auth
from schema.campaigns.loads import warnings
from schema.context import Info
from schema.errors import Paths, user_error
from schema.ids import Tag
from schema.inputs import In
from schema.money import Money
from schema.payloads import Payload
from schema.prices import Cost


@strawberry.input(description="Funds and publishes a campaign, and takes all of it back.")
class CampaignDryRunInput:
    campaign_id: strawberry.ID = strawberry.field(
        description="A draft of the viewer's, or a funded campaign."
    )
    starts_at: datetime | None = strawberry.field(
        default=None, description="As in `campaignPublish`."
    )
    ends_at: datetime | None = strawberry.field(
        default=None, description="As in `campaignPublish`."
    )


@strawberry.type(
    description="Outcome of `campaignDryRun`: its `errors` are all that is in the way."
)
class CampaignDryRunPayload(Payload):
    state: CampaignState | None = strawberry.field(
        default=None,
        description="What it would have; null where something is in the way.",
    )
    cost: Money | None = strawberry.field(
        default=None, description="What is set aside for all places; null where nobody can tell."
    )
    warnings: list[CampaignWarning] | None = strawberry.field(
        default=None, description="What may keep workers away all the same; null on refusal."
    )


@strawberry.type(description="Changes.")
class CampaignDryRunMutations:
    @strawberry.mutation(
        description="Try `campaignFund` and `campaignPublish` as they would be now; nothing of it "
        "stays. Needs campaigns:write.",
        directives=[Auth(scopes=["campaigns:write"]), Cost(weight=20)],
    )
    async def campaign_dry_run(
        self, info: Info, input: In[CampaignDryRunInput]
    ) -> CampaignDryRunPayload | None:
        context = info.context
        missing: Paths = {"": ["campaignId"]}
        try:
            campaign_id = context.ids.decode(Tag.CAMPAIGN, input.campaign_id, "campaign_id")
            found = await operations.dry_run_campaign(
                employer_id=context.signed_in().member_id,
                campaign_id=campaign_id,
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return CampaignDryRunPayload(errors=[user_error(refusal, missing)])
        return CampaignDryRunPayload(
            errors=[user_error(each, missing) for each in found.refusals],
            state=found.state,
            cost=None if found.cost is None else Money.of(found.cost),
            warnings=list(await context.load(warnings, campaign_id) or ()),
        )
