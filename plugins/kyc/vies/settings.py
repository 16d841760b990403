"""What an instance at VIES can be told, and the rows that say how its answers are treated."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec

from plugins.http import ENDPOINT

VERSION: Final = "1"
HOSTS: Final = frozenset({"ec.europa.eu"})
POLICY_SOURCE: Final = "Piecerate's own choice; the Commission says nothing about how long"

Endpoint = Annotated[str, msgspec.Meta(pattern=ENDPOINT)]
Prefix = Annotated[str, msgspec.Meta(pattern=r"^([A-Z]{2})?$")]
Days = Annotated[int, msgspec.Meta(ge=1, le=366)]


class PolicyRow(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """From `valid_from` on. A proof counts for `proof_days`, also while nobody answers."""

    valid_from: date
    cache_hours: Annotated[int, msgspec.Meta(ge=0, le=24 * 7)] = 24
    proof_days: Days = 30
    source: str = POLICY_SOURCE
    verified_on: date | None = None


class ViesConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Our own VAT number, given with each question, brings the number that proves the answer."""

    endpoint: Endpoint = "https://ec.europa.eu"
    own_prefix: Prefix = ""
    own_number: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Z+*]{0,12}$")] = ""
    is_test_service: bool = False  # theirs: it knows the numbers 100 to 601 and nobody else
    per_country: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1  # calls at once per member state
    retry_delays: tuple[Annotated[float, msgspec.Meta(ge=0, le=30)], ...] = (1.0, 3.0)
    """Seconds between tries while too many ask at once, each stretched by up to a half."""

    policies: tuple[PolicyRow, ...] = (PolicyRow(valid_from=date(2000, 1, 1)),)

    def policy(self, on: date) -> PolicyRow:
        in_force = [each for each in self.policies if each.valid_from <= on]
        return max(in_force, key=lambda each: each.valid_from) if in_force else self.policies[0]
