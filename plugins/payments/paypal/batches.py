"""What we write into a batch of payouts, and what PayPal's answers about one mean. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from domain.money import Money
from domain.payouts.provider import Observation, ObservedState, PayoutBatch, PayoutItem
from domain.provider import (
    AuthError,
    BatchRefused,
    ConfigError,
    DestinationInvalid,
    Exchange,
    FieldProblem,
    InsufficientFunds,
    ItemProblem,
    OutcomeUnknown,
    ProviderError,
    Unsupported,
)
from plugins.payments.paypal.currencies import money_of, optional_money, payout_amount
from plugins.payments.paypal.destinations import receiver_field, recipient_of
from plugins.payments.paypal.said import Answered, plain
from plugins.payments.paypal.webhooks import instant

PURPOSE: Final = "SERVICES"
NOTE_CHARS_MAX: Final = 1000
STATES: Final[Mapping[str, ObservedState]] = {
    "PENDING": ObservedState.PENDING,
    "SUCCESS": ObservedState.PAID,
    "UNCLAIMED": ObservedState.UNCLAIMED,
    "ONHOLD": ObservedState.ON_HOLD,
    "BLOCKED": ObservedState.ON_HOLD,
    "FAILED": ObservedState.FAILED,
    "RETURNED": ObservedState.RETURNED,
    "REFUNDED": ObservedState.REFUNDED,
    "REVERSED": ObservedState.REVERSED,
}
SETTLED: Final = frozenset(STATES.values()) - {ObservedState.PENDING, ObservedState.ON_HOLD}
# What is wrong with us, not with an item: the account must be put right first.
OUR_FAULT: Final = frozenset(
    {
        "SENDER_ACCOUNT_UNVERIFIED",
        "ACCOUNT_UNCONFIRMED_EMAIL",
        "ACCOUNT_RESTRICTED",
        "SENDER_ACCOUNT_LOCKED",
        "SENDER_STATE_RESTRICTED",
        "USER_COUNTRY_NOT_ALLOWED",
        "REFUSED_ACTION_DENIED",
    }
)
NO_PERMISSION: Final = frozenset(
    {"REQUIRED_SCOPE_MISSING", "AUTHORIZATION_ERROR", "NOT_AUTHORIZED"}
)
NO_MONEY: Final = frozenset(
    {"INSUFFICIENT_FUNDS", "NEGATIVE_BALANCE", "SENDER_INSUFFICIENT_FUNDS", "NON_HOLDING_CURRENCY"}
)
NOT_SERVED: Final = frozenset(
    {"CURRENCY_NOT_SUPPORTED", "CURRENCY_COMPLIANCE", "TRANSACTION_LIMIT_EXCEEDED", "CLOSED_MARKET"}
)
MEMBER_MESSAGES: Final[Mapping[str, str]] = {
    "RECEIVER_UNREGISTERED": "PayPal knows no account for this address. Open one with it within "
    "30 days to receive the money.",
    "RECEIVER_UNCONFIRMED": "Confirm this address in your PayPal account within 30 days to "
    "receive the money.",
    "RECEIVER_ACCOUNT_LOCKED": "Your PayPal account is locked. Ask PayPal, or name another.",
    "RECEIVER_COUNTRY_NOT_ALLOWED": "PayPal does not pay to the country of your account.",
    "RECEIVER_STATE_RESTRICTED": "PayPal does not pay to the state of your account.",
    "RECEIVER_YOUTH_ACCOUNT": "PayPal does not pay to youth accounts. Name another.",
    "RECEIVER_REFUSED": "Your PayPal account refuses payments like this one.",
    "REFUSED_RECEIVER_REFUSED": "Your PayPal account refuses payments in this currency.",
    "RECEIVING_LIMIT_EXCEEDED": "The payment is above what your PayPal account may receive now.",
    "INVALID_EMAIL_ID": "PayPal does not accept this address. Correct it.",
    "PENDING_RECIPIENT_NON_HOLDING_CURRENCY_PAYMENT_PREFERENCE": "Accept the payment in your "
    "PayPal account: it does not hold this currency.",
}
RECEIVER_MESSAGE: Final = "PayPal cannot pay to this account. Correct it, or name another."
REFUSED_MESSAGE: Final = "PayPal does not accept this. Correct it."


def request_of(batch: PayoutBatch, *, email_subject: str) -> dict[str, Any]:
    header = {"sender_batch_id": batch.batch_ref}
    if email_subject:
        header["email_subject"] = email_subject
    return {"sender_batch_header": header, "items": [_asked(item) for item in batch.items]}


def _asked(item: PayoutItem) -> dict[str, Any]:
    recipient_type, receiver = recipient_of(item.destination)
    note = " ".join(item.memo.split())[:NOTE_CHARS_MAX]
    return {
        "recipient_type": recipient_type,
        "receiver": receiver,
        "amount": payout_amount(item.amount),
        "sender_item_id": item.item_ref,
        "purpose": PURPOSE,
        **({"note": note} if note else {}),
    }


def batch_id_of(said: Any, *, batch_ref: str) -> str:
    """PayPal's name for the batch, if the answer is about ours."""
    try:
        header = said["batch_header"]
        batch_id = header["payout_batch_id"]
        is_ours = header["sender_batch_header"]["sender_batch_id"] == batch_ref
    except (KeyError, TypeError) as error:
        raise OutcomeUnknown("an answer without a batch") from error
    if not is_ours or not isinstance(batch_id, str) or not batch_id:
        raise OutcomeUnknown("an answer about another batch")
    return batch_id


def observations(batch: PayoutBatch, rows: Iterable[Mapping[str, Any]]) -> tuple[Observation, ...]:
    """Of our items only. One that PayPal lists under two ids may have been paid twice."""
    refs = {item.item_ref for item in batch.items}
    found: dict[str, Observation] = {}
    for row in rows:
        asked = row.get("payout_item")
        ref = asked.get("sender_item_id") if isinstance(asked, Mapping) else None
        if ref not in refs:
            continue
        observation = observation_of(row, item_ref=ref)
        known = found.get(ref)
        if known is not None and known.provider_ref != observation.provider_ref:
            observation = Observation(item_ref=ref, state=None, provider_code="LISTED_TWICE")
        found[ref] = observation
    return tuple(found.values())


def observation_of(row: Mapping[str, Any], *, item_ref: str) -> Observation:
    status, problem = plain(row.get("transaction_status")), _problem(row)
    state = STATES.get(status)
    name = row.get("payout_item_id")
    return Observation(
        item_ref=item_ref,
        state=state,
        provider_ref=name if isinstance(name, str) else None,
        provider_code=problem or status or None,
        amount=money_of(row["payout_item"].get("amount")),
        # In US dollars, whatever was paid; zero until PayPal has worked on it.
        fee=optional_money(row.get("payout_item_fee")) if state in SETTLED else None,
        exchange=_exchange(row.get("currency_conversion")),
        member_message=_message(problem),
        occurred_at=instant(row.get("time_processed")),
    )


def item_set(rows: Iterable[Mapping[str, Any]]) -> set[tuple[str, Money]]:
    """What a batch pays, by our names: two batches are the same if and only if this is."""
    pairs = set()
    for row in rows:
        asked = row.get("payout_item") or {}
        pairs.add((str(asked.get("sender_item_id")), money_of(asked.get("amount"))))
    return pairs


def refusal_of(answered: Answered, batch: PayoutBatch) -> ProviderError:
    """Why PayPal did not take a batch. None of its items was paid."""
    code, codes = answered.said.name, answered.said.codes
    if codes & NO_MONEY:
        return InsufficientFunds(str(answered), code=code)
    if codes & OUR_FAULT:
        return ConfigError(str(answered), code=code)
    if codes & NO_PERMISSION:
        return AuthError(str(answered), code=code)
    problem = answered.as_problem()
    return _of_items(answered, batch) if isinstance(problem, BatchRefused) else problem


def _of_items(answered: Answered, batch: PayoutBatch) -> ProviderError:
    items = [
        (batch.items[each.index], each)
        for each in answered.said.details
        if each.index is not None and each.index < len(batch.items)
    ]
    if not items and answered.said.codes & NOT_SERVED:
        return Unsupported(str(answered), code=answered.said.name)
    if items and len(batch.items) == 1:
        problems = (
            FieldProblem(field=_field(item, each.field), code=each.issue, message=REFUSED_MESSAGE)
            for item, each in items
        )
        return DestinationInvalid(problems=tuple(problems))
    by_ref = {
        item.item_ref: ItemProblem(
            item_ref=item.item_ref, code=each.issue, message=_message(each.issue) or REFUSED_MESSAGE
        )
        for item, each in items
    }
    return BatchRefused(problems=tuple(by_ref.values()))


def _field(item: PayoutItem, theirs: str) -> str:
    """The member's own name for what PayPal calls the receiver."""
    is_receiver = theirs.endswith("receiver")
    return receiver_field(item.destination.kind) if is_receiver else "amount"


def _problem(row: Mapping[str, Any]) -> str:
    errors = row.get("errors")
    return plain(errors.get("name")) if isinstance(errors, Mapping) else ""


def _message(problem: str) -> str | None:
    if not problem:
        return None
    is_theirs = problem.startswith(("RECEIVER_", "RECEIVING_"))
    return MEMBER_MESSAGES.get(problem, RECEIVER_MESSAGE if is_theirs else None)


def _exchange(said: Any) -> Exchange | None:
    if not isinstance(said, Mapping):
        return None
    try:
        rate = Decimal(str(said["exchange_rate"]))
    except (KeyError, InvalidOperation) as error:
        raise OutcomeUnknown("an exchange that cannot be read") from error
    return Exchange(
        source=money_of(said.get("from_amount")), target=money_of(said.get("to_amount")), rate=rate
    )
