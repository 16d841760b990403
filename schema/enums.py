"""Shows a domain enum in GraphQL and keeps the enum itself free of GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

Kind = TypeVar("Kind", bound=Enum)


def show_enum(
    kind: type[Kind], *, description: str, values: Mapping[Kind, str], name: str | None = None
) -> None:
    """Every value has its description, or the start-up fails with `KeyError`."""
    strawberry.enum(kind, name=name, description=description)
    definition: StrawberryEnumDefinition = kind.__strawberry_definition__  # type: ignore[attr-defined]  # put there just now
    for value in definition.values:
        value.description = values[kind[value.name]]
