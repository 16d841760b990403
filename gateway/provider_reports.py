"""How each configured payout provider is: opened, quarantined, blocked, healthy or not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.payouts.provider import (
    Advances,
    Cancels,
    MatchesHolder,
    Onboards,
    Prepares,
    ReadsFiles,
)
from domain.provider import CallContext, Health, HealthStatus, ProviderError
from domain.provider_news import ReadsStatements, ReceivesWebhooks
from gateway.provider_news import News
from gateway.providers import PAYOUTS, Providers
from plugins.guarded import GuardedPayouts
from plugins.manager import PluginReport, PluginStatus
from schema.provider_reports import ProviderReport, ProviderStatus

ABILITIES: Final = (
    Prepares,
    Cancels,
    Advances,
    ReceivesWebhooks,
    ReadsFiles,
    ReadsStatements,
    Onboards,
    MatchesHolder,
)
_HEALTH: Final = {
    HealthStatus.OK: ProviderStatus.READY,
    HealthStatus.DEGRADED: ProviderStatus.DEGRADED,
    HealthStatus.DOWN: ProviderStatus.DOWN,
}


class Reports:
    """Asks every instance how it is, all at once."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    async def payout_providers(self, *, now: datetime) -> Sequence[ProviderReport]:
        directory = self._providers.payouts
        reasons = {
            each.instance_id: each.reason
            for each in self._providers.instances
            if each.port == PAYOUTS and each.reason
        }
        opened = await asyncio.gather(
            *(
                self._report(
                    instance_id,
                    directory.named(instance_id),
                    reason=reasons.get(instance_id, ""),
                    now=now,
                )
                for instance_id in directory.instance_ids
            )
        )
        refused = [
            ProviderReport(
                id=each.instance_id,
                plugin="",
                version="",
                status=ProviderStatus.REFUSED,
                reason=each.reason,
            )
            for each in self._providers.instances
            if each.instance_id not in directory.instance_ids and each.reason
        ]
        return [
            *opened,
            *refused,
            *(_plugin(each) for each in self._providers.plugins if _is_off(each)),
        ]

    async def _report(
        self, instance_id: str, provider: GuardedPayouts, *, reason: str, now: datetime
    ) -> ProviderReport:
        manifest = provider.manifest
        status, why, health = await _status(provider, reason=reason, now=now)
        news = News.of(self._providers)
        return ProviderReport(
            id=instance_id,
            plugin=manifest.id,
            version=manifest.version,
            status=status,
            reason=why,
            rails=tuple(rail.value for rail in manifest.rails),
            countries=tuple(sorted(manifest.countries)),
            currencies=tuple(sorted(manifest.currencies)),
            destination_schemas={
                kind: each.schema for kind, each in sorted(manifest.destination_kinds.items())
            },
            health=health,
            abilities=tuple(each.__name__ for each in ABILITIES if isinstance(provider, each)),
            webhook_paths=tuple(
                f"/hooks/{instance_id}/{route}"
                for owner, route in news.routes()
                if owner == instance_id
            ),
        )


async def _status(
    provider: GuardedPayouts, *, reason: str, now: datetime
) -> tuple[ProviderStatus, str, str]:
    reason = provider.guard.quarantine or reason
    if reason:
        return ProviderStatus.QUARANTINED, reason, ""
    if provider.guard.breaker.is_open:
        return ProviderStatus.DOWN, "the circuit is open", ""
    context = CallContext(now=now, send_no=1, correlation_id="report")
    try:
        health: Health = await provider.health(context)
    except ProviderError as error:
        return ProviderStatus.DOWN, type(error).__name__, ""
    return _HEALTH[health.status], "", health.detail or health.status.value


def _is_off(report: PluginReport) -> bool:
    return report.status is not PluginStatus.LOADED


def _plugin(report: PluginReport) -> ProviderReport:
    is_blocked = report.status is PluginStatus.BLOCKED
    return ProviderReport(
        id=report.name,
        plugin=report.name,
        version="",
        status=ProviderStatus.BLOCKED if is_blocked else ProviderStatus.QUARANTINED,
        reason=report.reason or "not on the allow-list",
    )
