"""The hooks a plugin may implement. A plugin offers, the core chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pluggy

from domain.deposits.provider import DepositProvider
from domain.payouts.provider import PayoutObserver, PayoutProvider
from domain.routing.provider import PayoutRouter, PayoutScreener
from domain.verification.provider import Verifier

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

    @spec
    def verifiers(self) -> Sequence[type[Verifier[Any]]]:  # type: ignore[empty-body]  # a spec has no body
        """Offer verifiers of members: identity, tax numbers, lists; classes, as for payouts."""

    @spec
    def payout_routers(self) -> Sequence[PayoutRouter]:  # type: ignore[empty-body]  # a spec has no body
        """Offer ways to choose among the providers that could pay.

        Return objects; a ruleset names one by its `name`. What a router cannot do is to choose
        somebody whom the rules have dropped.
        """

    @spec
    def payout_screeners(self) -> Sequence[PayoutScreener]:  # type: ignore[empty-body]  # a spec has no body
        """Offer vetoes on payouts; objects. Each is asked before a payout is approved."""

    @spec
    def payout_observers(self) -> Sequence[PayoutObserver]:  # type: ignore[empty-body]  # a spec has no body
        """Offer listeners; objects. Each is told of every payout after commit, at least once."""
