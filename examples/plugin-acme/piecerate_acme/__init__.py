"""Acme Pay, an invented service: a payout provider that is small and complete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piecerate.plugin import PayoutProvider, hookimpl
from piecerate_acme.provider import AcmePayouts


@hookimpl
def payout_providers() -> Sequence[type[PayoutProvider[Any]]]:
    return (AcmePayouts,)
