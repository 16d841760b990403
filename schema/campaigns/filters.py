"""Which campaigns a list shows, and in which order."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import CampaignState, Category, ContentRating, Difficulty, WorkMode
from schema.campaigns import enums as _shown  # noqa: F401  # the enums used below
from schema.enums import show_enum
from schema.filters import (
    BranchFilter,
    DateTimeFilter,
    Filter,
    IdFilter,
    MoneyFilter,
    StringFilter,
    every_field,
    id_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.money import CurrencyCode
from schema.paging import Order, OrderDirection


@strawberry.input(description="Which running campaigns; all conditions must hold.")
class CampaignWhere:
    category: Filter[Category] | None = strawberry.field(default=None, description="Kind of work.")
    category_slug: BranchFilter | None = strawberry.field(
        default=None, description="Where in the tree of `categories`."
    )
    currency: Filter[CurrencyCode] | None = strawberry.field(
        default=None, description="Currency of the reward."
    )
    reward: MoneyFilter | None = strawberry.field(
        default=None, description="What an approved place pays."
    )
    title: StringFilter | None = strawberry.field(default=None, description="What it is called.")
    work_mode: Filter[WorkMode] | None = strawberry.field(
        default=None, description="What workers do."
    )
    content_rating: Filter[ContentRating] | None = strawberry.field(
        default=None, description="Whether it is for grown-ups alone."
    )
    difficulty: Filter[Difficulty] | None = strawberry.field(
        default=None, description="As its employer sees it."
    )
    employer_id: IdFilter | None = id_field(Tag.MEMBER, "Who offers it.")
    published_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it opened to workers."
    )
    ends_at: DateTimeFilter | None = strawberry.field(
        default=None, description="After which it takes no claims."
    )
    and_: list[CampaignWhere] | None = every_field()
    or_: list[CampaignWhere] | None = some_field()
    not_: CampaignWhere | None = not_field()


@strawberry.input(description="Which of the viewer's campaigns; all conditions must hold.")
class ViewerCampaignWhere:
    work_mode: Filter[WorkMode] | None = strawberry.field(
        default=None, description="What workers do."
    )
    state: Filter[CampaignState] | None = strawberry.field(
        default=None, description="In which state."
    )
    category: Filter[Category] | None = strawberry.field(default=None, description="Kind of work.")
    category_slug: BranchFilter | None = strawberry.field(
        default=None, description="Where in the tree of `categories`."
    )
    reward: MoneyFilter | None = strawberry.field(
        default=None, description="What an approved place pays."
    )
    title: StringFilter | None = strawberry.field(default=None, description="What it is called.")
    created_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When the draft was made."
    )
    published_at: DateTimeFilter | None = strawberry.field(
        default=None, description="When it opened to workers."
    )
    and_: list[ViewerCampaignWhere] | None = every_field()
    or_: list[ViewerCampaignWhere] | None = some_field()
    not_: ViewerCampaignWhere | None = not_field()


class CampaignOrderField(StrEnum):
    PUBLISHED_AT = "published_at"
    REWARD = "reward"


class ViewerCampaignOrderField(StrEnum):
    CREATED_AT = "created_at"


show_enum(
    CampaignOrderField,
    description="What running campaigns are ordered by.",
    values={
        CampaignOrderField.PUBLISHED_AT: "When they opened to workers.",
        CampaignOrderField.REWARD: "By currency, and within each by what an approved place pays.",
    },
)
show_enum(
    ViewerCampaignOrderField,
    description="What the viewer's campaigns are ordered by.",
    values={ViewerCampaignOrderField.CREATED_AT: "When their drafts were made."},
)


@strawberry.input(description="How running campaigns are ordered.")
class CampaignOrder:
    field: CampaignOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="Which way."
    )


@strawberry.input(description="How the viewer's campaigns are ordered.")
class ViewerCampaignOrder:
    field: ViewerCampaignOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="Which way."
    )


WhichCampaigns: TypeAlias = Annotated[
    CampaignWhere | None, strawberry.argument(description="Which ones; all by default.")
]
WhichOwnCampaigns: TypeAlias = Annotated[
    ViewerCampaignWhere | None, strawberry.argument(description="Which ones; all by default.")
]
CampaignsBy: TypeAlias = Annotated[
    list[CampaignOrder] | None,
    strawberry.argument(description="At most one entry; newest publication first by default."),
]
OwnCampaignsBy: TypeAlias = Annotated[
    list[ViewerCampaignOrder] | None,
    strawberry.argument(description="At most one entry; newest draft first by default."),
]


def _reward_keys(record: CampaignRecord) -> tuple[str, int, UUID]:
    reward = record.price.reward
    return reward.currency, reward.micros, record.id


CAMPAIGN_ORDERS: Final[dict[CampaignOrderField, Order[CampaignRecord]]] = {
    CampaignOrderField.PUBLISHED_AT: Order(
        name="campaigns:publishedAt", keys_of=lambda record: (record.published_at, record.id)
    ),
    CampaignOrderField.REWARD: Order(
        name="campaigns:reward", keys_of=_reward_keys, kinds=(str, int, UUID), by="reward"
    ),
}
OWN_CAMPAIGN_ORDERS: Final[dict[ViewerCampaignOrderField, Order[CampaignRecord]]] = {
    ViewerCampaignOrderField.CREATED_AT: Order(
        name="viewer.campaigns:createdAt", keys_of=lambda record: (record.created_at, record.id)
    ),
}
