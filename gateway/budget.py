"""The cost budget of each member or network, shared by all processes without a statement per
request: a process leases points of the bucket in the database and spends them by itself.

A point is in the bucket, in one process's lease, or spent; so all processes together never spend
more than the bucket held and was refilled with.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from domain.access import operations
from domain.access.operations import Share, Wish
from gateway.together import Together

log = structlog.get_logger(__name__)

LEASE_POINTS: Final = 1_000
LEASE_REQUESTS: Final = 8  # a dear operation seldom comes alone: enough for some more of its price
LEASE_PART: Final = 20  # of a small bucket no process holds more than this part idly
IDLE_SECONDS: Final = 5.0  # then a process gives back what it does not use
RETURNED_AT_ONCE: Final = 200  # by one statement, which holds their rows
AWAY_SECONDS: Final = 1.0  # how long the database is left alone after it failed
TRUSTED_SECONDS: Final = 1.0  # how long what the bucket held is believed; others give back


@dataclass(slots=True)
class Lease:
    """What this process knows and holds of one bucket."""

    left: int = 0
    bucket: float = math.inf  # what it held when it was last asked
    asked_at: float = 0.0
    used_at: float = 0.0
    running: int = 0
    unpaid: int = 0  # spent while the database was away; never given back to anybody
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Budgets:
    """Of one process. `monotonic` is its clock."""

    def __init__(
        self,
        *,
        limit: int,
        per_second: float,
        running_max: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self.per_second = per_second
        self.unasked_count = 0  # requests that passed because the database was away
        self._running_max = running_max
        self._monotonic = monotonic
        self._leases: dict[str, Lease] = {}
        self._shares = Together(self._lease_shares)
        self._away_until = -math.inf
        self._is_away = False

    async def take(self, actor: str, points: int) -> int:
        """0 when they are spent, else the seconds to wait.

        Never raises: when the database is away the request passes and is counted.
        """
        lease = self._lease(actor)
        if lease.left < points:
            async with lease.lock:
                while lease.left < points:  # others spend of it while the database is asked
                    wait = await self._fill(actor, lease, points)
                    if wait:
                        return wait
        lease.left -= points
        return 0

    def give_back(self, actor: str, points: int) -> None:
        lease = self._lease(actor)
        free = min(points, lease.unpaid)
        lease.unpaid -= free
        lease.left += points - free

    def available(self, actor: str) -> int:
        """As this process sees it: its own lease, and what the bucket should hold by now."""
        lease = self._leases.get(actor)
        if lease is None:
            return self.limit
        return max(0, min(self.limit, lease.left + math.floor(self._in_bucket(lease))))

    @contextmanager
    def running(self, actor: str) -> Iterator[bool]:
        """Whether one more operation may run at once; counts it while the block lasts."""
        lease = self._lease(actor)
        lease.running += 1
        try:
            yield lease.running <= self._running_max
        finally:
            lease.running -= 1

    async def return_unused(self, *, idle_seconds: float = IDLE_SECONDS) -> None:
        """Of those who have asked nothing for a while; nothing stays in memory of them."""
        before = self._monotonic() - idle_seconds
        unspent: list[tuple[str, int]] = []
        for actor, lease in list(self._leases.items()):
            if lease.used_at > before or lease.running or lease.lock.locked():
                continue
            del self._leases[actor]
            if lease.left > 0:
                unspent.append((actor, lease.left))
        for start in range(0, len(unspent), RETURNED_AT_ONCE):
            if self._monotonic() >= self._away_until:
                await self._return(dict(unspent[start : start + RETURNED_AT_ONCE]))

    def _lease(self, actor: str) -> Lease:
        lease = self._leases.get(actor)
        if lease is None:
            lease = self._leases[actor] = Lease()
        lease.used_at = self._monotonic()
        return lease

    async def _fill(self, actor: str, lease: Lease, points: int) -> int:
        """0 when the points may be spent, else the seconds to wait."""
        now, least = self._monotonic(), points - lease.left
        if now < self._away_until:
            self._pass(lease, points)
            return 0
        if now - lease.asked_at < TRUSTED_SECONDS and self._in_bucket(lease) < least:
            return self._wait(lease, least)
        likely = max(LEASE_POINTS, points * LEASE_REQUESTS)
        wanted = max(least, min(likely, self.limit // LEASE_PART))
        try:
            share = await self._shares.answer(Wish(actor=actor, least=least, wanted=wanted))
        except Exception as failure:  # noqa: BLE001  # a budget is no reason to refuse anybody
            self._note_away(failure)
            self._pass(lease, points)
            return 0
        self._is_away = False
        lease.left += share.granted
        lease.bucket, lease.asked_at = share.remaining, self._monotonic()
        return 0 if share.granted else self._wait(lease, least)

    def _wait(self, lease: Lease, least: int) -> int:
        return max(1, math.ceil((least - self._in_bucket(lease)) / self.per_second))

    def _in_bucket(self, lease: Lease) -> float:
        refilled = self.per_second * (self._monotonic() - lease.asked_at)
        return min(self.limit, lease.bucket + refilled)

    def _pass(self, lease: Lease, points: int) -> None:
        """Free of charge: what is not leased is not spent."""
        self.unasked_count += 1
        lease.unpaid += points
        lease.left += points

    def _note_away(self, failure: Exception) -> None:
        self._away_until = self._monotonic() + AWAY_SECONDS
        if not self._is_away:
            log.warning("budget.away", exc_info=failure)
        self._is_away = True

    async def _lease_shares(self, wishes: Sequence[Wish]) -> list[Share]:
        return await operations.lease_points(
            wishes=wishes, capacity=self.limit, per_second=self.per_second
        )

    async def _return(self, points: Mapping[str, int]) -> None:
        """When it fails the points are lost, and the bucket refills as ever."""
        try:
            await operations.return_points(points=points, capacity=self.limit)
        except Exception as failure:  # noqa: BLE001  # the next round tries with others
            self._note_away(failure)


@dataclass(frozen=True, slots=True)
class ActorBudget:
    """The budget of who asks, as the schema sees it."""

    budgets: Budgets
    actor: str

    @property
    def limit(self) -> int:
        return self.budgets.limit

    @property
    def per_second(self) -> float:
        return self.budgets.per_second

    def take(self, points: int) -> Awaitable[int]:
        return self.budgets.take(self.actor, points)

    def give_back(self, points: int) -> None:
        self.budgets.give_back(self.actor, points)

    def available(self) -> int:
        return self.budgets.available(self.actor)

    def running(self) -> AbstractContextManager[bool]:
        return self.budgets.running(self.actor)


@asynccontextmanager
async def kept(budgets: Budgets) -> AsyncIterator[None]:
    """Gives idle leases back while the process serves, and all of them at its end."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(IDLE_SECONDS)
            await budgets.return_unused()

    task = asyncio.create_task(keep())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await budgets.return_unused(idle_seconds=-1)
