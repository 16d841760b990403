"""What the gateway tells staff about configured providers; a port, as of the directories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ProviderStatus(StrEnum):
    READY = "ready"
    DEGRADED = "degraded"  # its provider says so
    QUARANTINED = "quarantined"  # no new sends until staff lift it; look-ups go on
    BLOCKED = "blocked"  # installed, but nobody allowed it
    REFUSED = "refused"  # configured, but nothing could be opened
    DOWN = "down"  # its provider does not answer, or the circuit is open


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderReport:
    """One instance, or a plugin without any."""

    id: str
    plugin: str
    version: str
    status: ProviderStatus
    reason: str
    rails: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    destination_schemas: Mapping[str, Mapping[str, object]] | None = None
    health: str = ""
    abilities: tuple[str, ...] = ()
    webhook_paths: tuple[str, ...] = ()


class ProviderReports(Protocol):
    async def payout_providers(self, *, now: datetime) -> Sequence[ProviderReport]: ...
