"""What a deposit provider must do. Partners implement this; nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Generic, Protocol
from uuid import UUID

from domain.money import Money
from domain.provider import CallContext, ConfigT, CurrencyLimits, Health, ProviderEnv


class ObservedDeposit(StrEnum):
    """What a provider can tell us about a deposit."""

    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositManifest:
    """What a provider is; part of its code, so that it can be known without opening it."""

    id: str
    version: str
    api_version: int
    rails: tuple[str, ...]
    currencies: Mapping[str, CurrencyLimits]
    look_up_delays: tuple[timedelta, ...]  # between look-ups; the last one repeats
    call_deadline: timedelta
    concurrency: int
    hosts: frozenset[str] = frozenset()
    is_sandbox: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRequest:
    """`deposit_ref` is the idempotency key; `reference` is the employer's own note."""

    deposit_ref: str
    amount: Money
    employer_id: UUID
    reference: str
    return_url: str
    provider_ref: str | None = None  # known to look-ups once `create` has answered


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositStart:
    provider_ref: str
    redirect_url: str | None = None  # where the employer pays
    instructions: str | None = None  # or what the employer has to do
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositObservation:
    """`state` is None for a status we do not map. `amount` is gross; `fee` was kept from it."""

    state: ObservedDeposit | None
    amount: Money | None = None
    fee: Money | None = None
    provider_ref: str | None = None
    provider_code: str | None = None
    occurred_at: datetime | None = None


class DepositProvider(ABC, Generic[ConfigT]):
    """Takes money from employers through one outside service."""

    manifest: ClassVar[DepositManifest]
    config_type: ClassVar[type]  # a msgspec.Struct that forbids unknown fields

    @abstractmethod
    async def open(self, env: ProviderEnv[ConfigT]) -> None: ...

    async def close(self) -> None:  # nothing to close is the usual case
        """Called once, at the end."""

    @abstractmethod
    async def health(self, context: CallContext) -> Health: ...

    @abstractmethod
    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        """Moves no money. The same `deposit_ref` again answers the first start."""

    @abstractmethod
    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        """What became of it, now; None when the provider has never heard of it."""


class ProviderDirectory(Protocol):
    """Who takes which currency; the gateway fills it at start-up with guarded providers."""

    @property
    def region(self) -> str:
        """Two letters of this deployment, part of every reference."""

    def instances_for(self, *, currency: str) -> Sequence[str]:
        """The first choice first; without those that may not be given new deposits."""

    def named(self, instance_id: str) -> DepositProvider[object]: ...
