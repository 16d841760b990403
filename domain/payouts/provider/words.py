"""What goes to a payout provider, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.money import Money
from domain.provider import Exchange
from domain.provider_news import Arrival, StatementLine
from domain.routing.provider import FeePayer


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
    """`state` is None for a status we do not map. Never guess.

    `is_for_people`: you know that no later look-up will tell more. The payment is frozen, its
    fellows go on.
    """

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
    is_for_people: bool = False


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
    arrivals: tuple[Arrival, ...] = ()
