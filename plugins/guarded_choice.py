"""Routers, screeners and observers of plugins, kept from doing harm: they end in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from domain.payouts.provider import PayoutNews, PayoutObserver
from domain.provider import CallContext, NoAnswer
from domain.routing.provider import (
    PayoutRouter,
    PayoutScreener,
    RouteOffer,
    RouteRequest,
    ScreenDecision,
    ScreenRequest,
    ScreenVerdict,
)
from plugins.containment import contained

log = structlog.get_logger(__name__)

SECONDS_MAX: Final = 5.0
FAILED: Final = ScreenVerdict(decision=ScreenDecision.HOLD, reason="the screener gave no answer")


class GuardedRouter(PayoutRouter):
    """Without an answer the cheapest is taken."""

    name = "guarded"

    def __init__(self, inner: PayoutRouter) -> None:
        self._inner = inner
        self.name = inner.name  # type: ignore[misc]  # of the one inside

    async def choose(
        self, request: RouteRequest, offers: Sequence[RouteOffer], context: CallContext
    ) -> str | None:
        try:
            chosen = await contained(
                lambda: self._inner.choose(request, offers, context),
                seconds=SECONDS_MAX,
                whose=self.name,
            )
        except Exception as error:  # noqa: BLE001  # whatever a plugin does
            log.warning("router.failed", router=self.name, error=type(error).__name__)
            return None
        return chosen if isinstance(chosen, str) else None


class GuardedScreener(PayoutScreener):
    """Without an answer people look at it."""

    name = "guarded"

    def __init__(self, inner: PayoutScreener) -> None:
        self._inner = inner
        self.name = inner.name  # type: ignore[misc]  # of the one inside

    async def screen(self, request: ScreenRequest, context: CallContext) -> ScreenVerdict:
        try:
            verdict = await contained(
                lambda: self._inner.screen(request, context),
                seconds=SECONDS_MAX,
                whose=self.name,
            )
        except Exception as error:  # noqa: BLE001  # whatever a plugin does
            log.warning("screener.failed", screener=self.name, error=type(error).__name__)
            return FAILED
        return verdict if isinstance(verdict, ScreenVerdict) else FAILED


class GuardedObserver(PayoutObserver):
    """Whatever it does wrong, it was told nothing: the same comes again."""

    name = "guarded"

    def __init__(self, inner: PayoutObserver) -> None:
        self._inner = inner
        self.name = inner.name  # type: ignore[misc]  # of the one inside

    async def payout_changed(self, news: PayoutNews, context: CallContext) -> None:
        try:
            await contained(
                lambda: self._inner.payout_changed(news, context),
                seconds=SECONDS_MAX,
                whose=self.name,
            )
        except Exception as error:
            log.warning("observer.failed", observer=self.name, error=type(error).__name__)
            raise NoAnswer(type(error).__name__) from error
