"""Payouts by files that a bank executes, SEPA and ACH; deposits by SEPA transfer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.deposits.provider import DepositProvider
from domain.payouts.provider import PayoutProvider
from plugins.hookspecs import hookimpl
from plugins.payments.bank.ach_payouts import AchPayouts
from plugins.payments.bank.sepa_deposits import SepaDeposits
from plugins.payments.bank.sepa_payouts import SepaPayouts


@hookimpl
def payout_providers() -> Sequence[type[PayoutProvider[Any]]]:
    return (SepaPayouts, AchPayouts)


@hookimpl
def deposit_providers() -> Sequence[type[DepositProvider[Any]]]:
    return (SepaDeposits,)
