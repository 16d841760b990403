"""Who wants to hear of payouts: a ledger of another house, a message bus, a warehouse."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.money import Money
from domain.provider import CallContext


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutNews:
    """A payout came into `state`. It may have gone on since; what it was then is told.

    `event_id` is the same when it is told again, and in webhooks. Nothing here says who the
    worker is or where they are paid.
    """

    event_id: UUID
    payout_id: UUID
    worker_id: UUID
    state: str  # such as "paid"; new ones may appear
    amount: Money  # what left the worker's earnings
    occurred_at: datetime


class PayoutObserver(ABC):
    """Told after commit, in the order it happened. It cannot hold up, change or undo anything."""

    name: ClassVar[str]  # for ever: it is how the core knows what it has told

    @abstractmethod
    async def payout_changed(self, news: PayoutNews, context: CallContext) -> None:
        """At least once each. Raise, and the same is told again a few times, later."""
