"""The hooks a plugin may implement. A plugin offers, the core chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pluggy

from domain.deposits.provider import DepositProvider
from domain.payouts.provider import PayoutProvider

PROJECT: Final = "piecerate"

spec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class PiecerateHooks:
    """Called once, at start-up, plugin by plugin; never while money moves. Hooks are not async."""

    @spec
    def payout_providers(self) -> Sequence[type[PayoutProvider[Any]]]:  # type: ignore[empty-body]  # a spec has no body
        """Offer providers that send money to members.

        Return classes, not objects: the core opens one object per configured instance, with
        that instance's own settings and secrets.
        """

    @spec
    def deposit_providers(self) -> Sequence[type[DepositProvider[Any]]]:  # type: ignore[empty-body]  # a spec has no body
        """Offer providers that take money from employers; classes, as for payouts."""
