"""What a payout provider must do. Partners implement this; nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Generic, Protocol
from uuid import UUID

from domain.money import Money
from domain.provider import (
    CallContext,
    ConfigT,
    CurrencyLimits,
    Exchange,
    FieldProblem,
    Health,
    ProviderEnv,
)
from domain.provider_news import StatementLine
from domain.routing.provider import FeePayer as FeePayer  # noqa: PLC0414  # part of this port
from domain.routing.provider import Obstacle, PayoutRouter, PayoutScreener
from domain.routing.provider import Rail as Rail  # noqa: PLC0414  # as above


class ObservedState(StrEnum):
    """What a provider can tell us about an item."""

    ACCEPTED = "accepted"  # received, nothing decided
    PENDING = "pending"
    ON_HOLD = "on_hold"  # kept back by the provider
    UNCLAIMED = "unclaimed"  # waits for the member
    PAID = "paid"
    CANCELLED = "cancelled"
    FAILED = "failed"
    RETURNED = "returned"  # came back to us
    REFUNDED = "refunded"  # the payee sent it back
    REVERSED = "reversed"  # the provider took it back


class BatchSemantics(StrEnum):
    INDEPENDENT = "independent"  # items succeed or fail one by one
    ATOMIC = "atomic"
    FILE = "file"


class IdempotencyScope(StrEnum):
    BATCH = "batch"
    ITEM = "item"


class LookupMode(StrEnum):
    OUR_REF = "our_ref"  # found directly by what we chose
    SCAN = "scan"  # must be searched for
    PROVIDER_REF_ONLY = "provider_ref_only"
    NONE = "none"  # only files and staff tell


class SequenceScope(StrEnum):
    """Which numbers without a gap the core hands out, per instance."""

    NONE = "none"
    ITEM = "item"  # such as the nonce of a chain
    BATCH = "batch"  # such as the number of a day's file


class FeeKnown(StrEnum):
    """When the provider's own fee of a payment is known."""

    AT_QUOTE = "at_quote"
    AT_SEND = "at_send"
    LATER = "later"  # by a look-up or a statement
    NEVER = "never"  # on the monthly bill


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """How long the same reference pays once. No `window` means for ever."""

    scope: IdempotencyScope
    window: timedelta | None = None
    margin: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """When to ask again, and when "I do not have it" may be believed."""

    mode: LookupMode
    settle_delay: timedelta  # after a send's deadline, until which the provider may still book it
    delays: tuple[timedelta, ...]  # between look-ups; the last one repeats
    agreement_gap: timedelta = timedelta(minutes=10)  # between two that both say "missing"
    after_paid_delays: tuple[timedelta, ...] = ()  # then returns are no longer looked for
    report_delay: timedelta = timedelta(0)  # of what is searched through, behind the truth


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationKind:
    """`schema` is JSON Schema and drives the member's form; `label_field` is shown masked."""

    schema: Mapping[str, object]
    label_field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutManifest:
    """What a provider is; part of its code, so that it can be known without opening it.

    No `countries` means every country. Abilities are the classes of this module that the
    provider inherits; the host compares nothing by name.
    """

    id: str
    version: str
    api_version: int
    rails: tuple[Rail, ...]
    countries: frozenset[str]
    currencies: Mapping[str, CurrencyLimits]
    destination_kinds: Mapping[str, DestinationKind]
    max_batch: int
    batch_semantics: BatchSemantics
    idempotency: Idempotency
    lookup: Lookup
    after_paid: frozenset[ObservedState]  # what may still follow `paid`
    send_deadline: timedelta
    call_deadline: timedelta
    concurrency: int
    hosts: frozenset[str] = (
        frozenset()
    )  # with the host of the configured `endpoint`, all it may call
    is_sandbox: bool = False
    secrets: tuple[str, ...] = ()  # names; a missing one quarantines the instance
    data_classes: frozenset[str] = frozenset()  # personal data it receives: "email", "iban", …
    sequence: SequenceScope = SequenceScope.NONE
    fee_known: FeeKnown = FeeKnown.AT_QUOTE
    fee_payers: frozenset[FeePayer] = frozenset({FeePayer.PLATFORM})
    settles_in: str | None = None  # what arrives instead of the currency, 1:1, such as USDC
    requires_level: int = 0  # verification the worker must have reached
    sends_per_second_max: float | None = None

    def serves(self, *, kind: str, country: str, currency: str) -> bool:
        return (
            kind in self.destination_kinds
            and currency in self.currencies
            and (not self.countries or country in self.countries)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where the money goes. `fields` are opened for this call only and never logged."""

    destination_id: UUID
    kind: str
    country: str  # of the account, not of the member
    currency: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutItem:
    item_ref: str
    payout_id: UUID
    amount: Money  # already exact in the provider's smallest unit
    destination: Destination
    memo: str
    provider_ref: str | None = None
    sequence_no: int | None = None  # where the manifest asks for one per item
    provider_state: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What this provider last gave the core to keep for it, 8 KiB at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutBatch:
    """What one call hands over. Sending the same `batch_ref` twice must pay once."""

    batch_ref: str
    items: tuple[PayoutItem, ...]
    items_digest: str  # over references, amounts and destinations: they never change
    first_sent_at: datetime | None
    provider_ref: str | None = None
    sequence_no: int | None = None  # where the manifest asks for one per batch
    payload: bytes | None = field(default=None, repr=False)  # of `Prepares`, byte for byte
    provider_state: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """`state` is None for a status we do not map. Never guess."""

    item_ref: str
    state: ObservedState | None
    provider_ref: str | None = None
    provider_code: str | None = None
    amount: Money | None = None  # what the provider says it moved
    fee: Money | None = None  # may be in another currency than the amount
    exchange: Exchange | None = None
    member_message: str | None = None
    occurred_at: datetime | None = None
    next_step: str | None = None  # `Advances.advance` is called with it
    provider_state: Mapping[str, str] | None = field(default=None, repr=False)  # None: as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOutcome:
    """Items missing here become unknown."""

    items: tuple[Observation, ...]
    provider_ref: str | None = None  # the provider's own name for the batch
    provider_state: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupAnswer:
    found: tuple[Observation, ...]
    missing: tuple[str, ...]  # item references the provider does not have
    provider_ref: str | None = None
    searched_from: datetime | None = None  # for those that search: the window really read
    searched_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """What it would cost. A price is no business of the payee's: `fields` are always empty."""

    amount: Money
    destination: Destination
    fee_payer: FeePayer


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    payable: Money
    remainder: Money  # stays on the balance
    provider_fee: Money
    fee_payer: FeePayer
    arrives_within: timedelta
    expires_at: datetime
    exchange: Exchange | None = None  # where the destination is paid in another currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is committed with the batch before a byte of it leaves.

    With `file_name` in `batch_state`, staff may download the payload once it is sent.
    """

    payload: bytes = field(repr=False)
    batch_state: Mapping[str, str] = field(default_factory=dict, repr=False)
    item_states: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchObservation:
    """What a file says of a batch that it books or refuses as a whole, naming no item.

    True of the items that are still open, and only if they are as many and sum up to as much
    as it says; else people look.
    """

    batch_ref: str
    state: ObservedState
    provider_code: str | None = None
    count: int | None = None
    total: Money | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What a file says. `file_id` is its own name, or the digest of its bytes: read once."""

    file_id: str
    items: tuple[Observation, ...] = ()
    lines: tuple[StatementLine, ...] = ()
    batches: tuple[BatchObservation, ...] = ()


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


class FileRefused(Exception):
    """Its text is shown to staff: no personal data in it."""


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

    async def obstacle(self, instance_id: str, *, now: datetime) -> Obstacle | None:
        """Why it gets nothing new at this moment. May ask the provider, so in no transaction."""

    def serves(self, *, kind: str, country: str, currency: str) -> bool: ...

    def instances_for(self, *, kind: str, country: str, currency: str) -> Sequence[str]:
        """The first choice first; without those that may not be given new sends."""

    def named(self, instance_id: str) -> PayoutProvider[object]:
        """Also one in quarantine: what it was sent must still be looked up."""
