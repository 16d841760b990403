"""Addresses in what members wrote, with where they lead."""

from __future__ import annotations

from typing import Self

import strawberry

from domain import links
from schema.scalars import URL


@strawberry.type(description="An address in what a member wrote.")
class Link:
    url: URL = strawberry.field(description="Where it leads.")
    host: str = strawberry.field(
        description="Show it before somebody follows the link; other scripts stand as `xn--`."
    )
    is_external: bool = strawberry.field(description="It leads away from here: say so.")

    @classmethod
    def of(cls, link: links.Link) -> Self:
        return cls(url=URL(link.url), host=link.host, is_external=link.is_external)
