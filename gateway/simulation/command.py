"""`piecerate simulate`: in a database of its own, which is dropped at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from rich.console import Console

from domain.database import close_pool, open_pool
from gateway.app import services_of
from gateway.job_kinds import Given
from gateway.kept_files import file_store_of
from gateway.live.feed import EventFeed
from gateway.on_pool import AUDIT_SECONDS, modernise
from gateway.parts import Parts
from gateway.providers import VERIFIERS, InstanceSettings, open_providers
from gateway.settings import Settings
from gateway.simulation import proving
from gateway.simulation.checks import Auditor
from gateway.simulation.crashes import fragile
from gateway.simulation.days import simulate
from gateway.simulation.desk import Desk
from gateway.simulation.market import Market
from gateway.simulation.outcome import Day, Outcome
from gateway.simulation.stand_ins import Letterbox, NoPictures, NothingToCheck
from gateway.simulation.virtual import Virtual
from gateway.vault import AesVault
from gateway.webhooks.payload import SchemaWriter
from gateway.webhooks.sender import HttpSender
from plugins.payments.sandbox.memory import SandboxMemory

CRASH_SHARE: Final = 0.05  # of moves and jobs, cut short in the middle
NAME: Final = "piecerate_simulation"
SECRET: Final = b"a simulation keeps no secrets..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    days: int
    members: int
    seed: int
    report: Path | None


def run(wanted: Wanted, *, settings: Settings, dsn: str, console: Console) -> Outcome:
    with TemporaryDirectory(prefix="piecerate-simulation-") as folder:
        outcome = asyncio.run(
            _simulated(wanted, settings=settings, dsn=dsn, folder=Path(folder), console=console)
        )
    outcome.show(console)
    if wanted.report is not None:
        outcome.write(wanted.report)
    return outcome


async def _simulated(
    wanted: Wanted, *, settings: Settings, dsn: str, folder: Path, console: Console
) -> Outcome:
    virtual = Virtual(wanted.seed)
    async with _own_database(dsn, settings), _parts(folder, virtual) as parts:
        with fragile() as pool:
            letterbox = Letterbox()
            given = _given(settings, parts, virtual, letterbox)
            desk = Desk(virtual, given, pool, CRASH_SHARE)
            market = Market(virtual, given, desk, pool, CRASH_SHARE, letterbox)
            return await simulate(
                market,
                Auditor(market, SandboxMemory(folder / "sandbox")),
                days=wanted.days,
                member_count=wanted.members,
                tell=lambda day: _tell(day, console),
            )


def _tell(day: Day, console: Console) -> None:
    console.print(
        f"day {day.number}: {day.members:,} members, {day.done.total():,} done, "
        f"{day.refused:,} refused, {day.jobs:,} jobs, {day.crashes:,} crashes",
        highlight=False,
    )


@asynccontextmanager
async def _own_database(dsn: str, settings: Settings) -> AsyncIterator[None]:
    """Nothing simulated ever comes near real rows."""
    parts = urlsplit(dsn)
    connection = await asyncpg.connect(dsn)
    name = f"{NAME}_{connection.get_server_pid()}"
    try:
        await connection.execute(f"create database {name}")
        try:
            await open_pool(
                urlunsplit(parts._replace(path=f"/{name}")),
                application_name="piecerate-simulate",
                statement_seconds=AUDIT_SECONDS,
            )
            await modernise(settings)
            yield
        finally:
            await close_pool()
            await connection.execute(f"drop database if exists {name} with (force)")
    finally:
        await connection.close()


@asynccontextmanager
async def _parts(folder: Path, virtual: Virtual) -> AsyncIterator[Parts]:
    """The sandbox alone, paying and asking, on the virtual clock."""
    sandbox = InstanceSettings(
        instance_id="sandbox", plugin="sandbox", config={"path": str(folder / "sandbox")}
    )
    checks = InstanceSettings(
        instance_id=proving.INSTANCE, plugin="sandbox", config={}, ports=frozenset({VERIFIERS})
    )
    providers = await open_providers(
        allow=("sandbox",),
        instances=(sandbox, checks),
        clock=virtual.clock,
        region=proving.REGION,
        seconds=virtual.seconds,
    )
    try:
        yield Parts(providers=providers, vault=AesVault(SECRET))
    finally:
        await providers.close()


def _given(settings: Settings, parts: Parts, virtual: Virtual, letterbox: Letterbox) -> Given:
    return Given(
        clock=virtual.clock,
        new_id=virtual.new_id,
        providers=parts.providers,
        vault=parts.vault,
        renderer=NoPictures(),
        checks=NothingToCheck(),
        mailer=letterbox,
        files=file_store_of(settings),
        webhook_writer=SchemaWriter(services_of(settings, parts, EventFeed())),
        webhook_sender=HttpSender(private_hosts=()),
    )
