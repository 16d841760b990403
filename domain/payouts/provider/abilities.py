"""What a payout provider may be able to do besides. The core asks `isinstance`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.payouts.provider.words import (
    Destination,
    FileReport,
    Observation,
    PayoutBatch,
    PayoutItem,
    Prepared,
)
from domain.provider import CallContext


class HolderMatch(StrEnum):
    MATCH = "match"
    CLOSE_MATCH = "close_match"
    NO_MATCH = "no_match"
    UNAVAILABLE = "unavailable"


class OnboardingStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingMember:
    """Only what the manifest's `data_classes` name is filled in."""

    onboarding_ref: str  # ours; the provider's reference to this member
    country: str
    email: str | None = None
    return_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingLink:
    provider_ref: str
    url: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingState:
    """`fields` are a destination's, once it is ready."""

    status: OnboardingStatus
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    member_message: str | None = None


class Prepares(ABC):
    """For rails where the exact bytes are committed before they are sent."""

    @abstractmethod
    async def prepare(self, batch: PayoutBatch, context: CallContext) -> Prepared:
        """Deterministic and offline, but for reads that the bytes need (a fee, a balance)."""


class Cancels(ABC):
    @abstractmethod
    async def cancel(self, item: PayoutItem, context: CallContext) -> Observation:
        """Ask for it back. What it became is what the observation says, nothing else."""


class Advances(ABC):
    """For payments made of several calls of one effect each: transfer then payout, a fee bump."""

    @abstractmethod
    async def advance(self, item: PayoutItem, step: str, context: CallContext) -> Observation:
        """Must be safe to repeat with the same `step`."""


class ReadsFiles(ABC):
    """A bank's file is news that staff upload. What it says counts as a look-up."""

    @abstractmethod
    async def read_file(self, content: bytes, context: CallContext) -> FileReport:
        """Raises `FileRefused` for what it cannot read; nothing of it is kept then."""


class Onboards(ABC):
    @abstractmethod
    async def start_onboarding(
        self, member: OnboardingMember, context: CallContext
    ) -> OnboardingLink: ...

    @abstractmethod
    async def onboarding_state(
        self, provider_ref: str, context: CallContext
    ) -> OnboardingState: ...


class MatchesHolder(ABC):
    @abstractmethod
    async def match_holder(self, destination: Destination, context: CallContext) -> HolderMatch: ...
