"""What a member lets us count."""

from __future__ import annotations

from uuid import UUID

import strawberry

from domain.analytics import operations, queries
from domain.errors import Refused
from schema.auth import Auth
from schema.context import Info
from schema.errors import user_error
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost


@strawberry.type(description="The viewer as somebody whose steps may be counted.")
class ViewerAnalytics:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Whether the viewer lets us count, under a pseudonym, how far people come; "
        "false until they say so.",
        directives=[Cost(weight=5)],
    )
    async def allows_analytics(self, info: Info) -> bool | None:  # noqa: ARG002  # a resolver's signature
        return await queries.allows_analytics(member_id=self.key)


@strawberry.input(description="Says whether we may count how far people come.")
class AnalyticsAllowInput:
    is_allowed: bool = strawberry.field(
        description="False takes back what was counted, as far as it is not essential."
    )


@strawberry.type(description="Outcome of `analyticsAllow`.")
class AnalyticsAllowPayload(Payload):
    is_allowed: bool | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class AnalyticsMutations:
    @strawberry.mutation(
        description="Say whether we may count, under a pseudonym, how far people come. "
        "Needs profile:write.",
        directives=[Auth(scopes=["profile:write"]), Cost(weight=10)],
    )
    async def analytics_allow(
        self, info: Info, input: In[AnalyticsAllowInput]
    ) -> AnalyticsAllowPayload | None:
        try:
            await operations.allow_analytics(
                member_id=info.context.signed_in().member_id,
                is_allowed=input.is_allowed,
                now=info.context.now,
            )
        except Refused as refusal:
            return AnalyticsAllowPayload(errors=[user_error(refusal, {})])
        return AnalyticsAllowPayload(is_allowed=input.is_allowed)
