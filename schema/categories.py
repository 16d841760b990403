"""The tree of work, with the least that a place pays and how many campaigns are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Self

import strawberry

from domain.campaigns.operations import PriceBelowFloor
from domain.campaigns.queries import open_counts
from domain.campaigns.rules import Category as Kind
from domain.categories import operations, queries
from domain.categories.queries import FLOOR_COUNT_MAX, CategoryRecord, FloorRecord
from domain.categories.rules import ALL, CATEGORY_COUNT_MAX, NAME_COUNT_MAX, name_in, parent_of
from domain.errors import Refused
from domain.money import MICRO_DIGITS
from schema.auth import Auth
from schema.campaigns import enums as _shown  # noqa: F401  # the enum used below
from schema.context import Context, Info
from schema.errors import NO_PATHS, Paths, UserError, code_of, path_of, user_error
from schema.inputs import In
from schema.money import CurrencyCode, Money
from schema.payloads import Payload
from schema.prices import Cost
from schema.scalars import CountryCode

ZONE_COUNT: Final = 50
COUNTRY_COUNT: Final = 250
OVERSEE: Final = [Auth(scopes=["campaigns:oversee"]), Cost(weight=10)]


@strawberry.type(description="A place of this category pays less than somebody there may be paid.")
class PriceBelowFloorError(UserError):
    floor: Money = strawberry.field(description="The least that it must pay.")
    zone: str | None = strawberry.field(
        description="The zone that asks for it; null where every country does."
    )


@user_error.register(PriceBelowFloor)
def price_below_floor_error(
    refusal: PriceBelowFloor, paths: Paths = NO_PATHS
) -> PriceBelowFloorError:
    return PriceBelowFloorError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        floor=Money.of(refusal.floor),
        zone=refusal.zone,
    )


async def floors_in_force(context: Context, keys: Sequence[str]) -> Mapping[str, list[FloorRecord]]:
    found = await queries.floors(on=context.now.date())
    return {key: found.get(key, []) for key in keys}


async def open_campaign_counts(context: Context, keys: Sequence[str]) -> Mapping[str, int]:
    return await open_counts(slugs=keys, viewer_id=context.viewer_id, now=context.now)


@strawberry.type(description="The least that a place may pay from a day on.")
class CategoryFloor:
    zone: str | None = strawberry.field(description="Of `zones`; null: in every country.")
    currency: CurrencyCode | None = strawberry.field(
        description="Null: in all currencies that have no floor of their own there."
    )
    amount: Decimal = strawberry.field(description="In units of the currency; 0 ends a floor.")
    valid_from: date = strawberry.field(description="Its first day, in UTC.")

    @classmethod
    def of(cls, record: FloorRecord) -> Self:
        return cls(
            zone=None if record.zone == ALL else record.zone,
            currency=None if record.currency == ALL else CurrencyCode[record.currency],
            amount=Decimal(record.micros).scaleb(-MICRO_DIGITS).normalize(),
            valid_from=record.valid_from,
        )


@strawberry.type(description="What a category is called in a language.")
class CategoryName:
    language: str = strawberry.field(description="Code of ISO 639-1.")
    text: str = strawberry.field(description="At most 60 characters.")


@strawberry.type(description="A branch in the tree of work.")
class Category:
    record: strawberry.Private[CategoryRecord]
    slug: str = strawberry.field(description="Its name for ever, with those above it.")
    parent_slug: str | None = strawberry.field(description="Null for a kind of work.")
    kind: Kind = strawberry.field(description="The kind of work at its root.")
    is_open: bool = strawberry.field(description="New drafts may choose it.")

    @classmethod
    def of(cls, record: CategoryRecord) -> Self:
        return cls(
            record=record,
            slug=record.slug,
            parent_slug=parent_of(record.slug),
            kind=Kind(record.slug.partition(".")[0]),
            is_open=record.is_open,
        )

    @strawberry.field(description="In the language of the request, or in English.")
    def name(self, info: Info) -> str:
        return name_in(self.record.names, info.context.language.value)

    @strawberry.field(
        description="In every language that it has.", directives=[Cost(list_size=NAME_COUNT_MAX)]
    )
    def names(self) -> list[CategoryName]:
        names = sorted(self.record.names.items())
        return [CategoryName(language=language, text=text) for language, text in names]

    @strawberry.field(
        description="Its own floors, in force or still to come, the first 6; those of the "
        "categories above count as well.",
        directives=[Cost(list_size=FLOOR_COUNT_MAX)],
    )
    async def floors(self, info: Info) -> list[CategoryFloor]:
        found = await info.context.load(floors_in_force, self.slug)
        return [CategoryFloor.of(each) for each in (found or ())[:FLOOR_COUNT_MAX]]

    @strawberry.field(description="How many running campaigns the viewer can find there and below.")
    async def open_campaign_count(self, info: Info) -> int:
        return await info.context.load(open_campaign_counts, self.slug) or 0


@strawberry.type(description="Countries that have their prices in common.")
class Zone:
    code: str = strawberry.field(description="Its name.")
    countries: list[CountryCode] = strawberry.field(
        description="Those of today.", directives=[Cost(list_size=COUNTRY_COUNT)]
    )


@strawberry.type(description="Reads.")
class CategoryQueries:
    @strawberry.field(
        description="The tree of work, each branch behind what holds it.",
        directives=[Cost(weight=5, list_size=CATEGORY_COUNT_MAX)],
    )
    async def categories(
        self,
        info: Info,  # noqa: ARG002  # a resolver's signature
        within: Annotated[
            str | None, strawberry.argument(description="This branch alone; all by default.")
        ] = None,
    ) -> list[Category] | None:
        return [Category.of(each) for each in await queries.categories(within=within)]

    @strawberry.field(
        description="Which countries have their prices in common.",
        directives=[Cost(weight=5, list_size=ZONE_COUNT)],
    )
    async def zones(self, info: Info) -> list[Zone] | None:
        return await _zones(info.context)


@strawberry.input(description="What a category is called in a language.")
class CategoryNameInput:
    language: str = strawberry.field(description="Code of ISO 639-1.")
    text: str = strawberry.field(description="1 to 60 characters.")


@strawberry.input(description="Adds a category, or changes one.")
class CategorySetInput:
    slug: str = strawberry.field(
        description="Below one that is there, such as `labeling.images`; at most 3 steps."
    )
    names: list[CategoryNameInput] = strawberry.field(
        description="All of them; English is always among them."
    )
    is_open: bool = strawberry.field(default=True, description="Whether new drafts may choose it.")


@strawberry.input(description="Says the least that a place may pay from a day on.")
class CategoryFloorSetInput:
    slug: str = strawberry.field(description="Of a category; it counts for all below it too.")
    zone: str | None = strawberry.field(
        default=None, description="Of `zones`; null: in every country."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Null: in all currencies without a floor of their own there."
    )
    amount: Decimal = strawberry.field(description="In units; 0 ends what was set before.")
    valid_from: date = strawberry.field(description="Today in UTC, or later.")
    reason: str = strawberry.field(description="1 to 500 characters, for the record.")


@strawberry.input(description="Says in which zone countries are from a day on.")
class CountryZoneSetInput:
    countries: list[CountryCode] = strawberry.field(description="Which ones.")
    zone: str | None = strawberry.field(default=None, description="Null: in none any more.")
    valid_from: date = strawberry.field(description="Today in UTC, or later.")
    reason: str = strawberry.field(description="1 to 500 characters, for the record.")


@strawberry.type(description="Outcome of `categorySet`.")
class CategorySetPayload(Payload):
    category: Category | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `categoryFloorSet`.")
class CategoryFloorSetPayload(Payload):
    category: Category | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `countryZoneSet`.")
class CountryZoneSetPayload(Payload):
    zones: list[Zone] | None = strawberry.field(
        default=None,
        description="As they are today; null on refusal.",
        directives=[Cost(list_size=ZONE_COUNT)],
    )


@strawberry.type(description="Changes.")
class CategoryMutations:
    @strawberry.mutation(
        description="Staff add a category below another one, or rename or close one. Every "
        "version is kept. Needs campaigns:oversee.",
        directives=OVERSEE,
    )
    async def category_set(
        self, info: Info, input: In[CategorySetInput]
    ) -> CategorySetPayload | None:
        context = info.context
        try:
            await operations.set_category(
                staff_id=context.signed_in().member_id,
                slug=input.slug,
                names={each.language: each.text for each in input.names},
                is_open=input.is_open,
                now=context.now,
            )
        except Refused as refusal:
            return CategorySetPayload(errors=[user_error(refusal)])
        return CategorySetPayload(category=await _category(context, input.slug))

    @strawberry.mutation(
        description="Staff say the least that a place may pay. What is published keeps its "
        "price. Needs campaigns:oversee.",
        directives=OVERSEE,
    )
    async def category_floor_set(
        self, info: Info, input: In[CategoryFloorSetInput]
    ) -> CategoryFloorSetPayload | None:
        context = info.context
        try:
            await operations.set_floor(
                staff_id=context.signed_in().member_id,
                slug=input.slug,
                zone=ALL if input.zone is None else input.zone,
                currency=ALL if input.currency is None else input.currency.name,
                micros=int(input.amount.scaleb(MICRO_DIGITS)),  # exact: as the scalar allows
                valid_from=input.valid_from,
                reason=input.reason,
                now=context.now,
            )
        except Refused as refusal:
            return CategoryFloorSetPayload(errors=[user_error(refusal)])
        return CategoryFloorSetPayload(category=await _category(context, input.slug))

    @strawberry.mutation(
        description="Staff say in which zone of prices countries are. Needs campaigns:oversee.",
        directives=OVERSEE,
    )
    async def country_zone_set(
        self, info: Info, input: In[CountryZoneSetInput]
    ) -> CountryZoneSetPayload | None:
        context = info.context
        try:
            await operations.set_zone(
                staff_id=context.signed_in().member_id,
                countries=input.countries,
                zone=input.zone,
                valid_from=input.valid_from,
                reason=input.reason,
                now=context.now,
            )
        except Refused as refusal:
            return CountryZoneSetPayload(errors=[user_error(refusal)])
        return CountryZoneSetPayload(zones=await _zones(context))


async def _category(context: Context, slug: str) -> Category:
    context.renewed()
    return Category.of((await queries.categories(within=slug))[0])


async def _zones(context: Context) -> list[Zone]:
    found = await queries.zones(on=context.now.date())
    return [
        Zone(code=code, countries=[CountryCode(each) for each in countries])
        for code, countries in found.items()
    ]
