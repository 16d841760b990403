"""What must hold after every simulated day, whatever anybody did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from domain.inspection import earlier_moments, moves_made
from domain.payouts import queries as payouts
from domain.payouts.rules import OPEN, PayoutState
from gateway.simulation.market import Market
from gateway.simulation.moves import unlisted
from gateway.simulation.virtual import START
from gateway.verify import verify
from plugins.payments.sandbox.memory import Kept, SandboxMemory
from plugins.payments.sandbox.scenarios import Scenario

PAYING: Final = frozenset(set(Scenario) - {Scenario.FAIL, Scenario.INVALID})
SHOWN_MAX: Final = 20
STUCK_AFTER: Final = timedelta(days=40)  # unclaimed money lies there for thirty


@dataclass
class Auditor:
    """Names what is wrong; an empty list is the only good one."""

    market: Market
    sandbox: SandboxMemory
    older: Mapping[str, int] = field(default_factory=dict)  # what the migrations brought

    async def begin(self) -> None:
        self.older = await earlier_moments(than=START)

    async def wrongs(self) -> list[str]:
        found = [f"answered wrongly: {each}" for each in self.market.wrongs]
        found += [f"job held: {each}" for each in self.market.desk.held]
        found += [f"books: {each}" for each in await verify()]
        found += [f"no table lists it: {each}" for each in unlisted(await moves_made())]
        found += await self._of_the_wrong_time()
        found += await self._of_payouts()
        return found[:SHOWN_MAX]

    async def _of_the_wrong_time(self) -> list[str]:
        """Everything happens after the beginning, unless somebody looked at another clock."""
        return [
            f"time: {count - self.older.get(column, 0)} rows of {column} lie before the beginning"
            for column, count in (await earlier_moments(than=START)).items()
            if count > self.older.get(column, 0)
        ]

    async def _of_payouts(self) -> list[str]:
        """What was wanted against what the provider did, one by one."""
        effects: dict[str, list[Kept]] = defaultdict(list)
        for item in self.sandbox.items():
            if Scenario(item.scenario) in PAYING:
                effects[item.payout_id].append(item)
        ids = [each for person in self.market.people for each in person.payouts]
        found = await payouts.payouts_by_id(ids=ids)
        wanted = {str(payout_id): payout for payout_id, payout in found.items()}
        return list(_differences(wanted, effects, now=self.market.virtual.now))


def _differences(
    wanted: Mapping[str, payouts.PayoutRecord],
    effects: Mapping[str, Sequence[Kept]],
    *,
    now: datetime,
) -> Iterator[str]:
    for payout_id, items in effects.items():
        payout = wanted.get(payout_id)
        if payout is None:
            yield f"payout {payout_id}: paid, and nobody asked for it"
        elif len(items) > 1:
            yield f"payout {payout_id}: paid {len(items)} times"
        elif items[0].amount != payout.amount:
            yield f"payout {payout_id}: {items[0].amount} paid, {payout.amount} wanted"
    for payout_id, payout in wanted.items():
        if payout.state is PayoutState.PAID and payout_id not in effects:
            yield f"payout {payout_id}: said to be paid, and nothing arrived"
        if payout.state in OPEN and now - payout.requested_at > STUCK_AFTER:
            yield f"payout {payout_id}: {payout.state} since {payout.requested_at:%d %B}"
