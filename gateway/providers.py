"""Opens the configured provider instances, guards them and fills the directories of the domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
import structlog

from domain.database import in_transaction
from domain.given import Clock
from domain.money import Money
from domain.payouts.provider import PayoutObserver
from domain.provider import CallContext, HealthStatus, ProviderEnv, ProviderError
from domain.routing.provider import Obstacle, PayoutRouter, PayoutScreener
from gateway.instance_threads import InstanceThreads
from gateway.secret_references import SecretFiles
from gateway.verifiers import VerifierDirectory
from plugins.containment import contained, said
from plugins.guarded import GuardedDeposits, GuardedPayouts
from plugins.guarded_choice import GuardedObserver, GuardedRouter, GuardedScreener
from plugins.guarded_verifier import GuardedVerifier
from plugins.manager import PluginReport, PluginStatus, load_plugins
from plugins.recursion import same_recursion_limit
from plugins.sessions import Sessions, hosts_of
from plugins.tampering import untouched

log = structlog.get_logger(__name__)

Made = TypeVar("Made")
AnyGuarded: TypeAlias = GuardedPayouts | GuardedDeposits | GuardedVerifier
One = TypeVar("One", GuardedPayouts, GuardedDeposits, GuardedVerifier)

OPEN_SECONDS_MAX: Final = 10.0
HEALTH_KEPT: Final = timedelta(minutes=1)
REGION: Final = "ZZ"  # until a deployment says where it is
SANDBOX: Final = "sandbox"
SANDBOX_CHECKS: Final = "sandbox-checks"
PAYOUTS: Final = "payouts"
DEPOSITS: Final = "deposits"
BOTH_PORTS: Final = frozenset({PAYOUTS, DEPOSITS})
VERIFIERS: Final = "verifiers"


class UnknownInstance(LookupError):
    """Something was sent through an instance that is no longer configured: configure it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSettings:
    """One account at one provider. `secrets` are references: `env:NAME` or `file:path`."""

    instance_id: str
    plugin: str  # the id of the provider's manifest
    config: Mapping[str, object]
    secrets: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None  # where the account is, for people
    ports: frozenset[str] = BOTH_PORTS  # which of the plugin's offers this account is for


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceReport:
    """For `doctor`: an empty reason means ready."""

    instance_id: str
    port: str
    reason: str = ""


class PayoutDirectory:
    """Who pays whom, in the order of the configuration."""

    def __init__(
        self,
        instances: Mapping[str, GuardedPayouts],
        *,
        region: str,
        legal_entity: str | None = None,
        routers: Mapping[str, PayoutRouter] | None = None,
        screeners: Sequence[PayoutScreener] = (),
        observers: Sequence[PayoutObserver] = (),
    ) -> None:
        self.region = region
        self.routers = routers or {}
        self.screeners = tuple(screeners)
        self.observers = tuple(observers)
        self.legal_entity = legal_entity
        self._instances = instances
        self._health: dict[str, tuple[datetime, bool, tuple[Money, ...]]] = {}

    @property
    def instance_ids(self) -> Sequence[str]:
        return tuple(self._instances)

    async def obstacle(self, instance_id: str, *, now: datetime) -> Obstacle | None:
        provider = self._instances.get(instance_id)
        if provider is None:
            return Obstacle.NOT_CONFIGURED
        if provider.guard.quarantine is not None:
            return Obstacle.QUARANTINED
        breaker = provider.guard.breaker
        if breaker.is_open and not breaker.may_try:
            return Obstacle.CIRCUIT_OPEN
        return Obstacle.UNHEALTHY if await self._is_down(instance_id, now=now) else None

    async def balance(self, instance_id: str, *, currency: str, now: datetime) -> Money | None:
        """A provider that names several balances in a currency is asked for more than one."""
        if instance_id not in self._instances:
            return None
        await self._is_down(instance_id, now=now)
        _, _, balances = self._health[instance_id]
        found = [each.micros for each in balances if each.currency == currency]
        return Money(sum(found), currency) if found else None

    async def _is_down(self, instance_id: str, *, now: datetime) -> bool:
        """One question a minute; who does not answer is not known to be down."""
        asked_at, is_down, balances = self._health.get(instance_id, (None, False, ()))
        if asked_at is not None and asked_at <= now < asked_at + HEALTH_KEPT:
            return is_down
        self._health[instance_id] = (now, is_down, balances)  # others need not ask meanwhile
        context = CallContext(now=now, send_no=1, correlation_id=f"health:{instance_id}")
        try:
            health = await self._instances[instance_id].health(context)
        except ProviderError:
            is_down, balances = False, ()  # what it said before may be spent
        else:
            is_down, balances = health.status is HealthStatus.DOWN, health.balances
        self._health[instance_id] = (now, is_down, balances)
        return is_down

    def serves(self, *, kind: str, country: str, currency: str) -> bool:
        return bool(self.instances_for(kind=kind, country=country, currency=currency))

    def instances_for(self, *, kind: str, country: str, currency: str) -> Sequence[str]:
        return [
            instance_id
            for instance_id, provider in self._instances.items()
            if provider.guard.quarantine is None
            and provider.manifest.serves(kind=kind, country=country, currency=currency)
        ]

    def named(self, instance_id: str) -> GuardedPayouts:
        return _named(self._instances, instance_id)


class DepositDirectory:
    """Who takes which currency, in the order of the configuration."""

    def __init__(self, instances: Mapping[str, GuardedDeposits], *, region: str) -> None:
        self.region = region
        self._instances = instances

    @property
    def instance_ids(self) -> Sequence[str]:
        return tuple(self._instances)

    def instances_for(self, *, currency: str) -> Sequence[str]:
        return [
            instance_id
            for instance_id, provider in self._instances.items()
            if provider.guard.quarantine is None and currency in provider.manifest.currencies
        ]

    def named(self, instance_id: str) -> GuardedDeposits:
        return _named(self._instances, instance_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """All open instances of this process."""

    payouts: PayoutDirectory
    deposits: DepositDirectory
    plugins: tuple[PluginReport, ...]
    instances: tuple[InstanceReport, ...]
    opened: tuple[AnyGuarded, ...]
    threads: tuple[InstanceThreads, ...]
    verifiers: VerifierDirectory

    async def close(self) -> None:
        for provider in self.opened:
            try:
                await contained(
                    provider.close,
                    seconds=OPEN_SECONDS_MAX,
                    whose=provider.guard.instance_id,
                )
            except Exception as error:  # noqa: BLE001  # the others are closed all the same
                log.warning("provider.close.failed", error=said(error).partition(":")[0])
        for threads in self.threads:
            threads.close()


def default_instances(home: Path) -> tuple[InstanceSettings, ...]:
    """The sandbox, which is all there is until an operator configures more."""
    path = str(home / "sandbox.sqlite")
    return (
        InstanceSettings(instance_id=SANDBOX, plugin=SANDBOX, config={"path": path}),
        InstanceSettings(
            instance_id=SANDBOX_CHECKS, plugin=SANDBOX, config={}, ports=frozenset({VERIFIERS})
        ),
    )


async def open_providers(
    *,
    allow: Sequence[str],
    instances: Sequence[InstanceSettings],
    clock: Clock,
    region: str = REGION,
    legal_entity: str | None = None,
    seconds: Callable[[], float] = monotonic,
) -> Providers:
    """A failing instance is quarantined with its reason; a missing allowed plugin stops the start.
    `seconds` are those in which failures are counted, and after which it is tried again.

    Raises `PluginMissing`.
    """
    offers = load_plugins(allow)
    opening = _Opening(clock=clock, seconds=seconds)
    payouts: dict[str, GuardedPayouts] = {}
    deposits: dict[str, GuardedDeposits] = {}
    verifiers: dict[str, GuardedVerifier] = {}
    for settings in instances:
        paying = await opening.one(GuardedPayouts, offers.payouts, settings, port=PAYOUTS)
        if paying is not None:
            payouts[settings.instance_id] = paying
        taking = await opening.one(GuardedDeposits, offers.deposits, settings, port=DEPOSITS)
        if taking is not None:
            deposits[settings.instance_id] = taking
        verifying = await opening.one(GuardedVerifier, offers.verifiers, settings, port=VERIFIERS)
        if verifying is not None:
            verifiers[settings.instance_id] = verifying
        if not opening.has_seen(settings):
            opening.refuse_unoffered(settings, plugins=offers.reports)
    return Providers(
        payouts=PayoutDirectory(
            payouts,
            region=region,
            legal_entity=legal_entity,
            routers={each.name: GuardedRouter(each) for each in offers.routers},
            screeners=[GuardedScreener(each) for each in offers.screeners],
            observers=[GuardedObserver(each) for each in offers.observers],
        ),
        deposits=DepositDirectory(deposits, region=region),
        verifiers=VerifierDirectory(verifiers, region=region),
        plugins=offers.reports,
        instances=tuple(opening.reports),
        opened=tuple(opening.opened),
        threads=tuple(opening.threads),
    )


class _Opening:
    """Collects what opened and what did not."""

    def __init__(self, *, clock: Clock, seconds: Callable[[], float]) -> None:
        self.reports: list[InstanceReport] = []
        self.opened: list[AnyGuarded] = []
        self.threads: list[InstanceThreads] = []
        self._clock = clock
        self._seconds = seconds

    def has_seen(self, settings: InstanceSettings) -> bool:
        return any(each.instance_id == settings.instance_id for each in self.reports)

    async def one(
        self,
        guarded: type[One],
        offered: Mapping[str, type[Any]],
        settings: InstanceSettings,
        *,
        port: str,
    ) -> One | None:
        """None where its plugin does not offer this, or cannot even be made."""
        if settings.plugin not in offered or port not in settings.ports:
            return None
        inner = self._made(offered[settings.plugin], settings, port=port)
        if inner is None:
            return None
        provider = guarded(
            inner,
            instance_id=settings.instance_id,
            in_transaction=in_transaction,
            seconds=self._seconds,
        )
        await self.open(provider, settings, port=port)
        return provider

    def _made(self, kind: type[Made], settings: InstanceSettings, *, port: str) -> Made | None:
        try:
            with untouched():
                return kind()
        except KeyboardInterrupt:
            raise  # somebody at the keyboard wants to stop
        except BaseException as error:  # noqa: BLE001  # whatever a plugin does in its constructor
            self.refuse(settings, port=port, reason=said(error))
            return None

    async def open(self, provider: AnyGuarded, settings: InstanceSettings, *, port: str) -> None:
        threads = InstanceThreads(
            provider.manifest.concurrency, name=f"{settings.instance_id}-{port}"
        )
        self.threads.append(threads)
        secrets = SecretFiles(settings.secrets)
        try:
            for name in provider.manifest.secrets:
                secrets.text(name)  # found missing now, not when money waits
            config: Any = msgspec.convert(dict(settings.config), type=provider.config_type)
            env: ProviderEnv[Any] = ProviderEnv(
                instance_id=settings.instance_id,
                config=config,
                secrets=secrets,
                http=Sessions(
                    hosts=hosts_of(
                        # Where the operator chooses the service, the configuration lists hosts.
                        manifest_hosts=provider.manifest.hosts
                        | getattr(config, "hosts", frozenset[str]()),
                        endpoint=getattr(config, "endpoint", None),
                    )
                ),
                clock=self._clock,
                run_blocking=threads,
            )
            with same_recursion_limit(), untouched():  # libraries are imported here
                await contained(
                    lambda: provider.open(env),
                    seconds=OPEN_SECONDS_MAX,
                    whose=settings.instance_id,
                )
        except Exception as error:  # noqa: BLE001  # whatever a plugin does when it opens
            reason = secrets.hidden_in(said(error))
            provider.guard.quarantine = reason
            self.refuse(settings, port=port, reason=reason)
            return
        self.opened.append(provider)
        self.reports.append(InstanceReport(instance_id=settings.instance_id, port=port))

    def refuse_unoffered(
        self, settings: InstanceSettings, *, plugins: Sequence[PluginReport]
    ) -> None:
        wanted = " or ".join(sorted(settings.ports))
        reason = f"no plugin offers {settings.plugin!r} for {wanted}"
        for each in plugins:
            if each.name == settings.plugin and each.status is PluginStatus.BLOCKED:
                reason = f"the plugin {each.name!r} is not allowed: name it in PIECERATE_PLUGINS"
            if each.name == settings.plugin and each.status is PluginStatus.QUARANTINED:
                reason = f"the plugin {each.name!r} is quarantined: {each.reason}"
        self.refuse(settings, port="none", reason=reason)

    def refuse(self, settings: InstanceSettings, *, port: str, reason: str) -> None:
        log.warning("provider.quarantined", instance=settings.instance_id, port=port, reason=reason)
        self.reports.append(
            InstanceReport(instance_id=settings.instance_id, port=port, reason=reason)
        )


_Guarded = TypeVar("_Guarded", GuardedPayouts, GuardedDeposits)


def _named(instances: Mapping[str, _Guarded], instance_id: str) -> _Guarded:
    try:
        return instances[instance_id]
    except KeyError:
        raise UnknownInstance(f"no instance {instance_id!r} is configured") from None
