"""Loads the plugins that the allow-list names, and asks each of them, alone, what it offers."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from importlib.metadata import Distribution, distributions
from re import fullmatch
from typing import Any, Final

import pluggy

from domain.deposits.provider import DepositProvider
from domain.payouts.provider import PayoutProvider
from domain.provider import API_VERSION
from plugins.hookspecs import PROJECT, PiecerateHooks

GROUP: Final = "piecerate.plugins"
BUILT_IN: Final[Mapping[str, str]] = {"sandbox": "plugins.payments.sandbox"}
ALLOWED: Final = r"(?P<name>[\w.-]+)(==(?P<version>[^#]+)(#sha256:(?P<digest>[0-9a-f]{64}))?)?"


class PluginMissing(Exception):
    """The allow-list names a plugin that is not installed, or not in that version: no start."""


class PluginStatus(StrEnum):
    LOADED = "loaded"
    BLOCKED = "blocked"  # installed, but nobody allowed it
    QUARANTINED = "quarantined"  # allowed, but unusable; the rest of the house starts


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginReport:
    name: str
    status: PluginStatus
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What the loaded plugins hand over, by the id in their manifests."""

    payouts: Mapping[str, type[PayoutProvider[Any]]]
    deposits: Mapping[str, type[DepositProvider[Any]]]
    reports: tuple[PluginReport, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A plugin that could be loaded, built-in or from outside: both go the same way."""

    name: str
    load: Callable[[], object]
    distribution: Distribution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    plugin: str
    id: str
    kind: type[Any]


def load_plugins(allow: Sequence[str], *, built_in: Mapping[str, str] = BUILT_IN) -> Offers:
    """Raises `PluginMissing`; any other trouble quarantines the one plugin that makes it."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(PiecerateHooks)
    found = {each.name: each for each in _installed(built_in)}
    allowed = [_require_installed(entry, found) for entry in allow]
    reports: dict[str, PluginReport] = {}
    for name in found.keys() - set(allowed):
        manager.set_blocked(name)
        reports[name] = PluginReport(name=name, status=PluginStatus.BLOCKED)
    for name in allowed:
        reports[name] = _register(manager, found[name])
    payouts = _collect(manager, "payout_providers", PayoutProvider, reports)
    deposits = _collect(manager, "deposit_providers", DepositProvider, reports)
    sound = {name for name, each in reports.items() if each.status is PluginStatus.LOADED}
    return Offers(
        payouts={offer.id: offer.kind for offer in payouts if offer.plugin in sound},
        deposits={offer.id: offer.kind for offer in deposits if offer.plugin in sound},
        reports=tuple(reports[name] for name in sorted(reports)),
    )


def _installed(built_in: Mapping[str, str]) -> Iterator[_Found]:
    for distribution in distributions():
        for point in distribution.entry_points:
            if point.group == GROUP and point.name not in built_in:
                yield _Found(name=point.name, load=point.load, distribution=distribution)
    for name, module in built_in.items():
        yield _Found(name=name, load=_importer(module))


def _importer(module: str) -> Callable[[], object]:
    return lambda: import_module(module)


def _require_installed(entry: str, found: Mapping[str, _Found]) -> str:
    match = fullmatch(ALLOWED, entry.strip())
    if match is None:
        raise PluginMissing(f"the allow-list does not understand {entry!r}")
    name, version, digest = match["name"], match["version"], match["digest"]
    if name not in found:
        raise PluginMissing(f"the plugin {name!r} is on the allow-list, but not installed")
    distribution = found[name].distribution
    installed = distribution.version if distribution is not None else None
    if version is not None and version != installed:
        raise PluginMissing(f"the plugin {name!r} is {installed}, the allow-list wants {version}")
    if digest is not None and digest != _digest(distribution):
        raise PluginMissing(f"the plugin {name!r} is not the one that was pinned")
    return name


def _digest(distribution: Distribution | None) -> str | None:
    """Of the installed list of files, which carries a digest of each of them."""
    record = distribution.read_text("RECORD") if distribution is not None else None
    return None if record is None else hashlib.sha256(record.encode()).hexdigest()


def _register(manager: pluggy.PluginManager, found: _Found) -> PluginReport:
    """One by one: a misspelt hook of one plugin must not refuse another."""
    try:
        manager.register(found.load(), name=found.name)
        manager.check_pending()
    except Exception as error:  # noqa: BLE001  # whatever a plugin does while it is imported
        if manager.has_plugin(found.name):
            manager.unregister(name=found.name)
        return _quarantined(found.name, error)
    return PluginReport(name=found.name, status=PluginStatus.LOADED)


def _collect(
    manager: pluggy.PluginManager, hook: str, kind: Any, reports: dict[str, PluginReport]
) -> list[_Offer]:
    """Call one hook plugin by plugin, so that one failure cannot hide the others."""
    offers: list[_Offer] = []
    plugins = [(name, plugin) for name, plugin in manager.list_name_plugin() if plugin is not None]
    for name, _ in plugins:
        others = [plugin for other, plugin in plugins if other != name]
        try:
            answers = manager.subset_hook_caller(hook, others)()
            offered = [
                _Offer(plugin=name, id=str(each.manifest.id), kind=each)
                for answer in answers
                for each in _checked(answer, kind)
            ]
            _require_new(offered, offers)
        except Exception as error:  # noqa: BLE001  # whatever a plugin does in its hook
            reports[name] = _quarantined(name, error)
            continue
        offers += offered
    return offers


def _require_new(offered: Sequence[_Offer], earlier: Sequence[_Offer]) -> None:
    taken = {each.id for each in earlier} & {each.id for each in offered}
    if taken:
        raise TypeError(f"another plugin offers {', '.join(sorted(taken))} already")


def _checked(answer: object, kind: Any) -> list[Any]:
    if inspect.iscoroutine(answer):
        answer.close()
        raise TypeError("hooks are not async: nobody awaits them")
    if not isinstance(answer, Sequence):
        raise TypeError(f"a hook returns a sequence of classes, not {type(answer).__name__}")
    for offer in answer:
        if not (isinstance(offer, type) and issubclass(offer, kind)):
            raise TypeError(f"{offer!r} is no class of {kind.__name__}")
        if inspect.isabstract(offer):
            raise TypeError(f"{offer.__name__} lacks {', '.join(sorted(_lacking(offer)))}")
        manifest = getattr(offer, "manifest", None)
        if manifest is None or getattr(offer, "config_type", None) is None:
            raise TypeError(f"{offer.__name__} has no manifest or no config_type")
        if manifest.api_version != API_VERSION:
            raise TypeError(
                f"{offer.__name__} speaks version {manifest.api_version} of the port, "
                f"this house speaks {API_VERSION}"
            )
    return list(answer)


def _lacking(offer: type) -> frozenset[str]:
    missing: frozenset[str] = getattr(offer, "__abstractmethods__", frozenset())
    return missing


def _quarantined(name: str, error: Exception) -> PluginReport:
    reason = f"{type(error).__name__}: {error}"
    return PluginReport(name=name, status=PluginStatus.QUARANTINED, reason=reason)
