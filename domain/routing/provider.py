"""What rules and providers both speak of, and the two hooks of a plugin into the choice."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from domain.money import Money
from domain.provider import CallContext


class FeePayer(StrEnum):
    PLATFORM = "platform"
    MEMBER = "member"


class Rail(StrEnum):
    WALLET = "wallet"
    BANK_SEPA = "bank_sepa"
    BANK_ACH = "bank_ach"
    BANK_LOCAL = "bank_local"
    CARD = "card"
    STABLECOIN = "stablecoin"
    MANUAL = "manual"
    SANDBOX = "sandbox"


class Obstacle(StrEnum):
    """Why an instance gets nothing new at this moment."""

    NOT_CONFIGURED = "not_configured"
    QUARANTINED = "quarantined"
    CIRCUIT_OPEN = "circuit_open"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """What is to be paid. Who it is for is not told."""

    amount: Money
    country: str  # of the member
    destination_kind: str
    destination_country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOffer:
    """What one instance would do; `fee` may be in another currency than the amount."""

    instance_id: str
    fee: Money
    arrives_within: timedelta


class PayoutRouter(ABC):
    """Chooses among those that are left; a ruleset names it. It sees no provider and no member."""

    name: ClassVar[str]

    @abstractmethod
    async def choose(
        self, request: RouteRequest, offers: Sequence[RouteOffer], context: CallContext
    ) -> str | None:
        """The id of one of the offers. None, a failure, or another id: the cheapest is taken."""


class ScreenDecision(StrEnum):
    ALLOW = "allow"
    HOLD = "hold"  # people look at it
    DENY = "deny"  # not released by anybody; it can only be cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenRequest:
    payout_id: UUID
    worker_id: UUID
    amount: Money
    country: str  # of the member
    destination_kind: str
    destination_country: str
    member_age_days: int
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenVerdict:
    decision: ScreenDecision
    reason: str = ""  # for staff: no personal data in it


class PayoutScreener(ABC):
    """A veto before a payout is approved. Any DENY wins; a failure holds."""

    name: ClassVar[str]

    @abstractmethod
    async def screen(self, request: ScreenRequest, context: CallContext) -> ScreenVerdict: ...
