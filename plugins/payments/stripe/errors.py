"""What an error of Stripe says about money: a table, and the function that reads it.

Nothing of an error's text is kept: it may name accounts and people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final

from domain.provider import (
    AuthError,
    BatchRefused,
    ComplianceBlocked,
    ConfigError,
    Declined,
    DestinationInvalid,
    FieldProblem,
    InsufficientFunds,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Unsupported,
)
from plugins.http import RETRY_AFTER_SECONDS, never_left_this_host

SDK: Final = "stripe 16.1.0, _error.py"
CODES: Final = "https://docs.stripe.com/error-codes"
DESTINATION_MESSAGE: Final = "Stripe cannot pay to this destination. Please check or renew it."
_CODE: Final = re.compile(r"[a-z_]{3,64}")  # no digits: those could be an account


class Meaning(StrEnum):
    """The classes of our taxonomy, as far as an answer of Stripe can mean them."""

    CONFIG = "config"
    AUTH = "auth"
    RATE = "rate"
    FUNDS = "funds"
    UNSUPPORTED = "unsupported"
    DESTINATION = "destination"
    REFUSED = "refused"  # not executed; people look at why
    BLOCKED = "blocked"
    DECLINED = "declined"
    NOT_CANCELLED = "not_cancelled"
    MISSING = "missing"  # what was asked about does not exist
    UNKNOWN = "unknown"


class CancelRefused(OutcomeUnknown):
    """It can no longer be cancelled: a look-up says what it has become."""


class NotThere(ProviderError):
    """Stripe has no such object. Never leaves this plugin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """The first row that fits counts; no `code` fits every code."""

    error: str
    meaning: Meaning
    code: str = ""
    param: str = ""  # a part of the parameter's name
    status: int = 0
    source: str = SDK
    verified_on: date | None = None


def _coded(meaning: Meaning, *codes: str, error: str = "InvalidRequestError") -> list[ErrorRow]:
    return [ErrorRow(error=error, meaning=meaning, code=code, source=CODES) for code in codes]


def _typed(meaning: Meaning, *errors: str) -> list[ErrorRow]:
    return [ErrorRow(error=error, meaning=meaning) for error in errors]


def _missing(param: str) -> ErrorRow:
    return ErrorRow(
        error="InvalidRequestError",
        meaning=Meaning.DESTINATION,
        code="resource_missing",
        param=param,
        source=CODES,
    )


ERRORS: Final[tuple[ErrorRow, ...]] = (
    *_typed(Meaning.FUNDS, "InsufficientFundsError"),
    *_typed(Meaning.DESTINATION, "InvalidPayoutMethodError", "RecipientNotNotifiableError"),
    *_typed(Meaning.BLOCKED, "BlockedByStripeError"),
    *_typed(Meaning.RATE, "QuotaExceededError", "RateLimitError"),
    *_typed(Meaning.CONFIG, "FeatureNotEnabledError", "CapabilityNotEnabledError"),
    *_typed(Meaning.CONFIG, "FinancialAccountNotOpenError", "ControlledByAlternateResourceError"),
    *_typed(Meaning.AUTH, "AuthenticationError", "PermissionError"),
    *_typed(Meaning.NOT_CANCELLED, "NotCancelableError", "AlreadyCanceledError"),
    *_typed(Meaning.UNSUPPORTED, "FxQuoteNeedsRefreshError"),  # the router asks for a new quote
    *_typed(Meaning.UNKNOWN, "IdempotencyError"),  # another call with this key exists
    *_typed(Meaning.REFUSED, "CannotProceedError"),
    *_typed(Meaning.DECLINED, "CardError"),
    *_coded(Meaning.FUNDS, "balance_insufficient", "insufficient_funds"),
    *_coded(
        Meaning.DESTINATION,
        "account_closed",
        "account_invalid",
        "bank_account_declined",
        "bank_account_restricted",
        "bank_account_unusable",
        "bank_account_unverified",
        "debit_not_authorized",
        "instant_payouts_unsupported",
        "insufficient_capabilities_for_transfer",
        "invalid_bank_account_iban",
        "no_account",
        "payouts_not_allowed",
        "transfers_not_allowed",
    ),
    _missing("destination"),
    _missing("recipient"),
    _missing("payout_method"),
    *_coded(
        Meaning.UNSUPPORTED,
        "amount_too_large",
        "amount_too_small",
        "instant_payouts_config_disabled",
        "instant_payouts_currency_disabled",
        "instant_payouts_limit_exceeded",
        "payouts_limit_exceeded",
    ),
    *_coded(Meaning.AUTH, "api_key_expired", "platform_api_key_expired", "secret_key_required"),
    *_coded(Meaning.CONFIG, "livemode_mismatch", "platform_account_required"),
    *_coded(Meaning.DECLINED, "charge_already_refunded", "charge_disputed"),
    *_coded(Meaning.UNKNOWN, "idempotency_key_in_use", "lock_timeout"),
    *_coded(Meaning.MISSING, "resource_missing", "not_found"),
    ErrorRow(
        error="InvalidRequestError", meaning=Meaning.CONFIG, status=HTTPStatus.NOT_FOUND
    ),  # no such address: a wrong endpoint or version
    *_typed(Meaning.REFUSED, "InvalidRequestError"),
    # Answers that the SDK could not read: only their status is left.
    ErrorRow(error="APIError", meaning=Meaning.AUTH, status=HTTPStatus.UNAUTHORIZED),
    ErrorRow(error="APIError", meaning=Meaning.AUTH, status=HTTPStatus.FORBIDDEN),
    ErrorRow(error="APIError", meaning=Meaning.CONFIG, status=HTTPStatus.METHOD_NOT_ALLOWED),
    ErrorRow(error="APIError", meaning=Meaning.CONFIG, status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    ErrorRow(error="APIError", meaning=Meaning.RATE, status=HTTPStatus.TOO_MANY_REQUESTS),
    *_typed(Meaning.UNKNOWN, "APIError"),  # redirects, 409, 5xx, a 2xx that is no JSON
)


def meaning_of(*, error: str, code: str = "", param: str = "", status: int = 0) -> Meaning:
    for row in ERRORS:
        if (
            row.error == error
            and row.code in ("", code)
            and row.param in param
            and row.status in (0, status)
        ):
            return row.meaning
    return Meaning.UNKNOWN


def classified(error: Any, *, retry_after: float | None = None) -> ProviderError:
    """Of a `stripe.StripeError`. Raise it outside of the `except`, so that nothing is chained."""
    if type(error).__name__ == "APIConnectionError":
        return _without_answer(error.__cause__)
    code = code_of(error)
    meaning = meaning_of(
        error=type(error).__name__,
        code=code,
        param=str(getattr(error, "param", None) or ""),
        status=error.http_status or 0,
    )
    return raised(meaning, code=code, status=error.http_status or 0, retry_after=retry_after)


def code_of(error: Any) -> str:
    """Stripe's own code, or the name of the error; never anything a person wrote."""
    code = str(getattr(error, "code", None) or "")
    return code if _CODE.fullmatch(code) else type(error).__name__


def raised(
    meaning: Meaning, *, code: str, status: int, retry_after: float | None = None
) -> ProviderError:
    detail = f"HTTP {status} {code}"
    match meaning:
        case Meaning.RATE:
            seconds = RETRY_AFTER_SECONDS if retry_after is None else retry_after
            return RateLimited(detail, retry_after_seconds=seconds)
        case Meaning.DESTINATION:
            problem = FieldProblem(field="", code=code, message=DESTINATION_MESSAGE)
            return DestinationInvalid(problems=(problem,))
        case Meaning.REFUSED:
            return BatchRefused(problems=())
        case _:
            return _PLAIN[meaning](detail, code=code)


_PLAIN: Final[Mapping[Meaning, type[ProviderError]]] = {
    Meaning.CONFIG: ConfigError,
    Meaning.AUTH: AuthError,
    Meaning.FUNDS: InsufficientFunds,
    Meaning.UNSUPPORTED: Unsupported,
    Meaning.BLOCKED: ComplianceBlocked,
    Meaning.DECLINED: Declined,
    Meaning.NOT_CANCELLED: CancelRefused,
    Meaning.MISSING: NotThere,
    Meaning.UNKNOWN: OutcomeUnknown,
}


def _without_answer(cause: BaseException | None) -> ProviderError:
    """The SDK wraps whatever the transport raised, our own refusal of a host included."""
    if isinstance(cause, ProviderError):
        return cause
    name = type(cause).__name__
    return NotSent(name) if never_left_this_host(cause) else OutcomeUnknown(name)


def while_reading(error: ProviderError) -> ProviderError:
    """Nothing moved, so nothing is in doubt but the answer."""
    if isinstance(error, ConfigError | AuthError | NotThere | NoAnswer):
        return error
    return NoAnswer(str(error))


def before_money(error: ProviderError) -> ProviderError:
    """Of a call that must come before the one that pays: then certainly nothing was paid."""
    if isinstance(error, OutcomeUnknown):
        return NotSent(str(error))
    if isinstance(error, NotThere):
        return raised(Meaning.DESTINATION, code=error.code, status=HTTPStatus.NOT_FOUND)
    return error


def while_moving(error: ProviderError) -> ProviderError:
    """Of a call that pays: an object that is missing is no address that is missing."""
    return BatchRefused(problems=()) if isinstance(error, NotThere) else error
