"""Which fields PayPal's documents require, how long they may be, and which words they know.

The simulator holds every request and each of its own answers to this table; a test compares
the table with PayPal's OpenAPI documents where they are at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Fields = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """By place: `""` is the whole, `items[].amount` the amount of each item.

    What is required counts where its place is there at all.
    """

    required: Fields = field(default_factory=dict)
    max_length: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    document: str = ""  # the file; without one, nothing can be compared
    status: int = 200
    request: Shape = field(default_factory=Shape)
    answer: Shape = field(default_factory=Shape)


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


PAYOUTS: Final = "payments_payouts_batch_v1.json"
WEBHOOKS: Final = "notifications_webhooks_v1.json"
REPORTS: Final = "reporting_transactions_v1.json"
ORDERS: Final = "checkout_orders_v2.json"

BATCH_STATUSES: Final = _set("DENIED", "PENDING", "PROCESSING", "SUCCESS", "CANCELED")
ITEM_STATUSES: Final = _set(
    "SUCCESS",
    "FAILED",
    "PENDING",
    "UNCLAIMED",
    "RETURNED",
    "ONHOLD",
    "BLOCKED",
    "REFUNDED",
    "REVERSED",
)
ORDER_STATUSES: Final = _set(
    "CREATED", "SAVED", "APPROVED", "VOIDED", "COMPLETED", "PAYER_ACTION_REQUIRED"
)
CAPTURE_STATUSES: Final = _set(
    "COMPLETED", "DECLINED", "PARTIALLY_REFUNDED", "PENDING", "REFUNDED", "FAILED"
)
REFUND_STATUSES: Final = _set("CANCELLED", "FAILED", "PENDING", "COMPLETED")
_MONEY: Final = _set("currency", "value")
_AMOUNT: Final = _set("currency_code", "value")
_LINK: Final = _set("href", "rel")
_ITEM: Final = _set("payout_item_id", "payout_batch_id", "payout_item")
_ERRORS: Final = _set("name", "message", "debug_id")
_HEADER: Final = _set("payout_batch_id", "batch_status", "sender_batch_header")

_ORDER: Final = Shape(
    required={
        "purchase_units[].amount": _AMOUNT,
        "purchase_units[].payments.captures[].amount": _AMOUNT,
        "purchase_units[].payments.captures[].seller_receivable_breakdown": _set("gross_amount"),
        "purchase_units[].payments.refunds[].amount": _AMOUNT,
        "links[]": _LINK,
    },
    words={
        "status": ORDER_STATUSES,
        "purchase_units[].payments.captures[].status": CAPTURE_STATUSES,
        "purchase_units[].payments.refunds[].status": REFUND_STATUSES,
    },
)
_SHOWN_ITEM: Final = Shape(
    required={
        "": _ITEM,
        "payout_item": _set("amount", "receiver"),
        "payout_item.amount": _MONEY,
        "payout_item_fee": _MONEY,
        "errors": _ERRORS,
        "links[]": _LINK,
    },
    words={"transaction_status": ITEM_STATUSES},
)

OPERATIONS: Final[Mapping[str, Operation]] = {
    "POST /v1/payments/payouts": Operation(
        document=PAYOUTS,
        status=201,
        request=Shape(
            required={
                "": _set("sender_batch_header", "items"),
                "items[]": _set("amount", "receiver"),
                "items[].amount": _MONEY,
            },
            max_length={
                "sender_batch_header.sender_batch_id": 256,
                "sender_batch_header.email_subject": 255,
                "items[].note": 4000,
                "items[].receiver": 127,
                "items[].sender_item_id": 63,
            },
            words={
                "items[].purpose": _set(
                    "AWARDS",
                    "PRIZES",
                    "DONATIONS",
                    "GOODS",
                    "SERVICES",
                    "REBATES",
                    "CASHBACK",
                    "DISCOUNTS",
                    "NON_GOODS_OR_SERVICES",
                )
            },
        ),
        answer=Shape(
            required={"batch_header": _HEADER, "links[]": _LINK},
            words={"batch_header.batch_status": BATCH_STATUSES},
        ),
    ),
    "GET /v1/payments/payouts/{id}": Operation(
        document=PAYOUTS,
        answer=Shape(
            required={
                "batch_header": _HEADER,
                "batch_header.amount": _MONEY,
                "batch_header.fees": _MONEY,
                "items[]": _ITEM,
                "items[].payout_item": _set("amount", "receiver"),
                "items[].payout_item.amount": _MONEY,
                "items[].payout_item_fee": _MONEY,
                "items[].errors": _ERRORS,
                "links[]": _LINK,
            },
            words={
                "batch_header.batch_status": BATCH_STATUSES,
                "items[].transaction_status": ITEM_STATUSES,
            },
        ),
    ),
    "GET /v1/payments/payouts-item/{payout_item_id}": Operation(
        document=PAYOUTS, answer=_SHOWN_ITEM
    ),
    "POST /v1/payments/payouts-item/{payout_item_id}/cancel": Operation(
        document=PAYOUTS, answer=_SHOWN_ITEM
    ),
    "GET /v1/notifications/webhooks-events": Operation(
        document=WEBHOOKS, answer=Shape(required={"events[].links[]": _LINK, "links[]": _LINK})
    ),
    "POST /v1/notifications/webhooks-events/{event_id}/resend": Operation(
        document=WEBHOOKS, status=202, answer=Shape(required={"links[]": _LINK})
    ),
    "POST /v1/notifications/verify-webhook-signature": Operation(
        document=WEBHOOKS,
        request=Shape(
            required={
                "": _set(
                    "auth_algo",
                    "cert_url",
                    "transmission_id",
                    "transmission_sig",
                    "transmission_time",
                    "webhook_id",
                    "webhook_event",
                )
            }
        ),
        answer=Shape(
            required={"": _set("verification_status")},
            words={"verification_status": _set("SUCCESS", "FAILURE")},
        ),
    ),
    "GET /v1/reporting/transactions": Operation(
        document=REPORTS,
        answer=Shape(
            required={
                "transaction_details[].transaction_info.transaction_amount": _AMOUNT,
                "transaction_details[].transaction_info.fee_amount": _AMOUNT,
            }
        ),
    ),
    "GET /v1/reporting/balances": Operation(
        document=REPORTS,
        answer=Shape(
            required={
                "balances[]": _set("currency", "total_balance"),
                "balances[].total_balance": _AMOUNT,
                "balances[].available_balance": _AMOUNT,
            }
        ),
    ),
    "POST /v2/checkout/orders": Operation(
        document=ORDERS,
        status=201,
        request=Shape(
            required={
                "": _set("intent", "purchase_units"),
                "purchase_units[]": _set("amount"),
                "purchase_units[].amount": _AMOUNT,
            },
            max_length={
                "purchase_units[].reference_id": 256,
                "purchase_units[].custom_id": 127,
                "purchase_units[].invoice_id": 127,
                "purchase_units[].description": 127,
            },
            words={"intent": _set("CAPTURE", "AUTHORIZE")},
        ),
        answer=_ORDER,
    ),
    "GET /v2/checkout/orders/{id}": Operation(document=ORDERS, answer=_ORDER),
    "POST /v2/checkout/orders/{id}/capture": Operation(document=ORDERS, status=201, answer=_ORDER),
    # Of these, PayPal's documents were not at hand.
    "POST /v2/payments/captures/{id}/refund": Operation(
        status=201, request=Shape(required={"amount": _AMOUNT}), answer=Shape()
    ),
    "GET /v1/customer/disputes": Operation(),
    "GET /v1/customer/disputes/{id}": Operation(),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`pointer` as PayPal writes it: `/items/3/receiver`."""

    pointer: str
    issue: str


def faults_in(told: Any, shape: Shape) -> Iterator[Fault]:
    for place, names in shape.required.items():
        for pointer, found in _at(told, place):
            yield from _missing(pointer, found, names)
    for place, length in shape.max_length.items():
        for pointer, found in _at(told, place):
            yield from _unless(
                isinstance(found, str) and len(found) <= length, pointer, "INVALID_STRING_LENGTH"
            )
    for place, words in shape.words.items():
        for pointer, found in _at(told, place):
            yield from _unless(found in words, pointer, "INVALID_PARAMETER_VALUE")


def _unless(is_good: bool, pointer: str, issue: str) -> Iterator[Fault]:  # noqa: FBT001  # private
    if not is_good:
        yield Fault(pointer, issue)


def _missing(pointer: str, found: Any, names: frozenset[str]) -> Iterator[Fault]:
    for name in sorted(names - found.keys()) if isinstance(found, Mapping) else ():
        yield Fault(f"{pointer}/{name}", "MISSING_REQUIRED_PARAMETER")


def _at(told: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Each value at that place, with its pointer; nothing where the way there is not."""
    found = [("", told)]
    for step in place.split(".") if place else ():
        name, is_list = step.removesuffix("[]"), step.endswith("[]")
        inner = [(f"{p}/{name}", v[name]) for p, v in found if isinstance(v, Mapping) and name in v]
        found = [pair for each in inner for pair in _each(*each)] if is_list else inner
    yield from found


def _each(pointer: str, value: Any) -> Iterator[tuple[str, Any]]:
    for index, each in enumerate(value if isinstance(value, list) else ()):
        yield f"{pointer}/{index}", each
