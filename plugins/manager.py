"""Loads the plugins that the allow-list names, and asks each of them, alone, what it offers."""

from __future__ import annotations

import base64
import hashlib
import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from importlib.metadata import Distribution, PackagePath, distributions
from re import fullmatch
from typing import Any, Final

import pluggy
import structlog

from domain.deposits.provider import DepositProvider
from domain.payouts.provider import PayoutObserver, PayoutProvider
from domain.routing.provider import PayoutRouter, PayoutScreener
from domain.verification.provider import Verifier
from plugins.hookspecs import PROJECT, PiecerateHooks
from plugins.manifest_checks import class_problems
from plugins.recursion import same_recursion_limit
from plugins.tampering import load_transport, untouched

log = structlog.get_logger(__name__)

GROUP: Final = "piecerate.plugins"
BUILT_IN: Final[Mapping[str, str]] = {
    "bank": "plugins.payments.bank",
    "crypto": "plugins.payments.crypto",
    "documents": "plugins.kyc.documents",
    "irs_tin": "plugins.kyc.irs_tin",
    "manual": "plugins.payments.manual",
    "payoneer": "plugins.payments.payoneer",
    "paypal": "plugins.payments.paypal",
    "sanctions": "plugins.kyc.sanctions",
    "sandbox": "plugins.payments.sandbox",
    "stripe": "plugins.payments.stripe",
    "stripe_identity": "plugins.kyc.stripe_identity",
    "tax_ids": "plugins.kyc.tax_ids",
    "vies": "plugins.kyc.vies",
}
SANDBOX: Final = "sandbox"  # pays nobody, and asks nobody in the network
TRACE: Final = "PIECERATE_TRACE_HOOKS"
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
    routers: tuple[PayoutRouter, ...] = ()
    screeners: tuple[PayoutScreener, ...] = ()
    observers: tuple[PayoutObserver, ...] = ()
    verifiers: Mapping[str, type[Verifier[Any]]] = field(default_factory=dict)


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
    if os.environ.get(TRACE) == "1":
        _trace(manager)
    found = {each.name: each for each in _installed(built_in)}
    allowed = [_require_installed(entry, found) for entry in allow]
    reports: dict[str, PluginReport] = {}
    for name in found.keys() - set(allowed):
        manager.set_blocked(name)
        reports[name] = PluginReport(name=name, status=PluginStatus.BLOCKED)
    if set(allowed) - {SANDBOX}:
        load_transport()
    for name in allowed:
        reports[name] = _register(manager, found[name])
    payouts = _collect(manager, "payout_providers", PayoutProvider, reports)
    deposits = _collect(manager, "deposit_providers", DepositProvider, reports)
    verifiers = _collect(manager, "verifiers", Verifier, reports)
    routers = _collect_objects(manager, "payout_routers", PayoutRouter, reports)
    screeners = _collect_objects(manager, "payout_screeners", PayoutScreener, reports)
    observers = _collect_objects(manager, "payout_observers", PayoutObserver, reports)
    sound = {name for name, each in reports.items() if each.status is PluginStatus.LOADED}
    return Offers(
        payouts={offer.id: offer.kind for offer in payouts if offer.plugin in sound},
        deposits={offer.id: offer.kind for offer in deposits if offer.plugin in sound},
        verifiers={offer.id: offer.kind for offer in verifiers if offer.plugin in sound},
        reports=tuple(reports[name] for name in sorted(reports)),
        routers=tuple(each for name, each in routers if name in sound),
        screeners=tuple(each for name, each in screeners if name in sound),
        observers=tuple(each for name, each in observers if name in sound),
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
    """Of the installed list of files, if every file is still what that list says."""
    record = distribution.read_text("RECORD") if distribution is not None else None
    if distribution is None or record is None:
        return None
    for each in distribution.files or ():
        if each.hash is not None and not _is_unchanged(each):
            return None
    return hashlib.sha256(record.encode()).hexdigest()


def _is_unchanged(file: PackagePath) -> bool:
    assert file.hash is not None
    try:
        digest = hashlib.new(file.hash.mode, file.read_binary()).digest()
    except (OSError, ValueError):
        return False
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value


def installed_names() -> list[str]:
    return sorted(each.name for each in _installed(BUILT_IN))


def version_of(name: str) -> str:
    """Empty for a built-in: it has the version of the house."""
    found = {each.name: each.distribution for each in _installed({})}
    distribution = found.get(name)
    return distribution.version if distribution is not None else ""


def installed_module(name: str) -> str | None:
    """What the entry point of that name leads to, whether it may load or not."""
    for distribution in distributions():
        for point in distribution.entry_points:
            if point.group == GROUP and point.name == name:
                return point.module
    return None


def digest_of(name: str) -> str | None:
    """What an allow-list pins of an installed plugin: `name==version#sha256:<this>`."""
    found = {each.name: each for each in _installed({})}
    return _digest(found[name].distribution) if name in found else None


def _trace(manager: pluggy.PluginManager) -> None:
    """Each call of a hook and its answer, as a log line; hooks carry no secrets."""
    manager.trace.root.setwriter(lambda text: log.info("plugin.hook", said=text.rstrip()))
    manager.enable_tracing()


def _register(manager: pluggy.PluginManager, found: _Found) -> PluginReport:
    """One by one: a misspelt hook of one plugin must not refuse another."""
    try:
        with same_recursion_limit(), untouched():
            manager.register(found.load(), name=found.name)
        manager.check_pending()
    except KeyboardInterrupt:
        raise  # somebody at the keyboard wants to stop
    except BaseException as error:  # noqa: BLE001  # whatever a plugin does while it is imported
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
        except KeyboardInterrupt:
            raise  # as above
        except BaseException as error:  # noqa: BLE001  # whatever a plugin does in its hook
            reports[name] = _quarantined(name, error)
            continue
        offers += offered
    return offers


def _collect_objects(
    manager: pluggy.PluginManager, hook: str, kind: Any, reports: dict[str, PluginReport]
) -> list[tuple[str, Any]]:
    """As above, for hooks that return objects with a `name`."""
    found: list[tuple[str, Any]] = []
    plugins = [(name, plugin) for name, plugin in manager.list_name_plugin() if plugin is not None]
    for name, _ in plugins:
        if reports[name].status is not PluginStatus.LOADED:
            continue  # what it offers is not used, and takes no name
        others = [plugin for other, plugin in plugins if other != name]
        try:
            answers = manager.subset_hook_caller(hook, others)()
            offered = [each for answer in answers for each in _objects(answer, kind)]
            _require_new_names(offered, [each for _, each in found])
        except KeyboardInterrupt:
            raise  # as above
        except BaseException as error:  # noqa: BLE001  # whatever a plugin does in its hook
            reports[name] = _quarantined(name, error)
            continue
        found += [(name, each) for each in offered]
    return found


def _require_new_names(offered: Sequence[Any], earlier: Sequence[Any]) -> None:
    taken = {each.name for each in earlier} & {each.name for each in offered}
    if taken:
        raise TypeError(f"another plugin offers {', '.join(sorted(taken))} already")


def _objects(answer: object, kind: Any) -> list[Any]:
    if inspect.iscoroutine(answer):
        answer.close()
        raise TypeError("hooks are not async: nobody awaits them")
    if not isinstance(answer, Sequence):
        raise TypeError(f"a hook returns a sequence, not {type(answer).__name__}")
    for offer in answer:
        if not isinstance(offer, kind) or not getattr(offer, "name", None):
            raise TypeError(f"{offer!r} is no {kind.__name__} with a name")
    return list(answer)


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
        problems = class_problems(offer)
        if problems:
            raise TypeError(f"{offer.__name__} {'; '.join(problems)}")
    return list(answer)


def _quarantined(name: str, error: BaseException) -> PluginReport:
    reason = f"{type(error).__name__}: {error}"
    return PluginReport(name=name, status=PluginStatus.QUARANTINED, reason=reason)
