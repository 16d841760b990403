"""Drives a market through a plan: every worker hands in, the employer reviews, all are paid."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import stamina

from domain.money import Money, share_micros
from domain.referrals.rules import CAP_MICROS
from gateway.replay.crowd import Answer
from gateway.replay.market import Known, Market, Stage, Trouble
from gateway.replay.plan import Plan

Result = TypeVar("Result")

PATIENCE_SECONDS: Final = 180.0  # a server that was killed is back long before
STARS: Final = 5


@dataclass
class Counters:
    """What this invocation did itself, for the progress bar and the speed."""

    settled: int = 0
    seconds: float = 0.0
    on_step: Callable[[str], None] = field(default=lambda _: None)
    on_settled: Callable[[], None] = field(default=lambda: None)


async def drive(
    market: Market, plan: Plan, *, concurrency: int, counters: Counters, referral_rate: int
) -> int:
    """Ends with everything done, whatever was done before; how many documents exist then."""
    counters.on_step("members")
    await _members(market, plan)
    counters.on_step("campaign")
    await patiently(lambda: market.open_campaign(plan))
    counters.on_step("answers")
    known = await patiently(market.known_assignments)
    begun = asyncio.get_running_loop().time()
    await _answers(market, plan, known, concurrency=concurrency, counters=counters)
    counters.seconds = asyncio.get_running_loop().time() - begun
    counters.on_step("referral rewards")
    expected = expected_rewards(plan, rate=referral_rate)
    await patiently(lambda: market.settle_referrals(expected))
    counters.on_step("payouts")
    await _pay_out(market, plan, concurrency=concurrency)
    counters.on_step("invoices")
    return await patiently(market.issue_invoices)


async def patiently(work: Callable[[], Awaitable[Result]]) -> Result:
    """Again and again while the market cannot be reached: each piece of work may be repeated."""
    async for attempt in stamina.retry_context(
        on=Trouble, attempts=None, timeout=PATIENCE_SECONDS, wait_initial=0.1, wait_max=3.0
    ):
        with attempt:
            return await work()
    raise AssertionError("unreachable")


def expected_rewards(plan: Plan, *, rate: int) -> dict[str, Money]:
    """What each worker earns by those they brought: a share of every approved reward, capped."""
    approved = plan.approved_by_worker()
    per_answer = share_micros(plan.reward.micros, rate)
    rewards: dict[str, Money] = {}
    for referee, referrer in plan.referrers().items():
        earned = Money(min(CAP_MICROS, approved[referee] * per_answer), plan.reward.currency)
        rewards[referrer] = rewards.get(referrer, Money(0, plan.reward.currency)) + earned
    return rewards


async def _members(market: Market, plan: Plan) -> None:
    await patiently(lambda: market.register_employer(plan.employer()))
    referrers = plan.referrers()
    for worker, person in plan.workers().items():
        await patiently(
            lambda worker=worker, person=person: market.register_worker(  # type: ignore[misc]  # bound at once
                worker, person, brought_by=referrers.get(worker)
            )
        )


async def _answers(
    market: Market,
    plan: Plan,
    known: Mapping[tuple[str, str], Known],
    *,
    concurrency: int,
    counters: Counters,
) -> None:
    """Workers side by side, each one answer at a time; the employer decides as they come in."""
    slots = asyncio.Semaphore(concurrency)
    decisions: asyncio.Queue[tuple[Answer, Known] | None] = asyncio.Queue(maxsize=1_000)

    async def work(answers: list[Answer]) -> None:
        for answer in answers:
            found = known.get((answer.worker, answer.task))
            if found is not None and found.is_done:
                counters.on_settled()
                continue
            async with slots:
                handed_in = await _hand_in(market, answer, found)
            await decisions.put((answer, handed_in))

    async def decide() -> None:
        while (item := await decisions.get()) is not None:
            answer, handed_in = item
            async with slots:
                await _decide(market, answer, handed_in, is_right=plan.is_right(answer))
            counters.settled += 1
            counters.on_settled()

    async with asyncio.TaskGroup() as everybody:
        deciders = [everybody.create_task(decide()) for _ in range(concurrency)]
        async with asyncio.TaskGroup() as workers:
            # The busiest first: each of them is a chain that nobody else can shorten.
            for answers in sorted(plan.answers_by_worker().values(), key=len, reverse=True):
                workers.create_task(work(answers))
        for _ in deciders:
            await decisions.put(None)


async def _hand_in(market: Market, answer: Answer, known: Known | None) -> Known:
    """After trouble the first look tells what came through before it."""
    is_fresh = True

    async def attempt() -> Known:
        nonlocal is_fresh
        found = known if is_fresh else await market.find(answer)
        is_fresh = False
        if found is None:
            found = Known(await market.claim(answer), Stage.CLAIMED)
        if found.stage is Stage.CLAIMED:
            await market.submit(answer, found.assignment_id)
            return Known(found.assignment_id, Stage.SUBMITTED)
        return found

    return await patiently(attempt)


async def _decide(market: Market, answer: Answer, known: Known, *, is_right: bool) -> None:
    is_fresh = True

    async def attempt() -> None:
        nonlocal is_fresh
        found = known if is_fresh else await market.find(answer)
        is_fresh = False
        assert found is not None, "what was handed in does not vanish"
        if found.stage is Stage.SUBMITTED:
            await market.review(found.assignment_id, is_right=is_right)
        if is_right and not found.is_rated:
            await market.rate(found.assignment_id, stars=STARS)

    await patiently(attempt)


async def _pay_out(market: Market, plan: Plan, *, concurrency: int) -> None:
    slots = asyncio.Semaphore(concurrency)

    async def pay(worker: str) -> None:
        async with slots:
            await patiently(lambda: market.pay_out(worker))

    async with asyncio.TaskGroup() as everybody:
        for worker in plan.workers():
            everybody.create_task(pay(worker))
    await patiently(market.await_payouts)
