"""What an instance at Stripe can be told, and what all three providers have in common."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from domain.payouts.provider import ObservedState
from plugins.http import ENDPOINT

VERSION: Final = "1"
STRIPE_VERSION: Final = "2026-10-28.endive"  # of the SDK we pin; the answers' shape hangs on it
HOSTS: Final = frozenset({"api.stripe.com"})
API_KEY: Final = "api_key"
WEBHOOK_SECRET: Final = "webhook_secret"  # noqa: S105  # the name of a secret, not one
IDEMPOTENCY_WINDOW: Final = timedelta(hours=23)  # keys may be forgotten after 24 hours
CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 20.0
CALL_DEADLINE: Final = timedelta(seconds=60)  # a look-up may read several pages
CONCURRENCY: Final = 8
LOOK_UP_DELAYS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440)
)
AFTER_PAID_DELAYS: Final = tuple(timedelta(days=days) for days in (1, 3, 7, 14, 30))
SETTLE_DELAY: Final = timedelta(minutes=2)
OPEN_STATES: Final = frozenset(
    {ObservedState.ACCEPTED, ObservedState.PENDING, ObservedState.ON_HOLD}
)

Endpoint = Annotated[str, msgspec.Meta(pattern=ENDPOINT)]
Pinned = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$")]
BasisPoints = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Micros = Annotated[int, msgspec.Meta(ge=0)]


class SettleOn(StrEnum):
    """When a payment over Connect counts as paid."""

    PAYOUT = "payout"  # the money has left the member's account at Stripe
    TRANSFER = "transfer"  # it is on it, and Stripe's own schedule pays it out


class Speed(StrEnum):
    STANDARD = "standard"
    INSTANT = "instant"


class StripeConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One account at Stripe. Fees are the contract's: a share, and a fixed part per currency."""

    endpoint: Endpoint = "https://api.stripe.com"
    stripe_version: Pinned = STRIPE_VERSION
    financial_account: str = ""  # for Global Payouts: where the money is taken from
    checks_holder: bool = False  # Global Payouts: ask for the holder's name before each payment
    settle_on: SettleOn = SettleOn.PAYOUT  # for Connect
    speed: Speed = Speed.STANDARD  # of Connect's payouts
    statement_descriptor: Annotated[str, msgspec.Meta(max_length=22)] = ""
    fee_basis_points: BasisPoints = 0
    fee_micros: dict[str, Micros] = {}
    product_name: str = "Deposit"  # what the employer sees on the page that takes the money
    return_url: str = ""  # where the deposit names none
    reads_statement: bool = True  # of several instances with one account only one should
    statement_from: date | None = None  # lines before that day are not ours
