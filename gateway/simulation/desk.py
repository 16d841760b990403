"""The job worker of a simulated marketplace: one job after the other, when its time has come."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from domain.jobs import QueuedJob, forget_job, queued_jobs
from gateway.job_kinds import (
    EVERY_HOUR,
    EVERY_MINUTE,
    EVERY_MONTH,
    EVERY_NIGHT,
    EVERY_TEN_MINUTES,
    EVERY_TEN_SECONDS,
    EVERY_TWO_SECONDS,
    Given,
    JobKind,
)
from gateway.jobs import ENQUEUED, SCHEDULED
from gateway.simulation.crashes import Crashed, FragilePool
from gateway.simulation.virtual import Virtual

FAILURES_MAX: Final = 8  # as the real job worker: then it is held for a person
AGAIN: Final = timedelta(minutes=1)
STATEMENTS_MAX: Final = 14
# Papers and letters are drawn and sent by tests of their own; here their numbers and sums count.
# What follows the feed goes by the whole server's running transactions, not by the virtual clock.
UNDONE: Final = frozenset(
    {"document_render", "document_mail", "notification_tell", "search_tell", "analytics_count"}
)
ALWAYS: Final = frozenset(
    {EVERY_TWO_SECONDS, EVERY_TEN_SECONDS, EVERY_MINUTE, EVERY_TEN_MINUTES, EVERY_HOUR}
)


@dataclass(frozen=True, slots=True, order=True)
class Due:
    at: datetime
    job: QueuedJob = field(compare=True)
    failure_count: int = field(default=0, compare=False)


@dataclass
class Desk:
    virtual: Virtual
    given: Given
    pool: FragilePool
    crash_share: float
    done: Counter[str] = field(default_factory=Counter)
    crash_count: int = 0
    held: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._waiting: list[Due] = []
        self._last_id = 0
        self._kinds = {kind.name: kind for kind in (*ENQUEUED, *SCHEDULED)}

    @property
    def next_at(self) -> datetime | None:
        return self._waiting[0].at if self._waiting else None

    async def take_in(self) -> None:
        """What was enqueued since: due by the virtual clock, as long from now as was asked for."""
        for job in await queued_jobs(after=self._last_id):
            self._last_id = job.id
            heapq.heappush(self._waiting, Due(self.virtual.now + job.delay, job))

    async def work_one(self) -> None:
        due = heapq.heappop(self._waiting)
        self.virtual.move_to(due.at)
        if due.job.name not in UNDONE and not await self._ends(due):
            return
        await forget_job(job_id=due.job.id)
        self.done[due.job.name] += 1
        await self.take_in()

    async def sweep(self) -> None:
        """Everything that runs on a schedule, at this hour of the virtual day."""
        for kind in SCHEDULED:
            if kind.name not in UNDONE and self._is_due(kind):
                with self.pool.breaking(None):
                    await kind.handle({}, self.given)
                await self.take_in()

    def _is_due(self, kind: JobKind) -> bool:
        now = self.virtual.now
        if kind.every in ALWAYS:
            return True
        if kind.every == EVERY_NIGHT:
            return now.hour == 3  # noqa: PLR2004  # as its schedule says
        assert kind.every == EVERY_MONTH, kind
        return (now.day, now.hour) == (1, 2)

    async def _ends(self, due: Due) -> bool:
        """False: it is tried again. A crash is no failure of the job; it was cut short."""
        try:
            with self.pool.breaking(self._fate()):
                await self._kinds[due.job.name].handle(due.job.arguments, self.given)
        except Crashed:
            self.crash_count += 1
            self._again(due, failure_count=due.failure_count)
        except Exception as failure:  # noqa: BLE001  # as the real job worker
            if due.failure_count == FAILURES_MAX:
                self.held.append(f"{due.job.name} {due.job.arguments}: {failure!r}")
                return True
            self._again(due, failure_count=due.failure_count + 1)
        else:
            return True
        await self.take_in()
        return False

    def _fate(self) -> int | None:
        chance = self.virtual.chance
        return chance.randrange(STATEMENTS_MAX) if chance.random() < self.crash_share else None

    def _again(self, due: Due, *, failure_count: int) -> None:
        delay = AGAIN * 2**failure_count
        heapq.heappush(self._waiting, Due(self.virtual.now + delay, due.job, failure_count))
