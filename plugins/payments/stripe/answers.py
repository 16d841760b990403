"""The parts of Stripe's answers that are read; a wrong type in one of them is no answer at all."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.money import Money
from domain.provider import OutcomeUnknown
from plugins.payments.stripe.currencies import money_of


def moved(value: int, currency: str) -> Money:
    """An amount in a currency whose decimals we do not know is an answer we cannot read."""
    try:
        return money_of(value, currency)
    except LookupError:
        raise OutcomeUnknown("an amount in a currency without a row") from None


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    value: int
    currency: str

    @property
    def money(self) -> Money:
        return moved(self.value, self.currency)


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    reason: str | None = None


class StatusDetails(msgspec.Struct, frozen=True, kw_only=True):
    processing: Reason | None = None
    failed: Reason | None = None
    returned: Reason | None = None


class StatusTransitions(msgspec.Struct, frozen=True, kw_only=True):
    canceled_at: str | None = None
    failed_at: str | None = None
    posted_at: str | None = None
    returned_at: str | None = None


class PaidFrom(msgspec.Struct, frozen=True, kw_only=True):
    debited: Amount | None = None


class PaidTo(msgspec.Struct, frozen=True, kw_only=True):
    recipient: str
    credited: Amount | None = None


class OutboundPayment(msgspec.Struct, frozen=True, kw_only=True):
    """Of Global Payouts (v2)."""

    id: str
    amount: Amount
    created: str
    status: str
    to: PaidTo
    cancelable: bool = False
    metadata: dict[str, str] | None = None
    from_: PaidFrom | None = msgspec.field(default=None, name="from")
    status_details: StatusDetails | None = None
    status_transitions: StatusTransitions | None = None


class UsageStatus(msgspec.Struct, frozen=True, kw_only=True):
    payments: str


class PayoutMethod(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    type: str
    usage_status: UsageStatus
    archived: bool = False
    restricted: bool = False
    created: str = ""


class SetupIntent(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    payout_method: PayoutMethod | None = None


class RecipientVerification(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    match_result: str
    status: str


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """An account of v2. Its capabilities are read as they come: their names differ by country."""

    id: str
    closed: bool | None = None
    configuration: dict[str, Any] | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    expires_at: int | str | None = None


class FinancialAccount(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    balance: dict[str, Any]


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    available: Amount
    inbound_pending: Amount
    outbound_pending: Amount


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    type: str = ""
    outbound_payment: str | None = None


class EntryDetails(msgspec.Struct, frozen=True, kw_only=True):
    category: str
    financial_account: str
    flow: Flow | None = None


class TransactionEntry(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    created: str
    effective_at: str
    balance_impact: Impact
    transaction_details: EntryDetails


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """To a connected account (v1)."""

    id: str
    amount: int
    currency: str
    created: int
    amount_reversed: int = 0
    reversed: bool = False
    destination: str | None = None
    metadata: dict[str, str] = {}


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """From a connected account to its bank (v1)."""

    id: str
    amount: int
    currency: str
    created: int
    status: str
    failure_code: str | None = None
    metadata: dict[str, str] | None = None


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    disabled_reason: str | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    payouts_enabled: bool = False
    details_submitted: bool = False
    requirements: Requirements | None = None


class Available(msgspec.Struct, frozen=True, kw_only=True):
    amount: int
    currency: str


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    available: list[Available]


class BalanceTransaction(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    amount: int
    fee: int
    currency: str
    created: int
    type: str
    source: dict[str, Any] | str | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    type: str
    created: int
    data: dict[str, Any]


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    amount: int
    currency: str
    amount_refunded: int = 0
    disputed: bool = False
    balance_transaction: BalanceTransaction | str | None = None


class PaymentIntent(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    latest_charge: Charge | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Of Checkout. `payment_intent` is there once somebody has tried to pay."""

    id: str
    status: str | None
    payment_status: str
    created: int
    amount_total: int | None = None
    currency: str | None = None
    client_reference_id: str | None = None
    expires_at: int | None = None
    url: str | None = None
    payment_intent: PaymentIntent | str | None = None


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str | None
    amount: int
    currency: str
    created: int
    failure_reason: str | None = None
    metadata: dict[str, str] | None = None


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    created: int
