"""PayPal: payouts in batches, deposits by orders, webhooks, statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.deposits.provider import DepositProvider
from domain.payouts.provider import PayoutProvider
from plugins.hookspecs import hookimpl
from plugins.payments.paypal.deposits import PayPalDeposits
from plugins.payments.paypal.payouts import PayPalPayouts


@hookimpl
def payout_providers() -> Sequence[type[PayoutProvider[Any]]]:
    return (PayPalPayouts,)


@hookimpl
def deposit_providers() -> Sequence[type[DepositProvider[Any]]]:
    return (PayPalDeposits,)
