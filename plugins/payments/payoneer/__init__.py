"""Payouts through Payoneer, by its mass payouts v4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.payouts.provider import PayoutProvider
from plugins.hookspecs import hookimpl
from plugins.payments.payoneer.payouts import PayoneerPayouts


@hookimpl
def payout_providers() -> Sequence[type[PayoutProvider[Any]]]:
    return (PayoneerPayouts,)
