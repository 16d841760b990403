"""Stripe: payouts to bank accounts (Global Payouts), payouts over Connect, deposits by Checkout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.deposits.provider import DepositProvider
from domain.payouts.provider import PayoutProvider
from plugins.hookspecs import hookimpl
from plugins.payments.stripe.connect import StripeConnect
from plugins.payments.stripe.deposits import StripeDeposits
from plugins.payments.stripe.global_payouts import StripePayouts


@hookimpl
def payout_providers() -> Sequence[type[PayoutProvider[Any]]]:
    return (StripePayouts, StripeConnect)


@hookimpl
def deposit_providers() -> Sequence[type[DepositProvider[Any]]]:
    return (StripeDeposits,)
