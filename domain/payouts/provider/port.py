"""The port itself, and the directory of those who implement it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Generic, Protocol

from domain.money import Money
from domain.payouts.provider.manifest import PayoutManifest
from domain.payouts.provider.observers import PayoutObserver
from domain.payouts.provider.words import (
    Destination,
    LookupAnswer,
    PayoutBatch,
    Quote,
    QuoteRequest,
    SendOutcome,
)
from domain.provider import CallContext, ConfigT, FieldProblem, Health, ProviderEnv
from domain.routing.provider import Obstacle, PayoutRouter, PayoutScreener


class PayoutProvider(ABC, Generic[ConfigT]):
    """Sends money to members through one outside service.

    Raise `NotSent` or `Declined` only when you are certain. Any other exception, and a
    passed deadline, means that nobody knows. Keep no state of your own.
    """

    manifest: ClassVar[PayoutManifest]
    config_type: ClassVar[type]  # a msgspec.Struct that forbids unknown fields

    @abstractmethod
    async def open(self, env: ProviderEnv[ConfigT]) -> None:
        """Called once, under a deadline; import the vendor's library here, not above."""

    async def close(self) -> None:  # nothing to close is the usual case
        """Called once, at the end."""

    @abstractmethod
    async def health(self, context: CallContext) -> Health: ...

    @abstractmethod
    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        """Pure and offline: called while a member types."""

    @abstractmethod
    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote: ...

    @abstractmethod
    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        """Hand over the items. Must be safe to repeat with the same `batch_ref`."""

    @abstractmethod
    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        """What became of them, now. Must work with our references alone: after a time-out
        there are no others.
        """


class ProviderDirectory(Protocol):
    """Who pays whom; the gateway fills it at start-up with guarded providers."""

    @property
    def region(self) -> str:
        """Two letters of this deployment, part of every reference."""

    @property
    def legal_entity(self) -> str | None:
        """Code of the company of ours that pays from here, where the operator names one."""

    @property
    def instance_ids(self) -> Sequence[str]:
        """All that are configured, in that order, whatever their state."""

    @property
    def routers(self) -> Mapping[str, PayoutRouter]:
        """By the name a ruleset calls them; they raise nothing."""

    @property
    def screeners(self) -> Sequence[PayoutScreener]:
        """They raise nothing: a failure is a hold."""

    @property
    def observers(self) -> Sequence[PayoutObserver]:
        """They raise `ProviderError` and nothing else."""

    async def obstacle(self, instance_id: str, *, now: datetime) -> Obstacle | None:
        """Why it gets nothing new at this moment. May ask the provider, so in no transaction."""

    async def balance(self, instance_id: str, *, currency: str, now: datetime) -> Money | None:
        """Ours there, as it said a short while ago; None where nobody knows."""

    def serves(self, *, kind: str, country: str, currency: str) -> bool: ...

    def instances_for(self, *, kind: str, country: str, currency: str) -> Sequence[str]:
        """The first choice first; without those that may not be given new sends."""

    def named(self, instance_id: str) -> PayoutProvider[object]:
        """Also one in quarantine: what it was sent must still be looked up."""
