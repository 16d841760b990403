"""What a payout provider must do. Partners implement this; nothing else."""

from __future__ import annotations

from domain.payouts.provider.abilities import (
    Advances,
    Cancels,
    HolderMatch,
    MatchesHolder,
    OnboardingLink,
    OnboardingMember,
    OnboardingState,
    OnboardingStatus,
    Onboards,
    Prepares,
    ReadsFiles,
)
from domain.payouts.provider.bank_days import BankDays, first_bank_day
from domain.payouts.provider.manifest import (
    BatchSemantics,
    DestinationKind,
    FeeKnown,
    Idempotency,
    IdempotencyScope,
    Lookup,
    LookupMode,
    PayoutManifest,
    SequenceScope,
)
from domain.payouts.provider.observers import PayoutNews, PayoutObserver
from domain.payouts.provider.port import (
    PayoutProvider,
    ProviderDirectory,
)
from domain.payouts.provider.words import (
    BatchObservation,
    Destination,
    FileReport,
    LookupAnswer,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutItem,
    Prepared,
    Quote,
    QuoteRequest,
    SendOutcome,
)
from domain.provider import FileRefused
from domain.routing.provider import FeePayer, Rail

__all__ = [
    "Advances",
    "BankDays",
    "BatchObservation",
    "BatchSemantics",
    "Cancels",
    "Destination",
    "DestinationKind",
    "FeeKnown",
    "FeePayer",
    "FileRefused",
    "FileReport",
    "HolderMatch",
    "Idempotency",
    "IdempotencyScope",
    "Lookup",
    "LookupAnswer",
    "LookupMode",
    "MatchesHolder",
    "Observation",
    "ObservedState",
    "OnboardingLink",
    "OnboardingMember",
    "OnboardingState",
    "OnboardingStatus",
    "Onboards",
    "PayoutBatch",
    "PayoutItem",
    "PayoutManifest",
    "PayoutNews",
    "PayoutObserver",
    "PayoutProvider",
    "Prepared",
    "Prepares",
    "ProviderDirectory",
    "Quote",
    "QuoteRequest",
    "Rail",
    "ReadsFiles",
    "SendOutcome",
    "SequenceScope",
    "first_bank_day",
]
