"""Lists of campaigns: the open market, and the viewer's own."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import strawberry
from graphql import GraphQLError

from domain.campaigns import queries
from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import Category
from domain.paging import NO_PARENT
from schema.auth import Auth
from schema.campaigns.types import Campaign, campaign_of
from schema.context import Info
from schema.enums import show_enum
from schema.errors import InvalidId
from schema.filters import Filter, wanted
from schema.ids import Tag
from schema.money import CurrencyCode
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Keys,
    Last,
    connection,
    counter,
    instant_keys,
    window,
)
from schema.prices import Cost


@strawberry.input(description="Which campaigns; all conditions must hold.")
class CampaignWhere:
    category: Filter[Category] | None = strawberry.field(default=None, description="Kind of work.")
    currency: Filter[CurrencyCode] | None = strawberry.field(
        default=None, description="Currency of the reward."
    )


class CampaignOrderField(StrEnum):
    PUBLISHED_AT = "published_at"


class OrderDirection(StrEnum):
    ASC = "asc"
    DESC = "desc"


show_enum(
    CampaignOrderField,
    description="What campaigns are ordered by.",
    values={CampaignOrderField.PUBLISHED_AT: "When they opened to workers."},
)
show_enum(
    OrderDirection,
    description="Which way a list is ordered.",
    values={OrderDirection.ASC: "Smallest first.", OrderDirection.DESC: "Largest first."},
)


@strawberry.input(description="How campaigns are ordered.")
class CampaignOrder:
    field: CampaignOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="Which way."
    )


def is_ascending(order_by: list[CampaignOrder] | None) -> bool:
    if not order_by:
        return False
    if len(order_by) > 1:
        raise GraphQLError(
            "`orderBy` takes one entry here.", extensions={"code": "INVALID_ARGUMENT"}
        )
    return order_by[0].direction is OrderDirection.ASC


@strawberry.type(description="Reads.")
class CampaignQueries:
    @strawberry.field(
        description="A campaign; null when the viewer may not see it. Drafts are their "
        "employer's alone.",
        directives=[Cost(weight=5)],
    )
    async def campaign(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of a campaign.")],
    ) -> Campaign | None:
        try:
            key = info.context.ids.decode(Tag.CAMPAIGN, id)
        except InvalidId:
            return None
        return await campaign_of(info.context, key)

    @strawberry.field(
        description="Running campaigns, newest publication first. Anybody may read them.",
        directives=[Cost(weight=5)],
    )
    async def campaigns(
        self,
        info: Info,
        *,
        where: Annotated[
            CampaignWhere | None, strawberry.argument(description="Which ones; all by default.")
        ] = None,
        order_by: Annotated[
            list[CampaignOrder] | None,
            strawberry.argument(description="At most one entry; newest publication by default."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Campaign] | None:
        context, oldest_first = info.context, is_ascending(order_by)
        order = f"campaigns:publishedAt.{'asc' if oldest_first else 'desc'}"
        at = window(context, order, first, after, last, before)
        where = where or CampaignWhere()
        categories, codes = wanted(where.category), wanted(where.currency)
        currencies = None if codes is None else tuple(code.name for code in codes)
        return connection(
            context,
            window=at,
            records=await queries.open_campaigns(
                categories=categories,
                currencies=currencies,
                page=at.page(),
                oldest_first=oldest_first,
            ),
            keys_of=published_keys,
            node_of=lambda record: Campaign.of(record, context),
            counted=counter(
                context,
                queries.count_open_campaigns,
                NO_PARENT,
                categories=categories,
                currencies=currencies,
            ),
        )


@strawberry.type(description="The viewer as employer.")
class ViewerCampaigns:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Campaigns the viewer offers, drafts too, newest first. Needs campaigns:read.",
        directives=[Auth(scopes=["campaigns:read"]), Cost(weight=5)],
    )
    async def campaigns(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Campaign] | None:
        context = info.context
        at = window(context, "viewer.campaigns:createdAt.desc", first, after, last, before)
        return connection(
            context,
            window=at,
            records=await queries.campaigns_of(employer_id=self.key, page=at.page()),
            keys_of=lambda record: instant_keys(record.created_at, record.id),
            node_of=lambda record: Campaign.of(record, context),
            counted=counter(context, queries.count_campaigns_of, self.key),
        )


def published_keys(record: CampaignRecord) -> Keys:
    assert record.published_at is not None  # running ones were published
    return instant_keys(record.published_at, record.id)
