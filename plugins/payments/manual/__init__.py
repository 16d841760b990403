"""Payouts that staff make by hand, for where no service reaches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.payouts.provider import PayoutProvider
from plugins.hookspecs import hookimpl
from plugins.payments.manual.payouts import ManualPayouts


@hookimpl
def payout_providers() -> Sequence[type[PayoutProvider[Any]]]:
    return (ManualPayouts,)
