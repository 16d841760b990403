"""The `@auth` directive: the scopes a field needs, as the SDL shows them."""

from __future__ import annotations

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    name="auth",
    description="Scopes the viewer needs. Without them the field is null and a FORBIDDEN error "
    "is added.",
)
class Auth:
    scopes: list[str]
