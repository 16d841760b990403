"""The provider of the demo marketplace and of tests: it moves no money and remembers everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.deposits.provider import DepositProvider
from domain.payouts.provider import PayoutProvider
from domain.verification.provider import Verifier
from plugins.hookspecs import hookimpl
from plugins.kyc.sandbox import SandboxVerifier
from plugins.payments.sandbox.deposits import SandboxDeposits
from plugins.payments.sandbox.payouts import SandboxPayouts


@hookimpl
def payout_providers() -> Sequence[type[PayoutProvider[Any]]]:
    return (SandboxPayouts,)


@hookimpl
def deposit_providers() -> Sequence[type[DepositProvider[Any]]]:
    return (SandboxDeposits,)


@hookimpl
def verifiers() -> Sequence[type[Verifier[Any]]]:
    return (SandboxVerifier,)
