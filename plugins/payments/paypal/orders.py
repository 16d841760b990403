"""What we write into an order, and what PayPal's answers about one mean. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from domain.deposits.provider import (
    DepositObservation,
    DepositRequest,
    ObservedDeposit,
    ObservedRefund,
    RefundObservation,
    RefundRequest,
)
from domain.money import Money
from domain.provider import OutcomeUnknown
from plugins.payments.paypal.currencies import money_of, optional_money, order_amount
from plugins.payments.paypal.said import plain
from plugins.payments.paypal.webhooks import instant

TEXT_CHARS_MAX: Final = 127
ORDER_STATES: Final[Mapping[str, ObservedDeposit]] = {
    "CREATED": ObservedDeposit.PENDING,
    "SAVED": ObservedDeposit.PENDING,
    "PAYER_ACTION_REQUIRED": ObservedDeposit.PENDING,
    "APPROVED": ObservedDeposit.APPROVED,
    "VOIDED": ObservedDeposit.EXPIRED,
}
CAPTURE_STATES: Final[Mapping[str, ObservedDeposit]] = {
    "COMPLETED": ObservedDeposit.SETTLED,
    "PENDING": ObservedDeposit.PENDING,
    "DECLINED": ObservedDeposit.FAILED,
    "FAILED": ObservedDeposit.FAILED,
    "REFUNDED": ObservedDeposit.REFUNDED,
    "PARTIALLY_REFUNDED": ObservedDeposit.PARTLY_REFUNDED,
}
REFUND_STATES: Final[Mapping[str, ObservedRefund]] = {
    "COMPLETED": ObservedRefund.DONE,
    "PENDING": ObservedRefund.PENDING,
    "FAILED": ObservedRefund.FAILED,
    "CANCELLED": ObservedRefund.FAILED,
}
DISPUTED_REASONS: Final = frozenset({"CHARGEBACK", "BUYER_COMPLAINT"})
LOST: Final = frozenset({"RESOLVED_BUYER_FAVOUR", "ACCEPTED", "RESOLVED_WITH_PAYOUT"})
WON: Final = frozenset({"RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER", "DENIED"})
RESOLVED: Final = "RESOLVED"


def order_of(request: DepositRequest) -> dict[str, Any]:
    """`invoice_id` makes PayPal itself refuse to take the same deposit twice."""
    unit = {
        "reference_id": request.deposit_ref,
        "custom_id": request.deposit_ref,
        "invoice_id": request.deposit_ref,
        "amount": order_amount(request.amount),
    }
    note = " ".join(request.reference.split())[:TEXT_CHARS_MAX]
    if note:
        unit["description"] = note
    order: dict[str, Any] = {"intent": "CAPTURE", "purchase_units": [unit]}
    context = {"shipping_preference": "NO_SHIPPING", "user_action": "PAY_NOW"}
    if request.return_url:
        context |= {"return_url": request.return_url, "cancel_url": request.return_url}
    order["application_context"] = context
    return order


def refund_of(request: RefundRequest) -> dict[str, Any]:
    """Named twice: ours for the refund, and the deposit it belongs to."""
    return {
        "amount": order_amount(request.amount),
        "custom_id": request.refund_ref,
        "invoice_id": request.deposit.deposit_ref,
    }


def order_id_of(said: Any) -> str:
    name = said.get("id") if isinstance(said, Mapping) else None
    if not isinstance(name, str) or not name:
        raise OutcomeUnknown("an answer without an order")
    return name


def approval_of(said: Mapping[str, Any]) -> str | None:
    for link in said.get("links") or ():
        if isinstance(link, Mapping) and link.get("rel") in ("approve", "payer-action"):
            return str(link.get("href"))
    return None


def unit_of(said: Any, *, deposit_ref: str) -> Mapping[str, Any]:
    """The order's only unit, if the order is the one that was asked about."""
    units = said.get("purchase_units") if isinstance(said, Mapping) else None
    if not isinstance(units, list) or len(units) != 1 or not isinstance(units[0], Mapping):
        raise OutcomeUnknown("an order that cannot be read")
    unit: Mapping[str, Any] = units[0]
    if unit.get("custom_id", unit.get("reference_id")) != deposit_ref:
        raise OutcomeUnknown("an answer about another deposit")
    return unit


def capture_of(unit: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The last one that was not declined; an order of ours is captured once."""
    captures = list(_of(unit, "captures"))
    taken = [each for each in captures if each.get("status") not in ("DECLINED", "FAILED")]
    found = taken or captures
    return found[-1] if found else None


def observation_of(
    said: Any, *, deposit_ref: str, dispute: ObservedDeposit | None = None
) -> DepositObservation:
    unit = unit_of(said, deposit_ref=deposit_ref)
    name, status = order_id_of(said), plain(said.get("status"))
    capture = capture_of(unit)
    if capture is None:
        return DepositObservation(
            state=ORDER_STATES.get(status), provider_ref=name, provider_code=status or None
        )
    code = plain(capture.get("status"))
    reason = plain((capture.get("status_details") or {}).get("reason"))
    kept = capture.get("seller_receivable_breakdown") or {}
    gross = kept.get("gross_amount") or capture.get("amount")
    return DepositObservation(
        state=_state(CAPTURE_STATES.get(code), reason=reason, dispute=dispute),
        amount=money_of(gross),
        fee=optional_money(kept.get("paypal_fee")),
        provider_ref=name,
        provider_code="_".join(filter(None, (code, reason))) or None,
        occurred_at=instant(capture.get("update_time") or capture.get("create_time")),
        refunded=refunded_of(unit),
    )


def _state(
    captured: ObservedDeposit | None, *, reason: str, dispute: ObservedDeposit | None
) -> ObservedDeposit | None:
    """A dispute that is over and won leaves what the capture says, if that says more."""
    if dispute is ObservedDeposit.WON:
        return dispute if captured is ObservedDeposit.SETTLED else captured
    if dispute is not None:
        return dispute
    is_disputed = captured is ObservedDeposit.PENDING and reason in DISPUTED_REASONS
    return ObservedDeposit.DISPUTED if is_disputed else captured


def refunded_of(unit: Mapping[str, Any]) -> Money | None:
    done = [money_of(each["amount"]) for each in _of(unit, "refunds") if _is_done(each)]
    return sum(done[1:], done[0]) if done else None


def refund_in(unit: Mapping[str, Any], *, refund_ref: str) -> RefundObservation | None:
    for each in _of(unit, "refunds"):
        if each.get("custom_id") == refund_ref:
            return refund_observation(each)
    return None


def refund_observation(said: Any) -> RefundObservation:
    status = plain(said.get("status")) if isinstance(said, Mapping) else ""
    if not status:
        raise OutcomeUnknown("an answer without a refund")
    name = said.get("id")
    return RefundObservation(
        state=REFUND_STATES.get(status),
        provider_ref=name if isinstance(name, str) else None,
        provider_code=status,
    )


def dispute_state(cases: Sequence[Mapping[str, Any]]) -> ObservedDeposit | None:
    """One open case keeps the money in doubt; one lost case has taken it."""
    states = [_case_state(each) for each in cases]
    for state in (ObservedDeposit.DISPUTED, ObservedDeposit.LOST, ObservedDeposit.WON):
        if state in states:
            return state
    return None


def _case_state(case: Mapping[str, Any]) -> ObservedDeposit:
    outcome = plain((case.get("dispute_outcome") or {}).get("outcome_code"))
    if case.get("status") != RESOLVED or outcome not in LOST | WON:
        return ObservedDeposit.DISPUTED
    return ObservedDeposit.LOST if outcome in LOST else ObservedDeposit.WON


def _of(unit: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    payments = unit.get("payments")
    given = payments.get(kind) if isinstance(payments, Mapping) else None
    for each in given if isinstance(given, list) else ():
        if isinstance(each, Mapping):
            yield each


def _is_done(refund: Mapping[str, Any]) -> bool:
    return refund.get("status") == "COMPLETED" and refund.get("amount") is not None
