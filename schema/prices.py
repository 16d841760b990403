"""The `@cost` directive: what resolving a field once costs."""

from __future__ import annotations

import strawberry
from graphql import GraphQLField
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description="Price of resolving the field once; a plain list also states its longest length.",
)
class Cost:
    list_size: int = 1  # alphabetical: the sorted and the plain definition print alike
    weight: int = 1


ORDINARY = Cost()


def price_of(field: GraphQLField | None) -> Cost:
    definition = field.extensions.get("strawberry-definition") if field else None
    directives = getattr(definition, "directives", ())
    return next((each for each in directives if isinstance(each, Cost)), ORDINARY)
