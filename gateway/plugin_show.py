"""What plugins say about themselves, as tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from rich.table import Table

from domain.deposits.provider import CapturesDeposits, DepositManifest, RefundsDeposits
from domain.payouts.provider import (
    Advances,
    Cancels,
    MatchesHolder,
    Onboards,
    PayoutManifest,
    Prepares,
    ReadsFiles,
)
from domain.provider_news import ListsMissedWebhooks, ReadsStatements, ReceivesWebhooks
from domain.verification.provider import (
    ChecksByFile,
    ReadsLists,
    Redacts,
    StartsHostedChecks,
    VerifierManifest,
)
from plugins.manager import PluginStatus, digest_of, installed_names, load_plugins, version_of

ABILITIES: Final = (
    Prepares,
    Cancels,
    Advances,
    ReceivesWebhooks,
    ListsMissedWebhooks,
    ReadsStatements,
    ReadsFiles,
    Onboards,
    MatchesHolder,
    CapturesDeposits,
    RefundsDeposits,
    StartsHostedChecks,
    ChecksByFile,
    Redacts,
    ReadsLists,
)
_PORTS: Final[Mapping[type, str]] = {
    PayoutManifest: "payout",
    DepositManifest: "deposit",
    VerifierManifest: "verifier",
}

_WHY: Final = {PluginStatus.BLOCKED: "PIECERATE_PLUGINS does not name it"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """`pin` is what an allow-list names to have exactly this one; the built-in have none."""

    name: str
    status: str
    offers: tuple[str, ...]
    reason: str
    pin: str


def rows(allowed: Sequence[str]) -> Iterator[Installed]:
    offers = load_plugins(allowed)
    for report in offers.reports:
        pin = ""
        if report.status is not PluginStatus.QUARANTINED:
            digest = digest_of(report.name)
            pin = f"{report.name}=={version_of(report.name)}#sha256:{digest}" if digest else ""
        yield Installed(
            name=report.name,
            status=report.status.value,
            offers=tuple(sorted(offered_ids(offers, report.name))),
            reason=report.reason or _WHY.get(report.status, ""),
            pin=pin,
        )


def offered_ids(offers: Any, name: str) -> set[str]:
    """What the plugin of that name offers, when it may load alone."""
    if not any(r.name == name and r.status is PluginStatus.LOADED for r in offers.reports):
        return set()
    alone = load_plugins([name])
    return {*alone.payouts, *alone.deposits, *alone.verifiers}


def every_offer() -> list[type[Any]]:
    """Of all that is installed, allowed or not: nothing is opened by it."""
    offers = load_plugins(installed_names())
    return [*offers.payouts.values(), *offers.deposits.values(), *offers.verifiers.values()]


def abilities(kind: type[Any]) -> list[str]:
    return [each.__name__ for each in ABILITIES if issubclass(kind, each)]


def manifest_table(kind: type[Any]) -> Table:
    table = Table("field", "value", title=f"{kind.__name__}", title_justify="left")
    for each in fields(kind.manifest):
        table.add_row(each.name, _text(plain(getattr(kind.manifest, each.name))))
    table.add_row("abilities", ", ".join(abilities(kind)))
    table.add_row("config", ", ".join(kind.config_type.__struct_fields__))
    return table


def capability_table(offers: Sequence[type[Any]]) -> Table:
    table = Table("provider", "port", "rails", "batch", "look-up", "currencies", "abilities")
    for kind in sorted(offers, key=lambda each: (each.manifest.id, each.__name__)):
        manifest: PayoutManifest | DepositManifest | VerifierManifest = kind.manifest
        table.add_row(
            manifest.id,
            f"{_PORTS[type(manifest)]}s",
            ", ".join(map(str, getattr(manifest, "rails", ()))),
            str(manifest.max_batch) if isinstance(manifest, PayoutManifest) else "",
            str(manifest.lookup.mode) if isinstance(manifest, PayoutManifest) else "",
            ", ".join(sorted(getattr(manifest, "currencies", ()))),
            ", ".join(abilities(kind)),
        )
    return table


def capabilities_json(offers: Sequence[type[Any]]) -> str:
    told = [
        {
            "provider": kind.__name__,
            "kind": _PORTS[type(kind.manifest)],
            "manifest": plain(kind.manifest),
            "abilities": abilities(kind),
            "config": list(kind.config_type.__struct_fields__),
        }
        for kind in offers
    ]
    return json.dumps(told, indent=2, sort_keys=True)


def plain(value: Any) -> Any:
    """As JSON has it: seconds for spans, micros for money, lists for sets."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    elif is_dataclass(value):
        value = {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    elif isinstance(value, Mapping):
        value = {str(key): plain(each) for key, each in value.items()}
    elif isinstance(value, set | frozenset):
        value = sorted(plain(each) for each in value)
    elif isinstance(value, list | tuple):
        value = [plain(each) for each in value]
    return value.value if isinstance(value, StrEnum) else value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return json.dumps(value)
