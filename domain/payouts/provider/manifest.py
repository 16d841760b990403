"""What a payout provider is, known without opening it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.payouts.provider.bank_days import BankDays
from domain.payouts.provider.words import ObservedState
from domain.provider import CurrencyLimits
from domain.routing.provider import FeePayer, Rail


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
    bank_days: BankDays = BankDays.EVERY_DAY  # on which money leaves

    def serves(self, *, kind: str, country: str, currency: str) -> bool:
        return (
            kind in self.destination_kinds
            and currency in self.currencies
            and (not self.countries or country in self.countries)
        )
