"""What an instance can be told: rows of its own for countries that the house does not know."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec

from plugins.kyc.tax_ids.patterns import ROWS, PatternRow, PatternTable

VERSION: Final = "1"
Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
Kind = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


class PatternSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One row. Without `verified_on` staff see that nobody has confirmed it."""

    country: Code
    kind: Kind
    pattern: Annotated[str, msgspec.Meta(max_length=200)]
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    valid_from: date = date(2000, 1, 1)
    valid_until: date | None = None
    verified_on: date | None = None


class TaxIdsConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Rows given here take the place of the built-in rows of the same country and kind."""

    patterns: tuple[PatternSettings, ...] = ()

    def table(self) -> PatternTable:
        replaced = {(each.country, each.kind) for each in self.patterns}
        kept = [row for row in ROWS if (row.country, row.kind) not in replaced]
        return PatternTable(
            [*kept, *(PatternRow(**msgspec.structs.asdict(each)) for each in self.patterns)]
        )
