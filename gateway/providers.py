"""Opens the configured provider instances, guards them and fills the directories of the domain."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
import structlog

from domain.database import in_transaction
from domain.given import Clock
from domain.provider import CallContext, HealthStatus, ProviderEnv, ProviderError
from domain.routing.provider import Obstacle, PayoutRouter, PayoutScreener
from gateway.verifiers import VerifierDirectory
from plugins.guarded import GuardedDeposits, GuardedPayouts
from plugins.guarded_choice import GuardedRouter, GuardedScreener
from plugins.guarded_verifier import GuardedVerifier
from plugins.http import Sessions, hosts_of
from plugins.manager import PluginReport, load_plugins
from plugins.recursion import same_recursion_limit

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
AnyGuarded: TypeAlias = GuardedPayouts | GuardedDeposits | GuardedVerifier

OPEN_SECONDS_MAX: Final = 10.0
HEALTH_KEPT: Final = timedelta(minutes=1)
REGION: Final = "ZZ"  # until a deployment says where it is
SANDBOX: Final = "sandbox"
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
    ) -> None:
        self.region = region
        self.routers = routers or {}
        self.screeners = tuple(screeners)
        self.legal_entity = legal_entity
        self._instances = instances
        self._health: dict[str, tuple[datetime, bool]] = {}

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

    async def _is_down(self, instance_id: str, *, now: datetime) -> bool:
        """One question a minute; who does not answer is not known to be down."""
        asked_at, is_down = self._health.get(instance_id, (None, False))
        if asked_at is not None and asked_at <= now < asked_at + HEALTH_KEPT:
            return is_down
        self._health[instance_id] = (now, is_down)  # others need not ask meanwhile
        context = CallContext(now=now, send_no=1, correlation_id=f"health:{instance_id}")
        try:
            health = await self._instances[instance_id].health(context)
        except ProviderError:
            is_down = False
        else:
            is_down = health.status is HealthStatus.DOWN
        self._health[instance_id] = (now, is_down)
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
    threads: tuple[ThreadPoolExecutor, ...]
    verifiers: VerifierDirectory

    async def close(self) -> None:
        for provider in self.opened:
            try:
                async with asyncio.timeout(OPEN_SECONDS_MAX):
                    await provider.close()
            except (Exception, SystemExit) as error:  # noqa: BLE001  # the others are closed all the same
                log.warning("provider.close.failed", error=type(error).__name__)
        for pool in self.threads:
            pool.shutdown(wait=False, cancel_futures=True)


class SecretFiles:
    """Secrets stay where the operator keeps them; only their names travel."""

    def __init__(self, references: Mapping[str, str]) -> None:
        self._references = references

    def __repr__(self) -> str:
        return f"SecretFiles({', '.join(sorted(self._references))})"

    def text(self, name: str) -> str:
        """Raises where it is missing, empty or no reference: there is no default secret."""
        found = self.texts(name)
        if not found:
            raise LookupError(f"the secret {name!r} is missing")
        return found[0]

    def texts(self, name: str) -> tuple[str, ...]:
        """One per line, the newest first."""
        if name not in self._references:
            return ()
        kind, _, place = self._references[name].partition(":")
        match kind:
            case "env":
                content = os.environ.get(place, "")
            case "file":
                content = Path(place).read_text()
            case _:
                raise ValueError(f"the secret {name!r} is no env: or file: reference")
        return tuple(line.strip() for line in content.splitlines() if line.strip())


def default_instances(home: Path) -> tuple[InstanceSettings, ...]:
    """The sandbox, which is all there is until an operator configures more."""
    path = str(home / "sandbox.sqlite")
    return (InstanceSettings(instance_id=SANDBOX, plugin=SANDBOX, config={"path": path}),)


async def open_providers(
    *,
    allow: Sequence[str],
    instances: Sequence[InstanceSettings],
    clock: Clock,
    region: str = REGION,
    legal_entity: str | None = None,
) -> Providers:
    """A failing instance is quarantined with its reason; a missing allowed plugin stops the start.

    Raises `PluginMissing`.
    """
    offers = load_plugins(allow)
    opening = _Opening(clock=clock)
    payouts: dict[str, GuardedPayouts] = {}
    deposits: dict[str, GuardedDeposits] = {}
    verifiers: dict[str, GuardedVerifier] = {}
    for settings in instances:
        if settings.plugin in offers.payouts and PAYOUTS in settings.ports:
            guarded = GuardedPayouts(
                offers.payouts[settings.plugin](),
                instance_id=settings.instance_id,
                in_transaction=in_transaction,
            )
            payouts[settings.instance_id] = guarded
            await opening.open(guarded, settings, port=PAYOUTS)
        if settings.plugin in offers.deposits and DEPOSITS in settings.ports:
            guarded_deposits = GuardedDeposits(
                offers.deposits[settings.plugin](),
                instance_id=settings.instance_id,
                in_transaction=in_transaction,
            )
            deposits[settings.instance_id] = guarded_deposits
            await opening.open(guarded_deposits, settings, port=DEPOSITS)
        if settings.plugin in offers.verifiers and VERIFIERS in settings.ports:
            guarded_verifier = GuardedVerifier(
                offers.verifiers[settings.plugin](),
                instance_id=settings.instance_id,
                in_transaction=in_transaction,
            )
            verifiers[settings.instance_id] = guarded_verifier
            await opening.open(guarded_verifier, settings, port=VERIFIERS)
        if settings.instance_id not in payouts.keys() | deposits.keys() | verifiers.keys():
            opening.refuse_unoffered(settings)
    return Providers(
        payouts=PayoutDirectory(
            payouts,
            region=region,
            legal_entity=legal_entity,
            routers={each.name: GuardedRouter(each) for each in offers.routers},
            screeners=[GuardedScreener(each) for each in offers.screeners],
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

    def __init__(self, *, clock: Clock) -> None:
        self.reports: list[InstanceReport] = []
        self.opened: list[AnyGuarded] = []
        self.threads: list[ThreadPoolExecutor] = []
        self._clock = clock

    async def open(self, provider: AnyGuarded, settings: InstanceSettings, *, port: str) -> None:
        pool = ThreadPoolExecutor(
            provider.manifest.concurrency, thread_name_prefix=f"{settings.instance_id}-{port}"
        )
        self.threads.append(pool)
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
                run_blocking=_Blocking(pool),
            )
            with same_recursion_limit():  # libraries are imported here
                async with asyncio.timeout(OPEN_SECONDS_MAX):
                    await provider.open(env)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a plugin does when it opens
            reason = _without(f"{type(error).__name__}: {error}", secrets, settings.secrets)
            provider.guard.quarantine = reason
            self.refuse(settings, port=port, reason=reason)
            return
        self.opened.append(provider)
        self.reports.append(InstanceReport(instance_id=settings.instance_id, port=port))

    def refuse_unoffered(self, settings: InstanceSettings) -> None:
        wanted = " or ".join(sorted(settings.ports))
        reason = f"no plugin offers {settings.plugin!r} for {wanted}"
        self.refuse(settings, port="none", reason=reason)

    def refuse(self, settings: InstanceSettings, *, port: str, reason: str) -> None:
        log.warning("provider.quarantined", instance=settings.instance_id, port=port, reason=reason)
        self.reports.append(
            InstanceReport(instance_id=settings.instance_id, port=port, reason=reason)
        )


class _Blocking:
    """An instance's own threads: a hanging provider starves only itself."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    async def __call__(self, call: Callable[[], Result], /) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)


def _without(text: str, secrets: SecretFiles, names: Iterable[str]) -> str:
    """A plugin may say why it does not open, but its secrets are not told with it."""
    for name in names:
        with suppress(OSError, ValueError):  # what cannot be read cannot be told
            for value in secrets.texts(name):
                text = text.replace(value, "[secret]")
    return text


_Guarded = TypeVar("_Guarded", GuardedPayouts, GuardedDeposits)


def _named(instances: Mapping[str, _Guarded], instance_id: str) -> _Guarded:
    try:
        return instances[instance_id]
    except KeyError:
        raise UnknownInstance(f"no instance {instance_id!r} is configured") from None
