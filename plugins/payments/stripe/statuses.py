"""Stripe's words for states and reasons: data. What stands in no row is reported as unmapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.deposits.provider import ObservedDeposit, ObservedRefund
from domain.payouts.provider import ObservedState

OUTBOUND: Final = "https://docs.stripe.com/api/v2/money-management/outbound-payments/object"
PAYOUTS: Final = "https://docs.stripe.com/api/payouts/object"
UNDER_REVIEW: Final = "under_review"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    status: str
    state: ObservedState
    reason: str = ""  # empty: whatever the reason
    source: str = OUTBOUND
    verified_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    """What the member is told about why it came back or failed."""

    reason: str
    message: str
    source: str = OUTBOUND
    verified_on: date | None = None


OUTBOUND_STATUSES: Final = (
    StatusRow(status="processing", reason=UNDER_REVIEW, state=ObservedState.ON_HOLD),
    StatusRow(status="processing", state=ObservedState.PENDING),
    StatusRow(status="posted", state=ObservedState.PAID),  # may still be returned
    StatusRow(status="returned", state=ObservedState.RETURNED),
    StatusRow(status="failed", state=ObservedState.FAILED),
    StatusRow(status="canceled", state=ObservedState.CANCELLED),
)
PAYOUT_STATUSES: Final = (
    StatusRow(status="pending", state=ObservedState.PENDING, source=PAYOUTS),
    StatusRow(status="in_transit", state=ObservedState.PENDING, source=PAYOUTS),
    StatusRow(status="paid", state=ObservedState.PAID, source=PAYOUTS),  # may still fail
    StatusRow(status="failed", state=ObservedState.FAILED, source=PAYOUTS),
    StatusRow(status="canceled", state=ObservedState.CANCELLED, source=PAYOUTS),
)
_ACCOUNT: Final = "The bank does not accept payments to this account. Please renew it."
_NAME: Final = "The name or address does not belong to this account. Please correct it."
_LIMIT: Final = "The bank or card does not accept this amount."
REASONS: Final = (
    ReasonRow(reason="payout_method_canceled_by_customer", message=_ACCOUNT),
    ReasonRow(reason="payout_method_closed", message="The account is closed."),
    ReasonRow(reason="payout_method_currency_unsupported", message=_ACCOUNT),
    ReasonRow(reason="payout_method_declined", message=_ACCOUNT),
    ReasonRow(reason="payout_method_does_not_exist", message="The account does not exist."),
    ReasonRow(reason="payout_method_expired", message="The card has expired."),
    ReasonRow(reason="payout_method_holder_address_incorrect", message=_NAME),
    ReasonRow(reason="payout_method_holder_details_incorrect", message=_NAME),
    ReasonRow(reason="payout_method_holder_name_incorrect", message=_NAME),
    ReasonRow(reason="payout_method_invalid_account_number", message="The number is wrong."),
    ReasonRow(reason="payout_method_restricted", message=_ACCOUNT),
    ReasonRow(reason="payout_method_unsupported", message=_ACCOUNT),
    ReasonRow(reason="payout_method_amount_limit_exceeded", message=_LIMIT),
    ReasonRow(reason="payout_method_usage_frequency_limit_exceeded", message=_LIMIT),
    ReasonRow(reason="fx_rate_drift_exceeded_after_review", message="The rate has changed."),
    ReasonRow(reason="review_rejected", message="Stripe has refused this payment."),
    ReasonRow(reason="recalled", message="The payment was called back."),
    ReasonRow(reason="unknown_failure", message="The bank gave no reason."),
)
_MESSAGES: Final[Mapping[str, str]] = {row.reason: row.message for row in REASONS}

DISPUTES: Final[Mapping[str, ObservedDeposit]] = {
    "needs_response": ObservedDeposit.DISPUTED,
    "under_review": ObservedDeposit.DISPUTED,
    "appeal_needs_response": ObservedDeposit.DISPUTED,
    "appeal_under_review": ObservedDeposit.DISPUTED,
    "won": ObservedDeposit.WON,
    "lost": ObservedDeposit.LOST,
    # Only a question of the payer's bank: no money has been taken.
    "warning_needs_response": ObservedDeposit.SETTLED,
    "warning_under_review": ObservedDeposit.SETTLED,
    "warning_closed": ObservedDeposit.SETTLED,
}
REFUNDS: Final[Mapping[str, ObservedRefund]] = {
    "pending": ObservedRefund.PENDING,
    "requires_action": ObservedRefund.PENDING,
    "succeeded": ObservedRefund.DONE,
    "failed": ObservedRefund.FAILED,
    "canceled": ObservedRefund.FAILED,
}


def state_of(rows: tuple[StatusRow, ...], *, status: str, reason: str = "") -> ObservedState | None:
    for row in rows:
        if row.status == status and row.reason in ("", reason):
            return row.state
    return None


def member_message(reason: str) -> str | None:
    return _MESSAGES.get(reason)
