"""Single operations at full speed, in this process, against a durable server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar
from uuid import UUID, uuid4

import uvloop

from domain.database import close_pool, open_pool
from domain.ledger.rules import Account, AccountKind, Transfer
from tests.make.campaigns import approve, claim, rich_employer, running, submit, usd
from tests.make.ledger import book, earnings, fill, pay
from tests.make.members import add_worker
from tests.make.world import World

Item = TypeVar("Item")
Answer = TypeVar("Answer")

CLIENTS: Final = 16
PLACES: Final = 5
TASKS: Final = 128
TRANSFERS: Final = 1_600
BATCH: Final = 500
BATCHES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Each per second."""

    claims: float
    submissions: float
    approvals: float
    transfers_alone: float
    transfers_by_clients: float
    transfers_in_batches: float


def measure(dsn: str) -> Speeds:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(dsn))


async def _measure(dsn: str) -> Speeds:
    await open_pool(dsn, application_name="benchmark", size=CLIENTS + 4)
    try:
        world = World(f"benchmark {uuid4()}", now=datetime.now(UTC))
        claims, submissions, approvals = await _work(world)
        alone, by_clients, in_batches = await _ledger(world)
    finally:
        await close_pool()
    return Speeds(
        claims=claims,
        submissions=submissions,
        approvals=approvals,
        transfers_alone=alone,
        transfers_by_clients=by_clients,
        transfers_in_batches=in_batches,
    )


async def _work(world: World) -> tuple[float, float, float]:
    employer = await rich_employer(world, usd("1000"))
    campaign = await running(world, employer, places=[PLACES] * TASKS)
    workers = [await add_worker(world) for _ in range(PLACES * TASKS)]

    async def one_claim(worker_id: UUID) -> tuple[UUID, UUID]:
        return worker_id, await claim(world, worker_id, campaign)

    claimed, claims = await _timed(workers, one_claim)
    _, submissions = await _timed(claimed, lambda each: submit(world, *each))
    _, approvals = await _timed(
        [each for _, each in claimed], lambda id_: approve(world, employer, id_)
    )
    return claims, submissions, approvals


async def _ledger(world: World) -> tuple[float, float, float]:
    """Between accounts of many members, so that nobody waits for a row."""
    accounts = [earnings(world.new_id()) for _ in range(CLIENTS * 2)]
    for account in accounts:
        await fill(world, account, 10**9, "USD")

    def transfer(number: int) -> Transfer:
        target = Account(AccountKind.INCOME_FEES)
        source = accounts[number % len(accounts)]
        return pay(world, source=source, target=target, micros=100, currency="USD")

    async def post(transfers: Sequence[Transfer]) -> None:
        await book(world=world, transfers=transfers)

    singles = [[transfer(number)] for number in range(TRANSFERS)]
    _, alone = await _timed(singles, post, clients=1)
    singles = [[transfer(number)] for number in range(TRANSFERS)]
    _, by_clients = await _timed(singles, post)
    batches = [[transfer(number) for number in range(BATCH)] for _ in range(BATCHES)]
    _, batch_speed = await _timed(batches, post, clients=1)
    return alone, by_clients, batch_speed * BATCH


async def _timed(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Answer]], *, clients: int = CLIENTS
) -> tuple[list[Answer], float]:
    """Each client takes the next item as soon as it is done; the answers, and items per second."""
    waiting = iter(items)
    answers: list[Answer] = []

    async def client() -> None:
        for item in waiting:
            answers.append(await work(item))  # noqa: PERF401  # one after the other

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as everybody:
        for _ in range(clients):
            everybody.create_task(client())
    return answers, len(items) / (time.perf_counter() - begun)
