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
    APPROVED = "approved"  # the employer agreed; `CapturesDeposits` takes the money
    SETTLED = "settled"
    FAILED = "failed"
    EXPIRED = "expired"  # nobody paid in time
    DISPUTED = "disputed"  # the payer's bank wants it back
    WON = "won"  # the dispute
    LOST = "lost"  # the dispute: the money is gone
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"


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
    secrets: tuple[str, ...] = ()
    data_classes: frozenset[str] = frozenset()
    idempotency_window: timedelta | None = None  # of `capture` and `refund`; None: for ever
    after_settled_delays: tuple[timedelta, ...] = (
        timedelta(days=1),
        timedelta(days=7),
        timedelta(days=30),
        timedelta(days=60),
        timedelta(days=120),
    )  # then disputes and refunds are looked for by news and statements alone
    expires_after: timedelta | None = None  # where `look_up` cannot tell that nobody paid in time


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
    refunded: Money | None = None  # of it, so far


class ObservedRefund(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """`refund_ref` is the idempotency key. The money goes back the way it came."""

    refund_ref: str
    deposit: DepositRequest
    amount: Money
    provider_ref: str | None = None  # of the refund, once it is known


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundObservation:
    state: ObservedRefund | None
    provider_ref: str | None = None
    provider_code: str | None = None


class CapturesDeposits(ABC):
    """For providers where the employer's approval alone moves nothing."""

    @abstractmethod
    async def capture(self, request: DepositRequest, context: CallContext) -> DepositObservation:
        """Moves money. Must be safe to repeat with the same `deposit_ref`."""


class RefundsDeposits(ABC):
    @abstractmethod
    async def refund(self, request: RefundRequest, context: CallContext) -> RefundObservation:
        """Moves money. Must be safe to repeat with the same `refund_ref`."""

    @abstractmethod
    async def look_up_refund(
        self, request: RefundRequest, context: CallContext
    ) -> RefundObservation | None:
        """What became of it, by our reference alone; None when the provider never heard of it."""


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
