"""Filters of the market that members keep under names."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Self
from uuid import UUID

import msgspec
import strawberry
from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from domain.errors import Refused
from domain.searches import operations, queries
from domain.searches.queries import SearchRecord
from domain.searches.rules import SEARCH_COUNT_MAX
from schema.auth import Auth
from schema.campaigns.filters import CampaignWhere
from schema.context import Info
from schema.errors import user_error
from schema.filters import condition_of
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost
from schema.scalars import decimal_text, instant_text


@strawberry.type(description="A filter of `campaigns` that the viewer keeps.")
class SavedSearch:
    name: str = strawberry.field(description="What the viewer calls it; one search of each name.")
    where: str = strawberry.field(
        description="As JSON: parse it and give it to `campaigns` or `campaignMatches`."
    )
    is_alerting: bool = strawberry.field(
        description="Whether the viewer is told of campaigns that open and fit."
    )
    set_at: datetime = strawberry.field(description="When it was kept last.")

    @classmethod
    def of(cls, record: SearchRecord) -> Self:
        return cls(
            name=record.name,
            where=record.filter,
            is_alerting=record.is_alerting,
            set_at=record.set_at,
        )


@strawberry.type(description="The viewer as somebody who looks for the same again.")
class ViewerSearches:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="What the viewer keeps, by name; at most 20. Needs assignments:read.",
        directives=[
            Auth(scopes=["assignments:read"]),
            Cost(weight=5, list_size=SEARCH_COUNT_MAX),
        ],
    )
    async def saved_searches(self, info: Info) -> list[SavedSearch] | None:  # noqa: ARG002  # a resolver's signature
        return [SavedSearch.of(each) for each in await queries.searches_of(member_id=self.key)]


@strawberry.input(description="Keeps a filter, in the place of the one of this name.")
class SavedSearchSetInput:
    name: str = strawberry.field(description="1 to 60 characters, in one line.")
    where: CampaignWhere = strawberry.field(description="Which campaigns, as in `campaigns`.")
    is_alerting: bool = strawberry.field(
        default=True, description="Whether to be told of campaigns that open and fit."
    )


@strawberry.type(description="Outcome of `savedSearchSet`.")
class SavedSearchSetPayload(Payload):
    saved_search: SavedSearch | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.input(description="Which search to forget.")
class SavedSearchRemoveInput:
    name: str = strawberry.field(description="As it is called.")


@strawberry.type(description="Outcome of `savedSearchRemove`.")
class SavedSearchRemovePayload(Payload):
    name: str | None = strawberry.field(
        default=None, description="What it was called; null on refusal."
    )


@strawberry.type(description="Changes.")
class SearchMutations:
    @strawberry.mutation(
        description="Keep a filter of campaigns under a name, at most 20 of them. "
        "Needs members:write.",
        directives=[Auth(scopes=["members:write"]), Cost(weight=10)],
    )
    async def saved_search_set(
        self, info: Info, input: In[SavedSearchSetInput]
    ) -> SavedSearchSetPayload | None:
        context = info.context
        condition = condition_of(context.ids, input.where)
        assert condition is not None  # the input asks for a filter
        try:
            viewer_id = context.signed_in().member_id
            name = await operations.set_search(
                member_id=viewer_id,
                name=input.name,
                filter=msgspec.json.encode(_shown(input.where)).decode(),
                condition=condition,
                is_alerting=input.is_alerting,
                now=context.now,
            )
        except Refused as refusal:
            return SavedSearchSetPayload(errors=[user_error(refusal)])
        kept = {each.name: each for each in await queries.searches_of(member_id=viewer_id)}
        found = kept.get(name)
        return SavedSearchSetPayload(saved_search=None if found is None else SavedSearch.of(found))

    @strawberry.mutation(
        description="Forget a saved search. Needs members:write.",
        directives=[Auth(scopes=["members:write"]), Cost(weight=10)],
    )
    async def saved_search_remove(
        self, info: Info, input: In[SavedSearchRemoveInput]
    ) -> SavedSearchRemovePayload | None:
        try:
            await operations.remove_search(
                member_id=info.context.signed_in().member_id, name=input.name
            )
        except Refused as refusal:
            return SavedSearchRemovePayload(errors=[user_error(refusal)])
        return SavedSearchRemovePayload(name=input.name.strip())


def _shown(value: Any) -> Any:
    """What was given, in the names of the API; what was left out stays out."""
    match value:
        case list():
            return [_shown(each) for each in value]
        case Enum():
            return value.name
        case Decimal():
            return decimal_text(value)
        case datetime():
            return instant_text(value)
        case str() | int():
            return value
    definition = get_object_definition(value, strict=True)
    given = ((each, getattr(value, each.python_name)) for each in definition.fields)
    return {
        each.graphql_name or to_camel_case(each.python_name): _shown(part)
        for each, part in given
        if part is not None
    }
