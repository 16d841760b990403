"""What each error of Stripe says about money: one test per row, made by Stripe's own library."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from urllib3.exceptions import NewConnectionError

from domain.provider import (
    AuthError,
    BatchRefused,
    ComplianceBlocked,
    ConfigError,
    Declined,
    DestinationInvalid,
    InsufficientFunds,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Unsupported,
)
from plugins.http import HostNotAllowed
from plugins.payments.stripe.connect import StripeConnect
from plugins.payments.stripe.destinations import ACCOUNT_KIND
from plugins.payments.stripe.errors import (
    ERRORS,
    CancelRefused,
    ErrorRow,
    Meaning,
    NotThere,
    before_money,
    classified,
    while_moving,
    while_reading,
)
from plugins.payments.stripe.global_payouts import StripePayouts
from tests.plugins.stripe.make import Stripe, item_of

CLASSES: dict[Meaning, type[ProviderError]] = {
    Meaning.CONFIG: ConfigError,
    Meaning.AUTH: AuthError,
    Meaning.RATE: RateLimited,
    Meaning.FUNDS: InsufficientFunds,
    Meaning.UNSUPPORTED: Unsupported,
    Meaning.DESTINATION: DestinationInvalid,
    Meaning.REFUSED: BatchRefused,
    Meaning.BLOCKED: ComplianceBlocked,
    Meaning.DECLINED: Declined,
    Meaning.NOT_CANCELLED: CancelRefused,
    Meaning.MISSING: NotThere,
    Meaning.UNKNOWN: OutcomeUnknown,
}
# PLUGINS' table of this plugin, written down a second time.
V2_TYPES: dict[str, type[ProviderError]] = {
    "insufficient_funds": InsufficientFunds,
    "invalid_payout_method": DestinationInvalid,
    "recipient_not_notifiable": DestinationInvalid,
    "blocked_by_stripe": ComplianceBlocked,
    "quota_exceeded": RateLimited,
    "rate_limit": RateLimited,
    "feature_not_enabled": ConfigError,
    "capability_not_enabled": ConfigError,
    "financial_account_not_open": ConfigError,
    "controlled_by_alternate_resource": ConfigError,
    "not_cancelable": OutcomeUnknown,
    "already_canceled": OutcomeUnknown,
    "fx_quote_needs_refresh": Unsupported,
    "idempotency_error": OutcomeUnknown,
    "cannot_proceed": BatchRefused,
    "something_new": BatchRefused,
}
V1_CODES: dict[str, type[ProviderError]] = {
    "balance_insufficient": InsufficientFunds,
    "account_closed": DestinationInvalid,
    "payouts_not_allowed": DestinationInvalid,
    "amount_too_large": Unsupported,
    "api_key_expired": AuthError,
    "livemode_mismatch": ConfigError,
    "charge_already_refunded": Declined,
    "lock_timeout": OutcomeUnknown,
    "never_seen_before": BatchRefused,
}
STATUSES: dict[int, type[ProviderError]] = {
    301: OutcomeUnknown,
    302: OutcomeUnknown,
    401: AuthError,
    403: AuthError,
    405: ConfigError,
    409: OutcomeUnknown,
    415: ConfigError,
    429: RateLimited,
    500: OutcomeUnknown,
    502: OutcomeUnknown,
    503: OutcomeUnknown,
}


def error_of(row: ErrorRow) -> Any:
    """As the library would make it."""
    import stripe  # noqa: PLC0415  # costs over a second

    kind = getattr(stripe, row.error)
    arguments: dict[str, Any] = {"message": "acct_secret", "http_status": row.status or 400}
    if row.error in ("InvalidRequestError", "CardError"):
        arguments["param"] = row.param
        arguments["code"] = row.code
        return kind(**arguments)
    error = kind(**arguments)
    error.code = row.code or None
    return error


@pytest.mark.parametrize("row", ERRORS, ids=lambda row: f"{row.error}-{row.code}-{row.status}")
def test_each_row_is_reached_and_means_what_it_says(row: ErrorRow) -> None:
    """A row behind a wider one would never be used."""
    error = classified(error_of(row), retry_after=9.0)

    assert type(error) is CLASSES[row.meaning]
    assert "acct_secret" not in str(error)
    assert row.source


def test_every_error_of_the_library_is_thought_of() -> None:
    """A new release brings new classes: they must get a row, or be unknown on purpose."""
    import stripe  # noqa: PLC0415  # costs over a second

    known = {row.error for row in ERRORS} | {"APIConnectionError"}
    elsewhere = {
        "StripeError",
        "StripeErrorWithParamCode",
        "SignatureVerificationError",
        "InvalidPaymentMethodError",
        "InvalidVaultedCredentialError",
        "TemporarySessionExpiredError",
        "VerificationAttemptFailedError",
        "VerificationExpiredError",
        "VerificationNotInitiatedError",
    }
    defined = {
        name
        for name, each in vars(stripe._error).items()  # noqa: SLF001  # the list of all of them
        if isinstance(each, type) and issubclass(each, stripe.StripeError)
    }

    assert defined - known == elsewhere


@pytest.mark.parametrize(("kind", "expected"), V2_TYPES.items(), ids=str)
@pytest.mark.asyncio
async def test_a_payment_that_v2_refuses(
    stripe_side: Stripe, kind: str, expected: type[ProviderError]
) -> None:
    """Over the wire, through the library: each type of error of Global Payouts."""
    stripe_side.simulator.refuse_next(kind)
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(expected):
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())

    assert stripe_side.simulator.effects() == []


@pytest.mark.parametrize(("code", "expected"), V1_CODES.items(), ids=str)
@pytest.mark.asyncio
async def test_a_transfer_that_v1_refuses(
    stripe_side: Stripe, code: str, expected: type[ProviderError]
) -> None:
    """Over the wire, through the library: codes of the older interface."""
    stripe_side.simulator.refuse_next("invalid_request_error", code=code)
    async with stripe_side.opened(StripeConnect) as provider:
        with pytest.raises(expected):
            await provider.send(
                stripe_side.batch(item_of(kind=ACCOUNT_KIND)), stripe_side.context()
            )

    assert stripe_side.simulator.effects() == []


@pytest.mark.parametrize(("status", "expected"), STATUSES.items(), ids=str)
@pytest.mark.asyncio
async def test_statuses(stripe_side: Stripe, status: int, expected: type[ProviderError]) -> None:
    """With a readable error, whatever its type."""
    stripe_side.simulator.refuse_next("api_error", status=status)
    async with stripe_side.opened(StripeConnect) as provider:
        with pytest.raises(expected):
            await provider.send(
                stripe_side.batch(item_of(kind=ACCOUNT_KIND)), stripe_side.context()
            )


@pytest.mark.parametrize("param", ["destination", "to.recipient", "to.payout_method"])
def test_a_missing_destination_is_the_members_matter(param: str) -> None:
    """The same code about another parameter is ours: the instance is not quarantined for it."""
    row = ErrorRow(
        error="InvalidRequestError",
        meaning=Meaning.DESTINATION,
        code="resource_missing",
        param=param,
    )
    ours = ErrorRow(
        error="InvalidRequestError",
        meaning=Meaning.MISSING,
        code="resource_missing",
        param="from.financial_account",
    )

    assert isinstance(classified(error_of(row)), DestinationInvalid)
    assert isinstance(while_moving(classified(error_of(ours))), BatchRefused)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (requests.exceptions.ConnectTimeout(), NotSent),
        (requests.exceptions.SSLError(), NotSent),
        (requests.ConnectionError(NewConnectionError(None, "refused")), NotSent),  # type: ignore[arg-type]  # no pool is needed
        (requests.ConnectionError("reset"), OutcomeUnknown),
        (requests.exceptions.ReadTimeout(), OutcomeUnknown),
        (requests.exceptions.ChunkedEncodingError(), OutcomeUnknown),
        (ValueError("whatever"), OutcomeUnknown),
        (HostNotAllowed("elsewhere"), ConfigError),
        (None, OutcomeUnknown),
    ],
)
def test_no_answer_is_judged_by_what_the_transport_raised(
    cause: Exception | None, expected: type[ProviderError]
) -> None:
    """The library wraps each of them in the same error and keeps the first as its cause."""
    import stripe  # noqa: PLC0415  # costs over a second

    kind: Any = stripe.APIConnectionError
    error = kind("(Network error: /v2/x?recipient=acct_secret)")
    error.__cause__ = cause

    seen = classified(error)

    assert type(seen) is (HostNotAllowed if expected is ConfigError else expected)
    assert "acct_secret" not in str(seen)


def test_the_same_error_before_the_money_and_while_reading() -> None:
    """Only the call that pays can leave a doubt about money."""
    doubt = OutcomeUnknown("HTTP 500")

    assert isinstance(before_money(doubt), NotSent)
    assert isinstance(while_reading(doubt), NoAnswer)
    assert while_moving(doubt) is doubt
    assert isinstance(before_money(NotThere(code="resource_missing")), DestinationInvalid)
    assert isinstance(while_reading(AuthError()), AuthError)
    assert isinstance(while_reading(RateLimited(retry_after_seconds=1)), NoAnswer)


@pytest.mark.parametrize("answer", [{}, [], None, 1, "x", {"id": 7}], ids=str)
@pytest.mark.asyncio
async def test_a_readable_answer_that_is_no_payment(stripe_side: Stripe, answer: object) -> None:
    """It paid: whatever the library makes of such an answer, nobody knows."""
    stripe_side.simulator.answer_next(answer)
    async with stripe_side.opened(StripePayouts) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.send(stripe_side.batch(item_of()), stripe_side.context())

    assert len(stripe_side.simulator.effects()) == 1
