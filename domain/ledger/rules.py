"""What an account, a leg and a transfer are. The database holds the same rules as constraints."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.money import AMOUNT_MICROS_MAX, Money


class AccountKind(StrEnum):
    """Kinds of the chart of accounts; the table `ledger_account_kind` says what each means."""

    PROVIDER_CLEARING = "provider:clearing"
    EMPLOYER_AVAILABLE = "employer:available"
    CAMPAIGN_ESCROW = "campaign:escrow"
    CAMPAIGN_FEES = "campaign:fees"
    WORKER_PENDING = "worker:pending"
    WORKER_EARNINGS = "worker:earnings"
    WORKER_PAYOUT = "worker:payout"
    TAX_VAT_ACCRUED = "tax:vat_accrued"
    TAX_VAT_OUTPUT = "tax:vat_output"
    INCOME_FEES = "income:fees"
    INCOME_FEATURES = "income:features"
    INCOME_PAYOUT_FEES = "income:payout_fees"
    EXPENSE_PROVIDER_FEES = "expense:provider_fees"
    EXPENSE_REFERRALS = "expense:referrals"
    CHARGEBACK_RECEIVABLE = "chargeback:receivable"
    EXPENSE_LOSSES = "expense:losses"
    EXPENSE_GOODWILL = "expense:goodwill"
    DEPOSIT_UNALLOCATED = "deposit:unallocated"
    FX_CLEARING = "fx:clearing"


class HoldState(StrEnum):
    """A hold is pending until exactly one of the others ends it."""

    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Account:
    """A balance of one owner, such as `worker:<id>:earnings` or `income:fees`."""

    kind: AccountKind
    owner: UUID | str | None = None

    @property
    def code(self) -> str:
        if self.owner is None:
            return self.kind.value
        group, name = self.kind.value.split(":")
        return f"{group}:{self.owner}:{name}"

    @property
    def owner_id(self) -> UUID | None:
        return self.owner if isinstance(self.owner, UUID) else None


@dataclass(frozen=True, slots=True)
class Leg:
    """`amount` above zero debits the account, below zero credits it."""

    account: Account
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A balanced set of legs. The same `key` is booked once, for ever."""

    event: str  # of the posting table, such as "E4"
    kind: str  # what happened, such as "assignment.approved"
    key: str
    correlation_id: UUID  # the assignment, payout, campaign it belongs to
    actor_id: UUID | None  # None: a rule or the clock did it
    legs: tuple[Leg, ...]
    reverses: UUID | None = None

    def digest(self) -> bytes:
        """Of what is booked, not of the day: a retry after midnight is still the same wish."""
        content = [
            self.kind,
            str(self.correlation_id),
            str(self.reverses),
            sorted((leg.account.code, leg.amount.currency, leg.amount.micros) for leg in self.legs),
        ]
        return hashlib.sha256(json.dumps(content).encode()).digest()


def debit(account: Account, amount: Money) -> Leg:
    assert amount.micros >= 0
    return Leg(account, amount)


def credit(account: Account, amount: Money) -> Leg:
    assert amount.micros >= 0
    return Leg(account, -amount)


def legs(*all_legs: Leg) -> tuple[Leg, ...]:
    """Without empty ones; what is left must balance, or the caller has a bug."""
    kept = tuple(leg for leg in all_legs if leg.amount.micros != 0)
    assert is_balanced(kept), kept
    assert all(abs(leg.amount.micros) <= AMOUNT_MICROS_MAX for leg in kept)
    return kept


def is_balanced(some: Iterable[Leg]) -> bool:
    sums: dict[str, int] = {}
    for leg in some:
        sums[leg.amount.currency] = sums.get(leg.amount.currency, 0) + leg.amount.micros
    return not any(sums.values())


def movable(transfers: Sequence[Transfer]) -> list[Transfer]:
    """Transfers that move something: a free place has nothing to book."""
    return [transfer for transfer in transfers if transfer.legs]


@dataclass(frozen=True, slots=True)
class Seal:
    """A day's books under one hash, which is chained to the day before."""

    day: date
    transfer_count: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an audit found: two numbers that must be equal and are not."""

    check: str  # the rule that is broken, such as "worker pending = undecided work"
    subject: str  # the account, campaign, payout or document at fault
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject} should be {self.expected}, is {self.found}"
