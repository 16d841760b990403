"""What reaches us from a provider unasked: webhooks, files and statements. Both ports share it.

A webhook says about whom there is news; a look-up then says what. Nothing here moves money.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.money import Money
from domain.provider import CallContext


class WebhookRefused(Exception):
    """Not proven to come from the provider: nothing is kept of it but a count and a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRoute:
    """One address that the provider is given: `/hooks/<instance>/<name>`."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawWebhook:
    """As it came. Signatures are over `body`, byte for byte; header names are lower case."""

    route: str
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedWebhook:
    """`event_id` is unique per instance: the same one again changes nothing."""

    event_id: str
    route: str
    body: bytes = field(repr=False)
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """Whom the news is about, by whatever name the provider used. It is never believed alone."""

    event_id: str
    event_type: str
    occurred_at: datetime | None = None
    batch_ref: str | None = None
    item_ref: str | None = None
    deposit_ref: str | None = None
    check_ref: str | None = None
    provider_ref: str | None = None


class LineKind(StrEnum):
    PAYOUT = "payout"
    FEE = "fee"
    RETURN = "return"
    REVERSAL = "reversal"
    DEPOSIT = "deposit"
    TOP_UP = "top_up"  # our own money, moved to or from the provider
    EXCHANGE = "exchange"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One movement on our account at the provider; what left us is below zero."""

    line_id: str  # unique per instance
    booked_at: datetime
    kind: LineKind
    amount: Money
    item_ref: str | None = None
    deposit_ref: str | None = None
    provider_ref: str | None = None
    raw_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A payment that came to our account there, and that no look-up of a deposit tells of.

    `said` is what its payer wrote, for the people who decide whose it is.
    """

    arrival_ref: str  # unique per instance; the `line_id` of its line, where it has one
    amount: Money
    arrived_at: datetime
    deposit_ref: str | None = None  # where it names exactly one
    said: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage:
    """`cursor` is where the next reading goes on; it is kept with the lines, in one transaction."""

    lines: tuple[StatementLine, ...]
    cursor: str


class ReceivesWebhooks(ABC):
    """The provider calls us."""

    @abstractmethod
    def webhook_routes(self) -> tuple[WebhookRoute, ...]: ...

    @abstractmethod
    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        """Raises `WebhookRefused` unless signature and time are right. Nothing skips it."""

    @abstractmethod
    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        """Pure: no call, no clock. An event type it does not know gives an empty tuple."""


class ListsMissedWebhooks(ABC):
    """The provider tells which webhooks it could not deliver."""

    @abstractmethod
    async def missed_webhooks(
        self, since: datetime, context: CallContext
    ) -> tuple[VerifiedWebhook, ...]:
        """Of what happened from `since` on, with the ids that they would have come with.

        More than were missed does no harm: each id is kept once.
        """


class ReadsStatements(ABC):
    """The provider tells what was booked on our account."""

    @abstractmethod
    def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        """From `cursor` (None: from the beginning) to `until`, oldest first, page by page."""
