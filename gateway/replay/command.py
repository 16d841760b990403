"""`piecerate replay`: from the file to the figures, shown as they grow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from domain.database import AWAY, BUSY, close_pool, open_pool
from domain.money import EXPONENTS, MICRO_DIGITS, Money
from domain.rates import queries as rates
from domain.rates.rules import RateKind
from gateway.children import Child, stop_children
from gateway.given import clock
from gateway.parts import opened_parts
from gateway.replay.by_http import ByHttp
from gateway.replay.by_operations import ByOperations
from gateway.replay.crowd import read_crowd
from gateway.replay.drive import Counters, drive, patiently
from gateway.replay.market import Market, Trouble
from gateway.replay.payments import Payments
from gateway.replay.plan import Plan
from gateway.replay.report import Report, report_on, show
from gateway.settings import Settings

CONCURRENCY_MAX = 64


class ReplayRefused(RuntimeError):
    """An option nobody can replay with, or a market that did not come back."""


class Via(StrEnum):
    OPERATIONS = "operations"
    HTTP = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    labels: Path
    truth: Path | None
    gold: int | None
    reward: str
    currency: str
    concurrency: int
    via: Via


def make_plan(options: Options, *, secret: bytes) -> Plan:
    """Reads the files and checks every option; nothing is written before it returns."""
    if options.gold is not None and options.truth is None:
        raise ReplayRefused("--gold says how many true answers to use, so it needs --truth.")
    if options.gold is not None and options.gold < 0:
        raise ReplayRefused("--gold is a number of tasks, 0 or more.")
    if not 1 <= options.concurrency <= CONCURRENCY_MAX:
        raise ReplayRefused(f"--concurrency lies between 1 and {CONCURRENCY_MAX}.")
    reward = _reward(options.reward, options.currency)
    crowd = read_crowd(options.labels, truth=options.truth, gold=options.gold)
    return Plan(crowd=crowd, reward=reward, secret=secret)


def replay(options: Options, *, settings: Settings, dsn: str, plan: Plan) -> None:
    """Drives it to its end and prints the figures."""
    console = Console(highlight=False)
    by_operations = options.via is Via.OPERATIONS
    with _job_worker(settings, dsn) if by_operations else nullcontext():
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_replay(options, settings=settings, dsn=dsn, plan=plan, console=console))
        except* Trouble as troubles:
            reason = _first(troubles)
            raise ReplayRefused(
                f"The marketplace did not come back ({reason}); run the same command again and "
                "it goes on where it stopped."
            ) from None


async def _replay(
    options: Options, *, settings: Settings, dsn: str, plan: Plan, console: Console
) -> None:
    await open_pool(dsn, application_name="piecerate-replay", size=options.concurrency + 4)
    try:
        async with opened_parts(settings) as parts:
            market: Market = (
                ByOperations(plan=plan, payments=Payments(plan, parts))
                if options.via is Via.OPERATIONS
                else ByHttp(plan=plan, url=settings.url, concurrency=options.concurrency)
            )
            rate = await rates.basis_points(kind=RateKind.REFERRAL, scope="*", on=clock().date())
            with _shown(console, total=len(plan.crowd.answers)) as counters:
                documents = await drive(
                    market,
                    plan,
                    concurrency=options.concurrency,
                    counters=counters,
                    referral_rate=rate,
                )
            await market.close()
        show(await patiently(lambda: _figures(plan, counters, documents)), console)
    finally:
        await close_pool()


async def _figures(plan: Plan, counters: Counters, documents: int) -> Report:
    try:
        return await report_on(
            plan, documents=documents, settled=counters.settled, seconds=counters.seconds
        )
    except (*AWAY, *BUSY) as failure:
        raise Trouble(type(failure).__name__) from failure


@contextmanager
def _shown(console: Console, *, total: int) -> Iterator[Counters]:
    """A bar on a terminal; elsewhere a line per step."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("starting", total=total)

        def on_step(name: str) -> None:
            progress.update(bar, description=name)
            if not console.is_terminal:
                console.print(f"… {name}")

        yield Counters(on_step=on_step, on_settled=lambda: progress.advance(bar))


@contextmanager
def _job_worker(settings: Settings, dsn: str) -> Iterator[None]:
    """Payouts are sent by a job worker like everybody's; another one may run beside it."""
    child = Child("job worker", ["piecerate", "worker"], settings.for_children(dsn))
    child.start()
    try:
        yield
    finally:
        stop_children([child], is_urgent=lambda: False)


def _reward(text: str, currency: str) -> Money:
    whole, _, fraction = text.partition(".")
    is_number = whole.isascii() and (whole + fraction).isdigit() and len(fraction) <= MICRO_DIGITS
    if currency not in EXPONENTS:
        raise ReplayRefused(f"--currency is one of {', '.join(sorted(EXPONENTS))}.")
    if not is_number or len(whole) > MICRO_DIGITS:
        raise ReplayRefused("--reward is an amount such as 0.05, with at most six decimals.")
    micros = int(whole or "0") * 10**MICRO_DIGITS + int(fraction.ljust(MICRO_DIGITS, "0"))
    if micros == 0:
        raise ReplayRefused("--reward lies above zero.")
    return Money(micros, currency)


def _first(group: BaseExceptionGroup[Trouble]) -> str:
    failure: BaseException = group
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return str(failure)
