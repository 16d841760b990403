"""The state of a simulation: who is there, what is on offer, and what comes next."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Final, TypeVar
from uuid import UUID

from domain.campaigns.rules import FOR_ALL, Audience
from domain.errors import Refused
from gateway.job_kinds import Given
from gateway.simulation.crashes import Crashed, FragilePool
from gateway.simulation.desk import STATEMENTS_MAX, Desk
from gateway.simulation.kinds import PICTURES, Kind
from gateway.simulation.people import Person, QuickHasher
from gateway.simulation.stand_ins import Letterbox
from gateway.simulation.virtual import Virtual

Result = TypeVar("Result")
Move = Callable[[], Awaitable[object]]
REPEATED_PERCENT: Final = 5


@dataclass(slots=True)
class Offer:
    id: UUID
    employer: Person
    audience: Audience = FOR_ALL
    kind: Kind = PICTURES
    is_open: bool = True
    task_ids: Sequence[UUID] = ()
    truths: Mapping[UUID, str] = field(default_factory=dict)  # by task, where answers are labels


@dataclass(slots=True)
class Work:
    id: UUID
    offer: Offer
    worker: Person


@dataclass(order=True, slots=True)
class Planned:
    at: datetime
    number: int
    move: Move = field(compare=False)


@dataclass
class Market:
    virtual: Virtual
    given: Given
    desk: Desk
    pool: FragilePool
    crash_share: float
    letterbox: Letterbox
    hasher: QuickHasher = field(default_factory=QuickHasher)
    people: list[Person] = field(default_factory=list)
    clerks: list[UUID] = field(default_factory=list)
    financiers: list[UUID] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    invited: dict[str, Person] = field(default_factory=dict)  # who wrote last, by address
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)
    crash_count: int = 0
    gone: int = 0

    def __post_init__(self) -> None:
        self._agenda: list[Planned] = []
        self._numbers = count(1)

    @property
    def next_at(self) -> datetime | None:
        return self._agenda[0].at if self._agenda else None

    def percent(self, share: float) -> bool:
        return self.virtual.chance.random() * 100 < share

    def plan(self, move: Move, *, after: timedelta) -> None:
        """A little earlier or later than said, or everybody would come at once."""
        seconds = after.total_seconds() * (0.5 + self.virtual.chance.random())
        self.plan_at(move, at=self.virtual.now + timedelta(seconds=round(seconds)))

    def plan_at(self, move: Move, *, at: datetime) -> None:
        heapq.heappush(self._agenda, Planned(at, next(self._numbers), move))

    async def work_one(self) -> None:
        planned = heapq.heappop(self._agenda)
        self.virtual.move_to(planned.at)
        await planned.move()

    async def act(self, name: str, move: Callable[[], Awaitable[Result]]) -> Result | None:
        """As a client does it: a refusal is an answer, and after a crash the same wish comes again.

        None: it was refused. Some wishes come once more although they were answered.
        """
        try:
            try:
                with self.pool.breaking(self._fate()):
                    found = await move()
            except Crashed:
                self.crash_count += 1
                found = await move()
        except Refused as refusal:
            self.refused[f"{name}: {refusal.code}"] += 1
            return None
        finally:
            await self.desk.take_in()
        self.done[name] += 1
        return found

    async def did(self, name: str, move: Callable[[], Awaitable[None]]) -> bool:
        """As `act`, for what answers nothing."""

        async def done() -> bool:
            await move()
            return True

        return await self.act(name, done) is not None

    async def twice(self, name: str, move: Callable[[], Awaitable[Result]]) -> Result | None:
        """For wishes that carry a key: now and then the answer is lost and it is sent again."""
        found = await self.act(name, move)
        if found is not None and self.percent(REPEATED_PERCENT):
            again = await self.act(f"{name} again", move)
            if getattr(again, "replayed", again) is not True:
                self.wrongs.append(f"{name}: the same key was not answered as before")
        return found

    async def forbidden(self, name: str, move: Callable[[], Awaitable[object]]) -> None:
        """Somebody tries what is not theirs."""
        try:
            await move()
        except Refused as refusal:
            self.refused[f"{name}: {refusal.code}"] += 1
        else:
            self.wrongs.append(f"{name} was not refused")
        await self.desk.take_in()

    def _fate(self) -> int | None:
        chance = self.virtual.chance
        return chance.randrange(STATEMENTS_MAX) if chance.random() < self.crash_share else None
