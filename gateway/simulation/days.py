"""Day after day: everybody who comes by, every job that is due, and the audit at midnight."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from domain.inspection import moves_made, state_digest, watch_moves
from domain.members.rules import Role
from gateway.simulation import (
    asking,
    deal,
    doubting,
    hiring,
    inviting,
    joining,
    judging,
    leaving,
    paying,
    proving,
    searching,
    watching,
)
from gateway.simulation.checks import Auditor
from gateway.simulation.market import Market
from gateway.simulation.moves import MACHINES
from gateway.simulation.outcome import Day, Outcome
from gateway.simulation.people import VISITS, Person
from gateway.simulation.virtual import START

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
CLERKS: Final = 3
FINANCIERS: Final = 2
FIRST_SHARE: Final = 3  # of all members, a third is there on the first day
LOOKED_AT: Final = timedelta(hours=10)  # what waits for staff, every day
LEAVES_PERCENT: Final = 1  # of the visits

Tell = Callable[[Day], None]


async def simulate(
    market: Market, auditor: Auditor, *, days: int, member_count: int, tell: Tell
) -> Outcome:
    """Ends on the first day that something is wrong after; nothing is repaired."""
    await auditor.begin()
    await watch_moves(tables=MACHINES)
    await _staff(market)
    await proving.begin(market)
    history: list[Day] = []
    wrongs: list[str] = []
    for number in range(1, days + 1):
        failure = await _day(market, number, days=days, member_count=member_count)
        wrongs = [failure] if failure else await auditor.wrongs()
        history.append(Day.of(number, market))
        tell(history[-1])
        if wrongs:
            break
    return Outcome(
        days=history,
        wrongs=wrongs,
        market=market,
        moves=await moves_made(),
        digest=await state_digest(),
    )


async def _day(market: Market, number: int, *, days: int, member_count: int) -> str | None:
    """What nobody expects to be raised is the day's failure."""
    try:
        await _plan(market, number, days=days, member_count=member_count)
        await _until(market, START + number * DAY)
    except Exception as failure:  # noqa: BLE001  # it is what we look for
        return f"raised: {failure!r}"
    return None


async def _staff(market: Market) -> None:
    for role, members, wanted in (
        (Role.STAFF, market.clerks, CLERKS),
        (Role.FINANCE, market.financiers, FINANCIERS),
    ):
        for number in range(wanted):
            member = await joining.register(market, number, name=role.value)
            assert member is not None
            market.people.remove(member)
            await judging.grant(market, member.id, role)
            members.append(member.id)


async def _plan(market: Market, number: int, *, days: int, member_count: int) -> None:
    """New people spread over the first half of all days, then the visits of the day."""
    first = member_count // FIRST_SHARE
    growing = max(1, days // 2)
    there = member_count if number > growing else first + (member_count - first) * number // growing
    market.plan(lambda: watching.look(market), after=LOOKED_AT)
    market.plan(lambda: doubting.look(market), after=LOOKED_AT)
    market.plan(lambda: proving.look(market), after=LOOKED_AT)
    for person_number in range(len(market.people) + market.gone, there):
        await joining.register(market, person_number)
    for person in market.people:
        if market.percent(VISITS[person.habit]):
            _plan_visit(market, person)


def _plan_visit(market: Market, person: Person) -> None:
    start = market.virtual.now
    seconds = market.virtual.chance.randrange(int(DAY.total_seconds()))
    market.plan_at(lambda: _visit(market, person), at=start + timedelta(seconds=seconds))


async def _visit(market: Market, person: Person) -> None:
    if person.is_employer:
        if not person.deposits or market.percent(15):
            await paying.pay_in(market, person)
        else:
            await hiring.offer(market, person)
        if market.percent(50):
            await inviting.invite(market, person)
    for _ in range(market.virtual.chance.randint(1, 3)):
        await deal.claim(market, person)
    if market.percent(20):
        await paying.ask_to_be_paid(market, person)
    await _say(market, person)
    if market.percent(LEAVES_PERCENT):
        await leaving.leave(market, person)


async def _say(market: Market, person: Person) -> None:
    """What has nothing to do with the work itself."""
    if market.percent(5):
        await asking.ask(market, person)
    if market.percent(5):
        await inviting.write(market, person)
    if market.percent(12):
        await proving.prove(market, person)
    if market.percent(8):
        await searching.keep(market, person)


async def _until(market: Market, end: datetime) -> None:
    """People and jobs in the order of their time; schedules at every full hour."""
    hour = market.virtual.now.replace(minute=0, second=0, microsecond=0)
    while (hour := hour + HOUR) <= end:
        while (step := _next_step(market, before=hour)) is not None:
            await step()
        market.virtual.move_to(hour)
        await market.desk.sweep()


def _next_step(market: Market, *, before: datetime) -> Callable[[], Awaitable[None]] | None:
    """Jobs go first when they are due at the same time."""
    job_at, move_at = market.desk.next_at, market.next_at
    if job_at is not None and job_at < before and (move_at is None or job_at <= move_at):
        return market.desk.work_one
    if move_at is not None and move_at < before:
        return market.work_one
    return None
