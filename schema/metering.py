"""What one operation costs: asked of a budget before it runs, settled after it ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from schema.actual_cost import Charge
from schema.limits import LIMITS

REFUSED_PRICE: Final = 10  # of a request that never gets a price: mistakes are not free
BREAKDOWN_PATHS_MAX: Final = 200


class Budget(Protocol):
    """Of one member, or of one network when nobody is signed in."""

    @property
    def limit(self) -> int: ...

    @property
    def per_second(self) -> float: ...

    def take(self, points: int) -> Awaitable[int]:
        """0 when they are spent, else the seconds to wait. Never raises."""
        ...

    def give_back(self, points: int) -> None:
        """Points of an earlier `take`."""
        ...

    def available(self) -> int: ...

    def running(self) -> AbstractContextManager[bool]:
        """Whether one more operation may run at once; it counts while the block lasts."""
        ...


class NoLimit:
    """A budget that is always full."""

    limit = 50_000
    per_second: float = 500

    async def take(self, points: int) -> int:  # noqa: ARG002  # the protocol's signature
        return 0

    def give_back(self, points: int) -> None:
        pass

    def available(self) -> int:
        return self.limit

    def running(self) -> AbstractContextManager[bool]:
        return nullcontext(enter_result=True)


@dataclass(slots=True, kw_only=True)
class Meter:
    """Of one operation; what `extensions.cost` and the `RateLimit-*` headers say."""

    budget: Budget = field(default_factory=NoLimit)
    wants_breakdown: bool = False
    requested: int = 0
    actual: int = 0
    charge: Charge | None = None  # of the answer, once there is one
    operation_name: str | None = None
    limit: int = LIMITS.cost  # of this operation
    is_priced: bool = False  # the operation was measured, and paid for or refused

    async def take(self, points: int) -> int:
        """The price of the operation; seconds to wait when it cannot be paid."""
        self.requested = points
        self.is_priced = True
        wait = await self.budget.take(points)
        self.actual = 0 if wait else points
        return wait

    async def take_for_refusal(self) -> int:
        """The fixed price of a request that is refused; at most once per request."""
        if self.is_priced:
            return 0
        self.is_priced = True
        wait = await self.budget.take(REFUSED_PRICE)
        self.actual = 0 if wait else REFUSED_PRICE
        return wait

    def settle(self, charge: Charge | None) -> None:
        """The lengths of the lists are known now; what was paid too much goes back. With None,
        nothing ran.
        """
        self.charge = charge
        used = 0 if charge is None else min(self.actual, charge.total)
        self.budget.give_back(self.actual - used)
        self.actual = used

    def report(self) -> dict[str, Any]:
        """For `extensions`."""
        cost = {
            "requested": self.requested,
            "actual": self.actual,
            "limit": self.limit,
            "available": self.budget.available(),
            "restorePerSecond": self.budget.per_second,
        }
        breakdown = self._breakdown() if self.wants_breakdown else {}
        return {"cost": cost, "costBreakdown": breakdown} if breakdown else {"cost": cost}

    def _breakdown(self) -> Mapping[str, int]:
        """The dearest paths, and the rest as one."""
        points: Counter[str] = Counter() if self.charge is None else self.charge.by_path()
        shown = dict(points.most_common(BREAKDOWN_PATHS_MAX))
        rest = points.total() - sum(shown.values())
        return {**shown, "…": rest} if rest else shown


def seconds_until_full(budget: Budget, available: int) -> int:
    return -int(-(budget.limit - available) // budget.per_second)
