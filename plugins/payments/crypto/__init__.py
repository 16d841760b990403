"""Dollar tokens on EVM chains, out and in: one instance per chain and token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.deposits.provider import DepositProvider
from domain.payouts.provider import PayoutProvider
from plugins.hookspecs import hookimpl
from plugins.payments.crypto.deposits import CryptoDeposits
from plugins.payments.crypto.payouts import CryptoPayouts


@hookimpl
def payout_providers() -> Sequence[type[PayoutProvider[Any]]]:
    return (CryptoPayouts,)


@hookimpl
def deposit_providers() -> Sequence[type[DepositProvider[Any]]]:
    return (CryptoDeposits,)
