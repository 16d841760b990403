"""One campaign: payouts in waves, weather, kills, webhooks astray; then calm until all is paid."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import asyncpg

from gateway.embedded.places import free_port
from plugins.simulation import Delivery, serve
from tests.campaigns.books import LEDGER, Books, Sides
from tests.campaigns.clock import SharedClock
from tests.campaigns.feeding import Intent, intents, write_intents
from tests.campaigns.house import AUDIT_FILE, CLOCK_FILE, KINDS
from tests.campaigns.processes import (
    Processes,
    configs_of,
    hook_address,
    started,
    write_instances,
)
from tests.campaigns.storm import (
    HANG_SECONDS,
    Storm,
    StormyPayoneer,
    StormyPayPal,
    StormyStripe,
)
from tests.make.streams import answering

STORM_STEPS: Final = tuple(timedelta(seconds=each) for each in (7, 40, 130, 400, 1000, 2400))
CALM_STEPS: Final = tuple(timedelta(minutes=each) for each in (2, 31, 190, 190))
WORKED_ON_AFTER: Final = timedelta(minutes=5)  # a batch, by PayPal
REPORTED_AFTER: Final = timedelta(hours=5)  # of what PayPal paid, all of it
MUCH_LATER: Final = timedelta(days=9)  # then what was paid is looked at again
SWEEPS: Final = "payout_recover provider_event_recover ledger_fold"
STATEMENTS: Final = "provider_statement_ask"
POLL_SECONDS: Final = 0.05
KILLS_PER_POLL: Final = 0.01
WEB_KILLS: Final = 0.1  # per round

_DUE: Final = """
    select count(*) from jobs.pgqueuer
    where status in ('queued', 'picked') and execute_after <= now() and entrypoint = any($1)
"""
ATTEMPTS: Final = """
    select state || coalesce(' ' || frozen_reason, ''), count(*) from payout_attempt group by 1
"""
_SHIFT: Final = """
    update jobs.pgqueuer set execute_after = execute_after - $1::interval where status = 'queued'
"""
# Why a job was held for a person.
GIVEN_UP: Final = """
    select l.entrypoint || ' ' || left(l.traceback::text, 300), count(*)
    from jobs.pgqueuer_log l join jobs.pgqueuer j on j.id = l.job_id and j.status = 'failed'
    where l.traceback is not null group by 1
"""
# As if half a minute had passed since their worker died, or was thought to have died. Who was
# picked often waits for the real half minute: a busy machine would look like a job that kills.
_ORPHANED: Final = """
    update jobs.pgqueuer q set heartbeat = heartbeat - interval '1 hour' where status = 'picked'
    and (select count(*) from jobs.pgqueuer_log l where l.job_id = q.id and l.status = 'picked') < 9
"""
_NAMES: Final = [each.name for each in KINDS]
_OPEN: Final = "select count(*) from payout where state <> 'paid'"


@dataclass(slots=True)
class Campaign:
    """`patience` is how long the work of one round, or the calm after it, may take at most."""

    wanted: Sequence[Intent]
    sides: Sides
    storm: Storm
    processes: Processes
    clock: SharedClock
    connection: asyncpg.Connection
    chance: Random
    home: Path
    port: int
    patience: float
    rounds: int = 0
    webhooks: Counter[str] = field(default_factory=Counter)

    async def run(self, *, waves: int, has_webhooks: bool) -> None:
        """Until everybody is paid."""
        size = -(-len(self.wanted) // waves)
        for first in range(0, len(self.wanted), size):
            self.processes.run(f"request {first} {first + size}")
            await self.round(step=self.chance.choice(STORM_STEPS), has_webhooks=has_webhooks)
        self.storm.is_over = True
        for each in self.sides.all:
            each.events.delay = timedelta(0)
        deadline = time.monotonic() + self.patience
        while await self.connection.fetchval(_OPEN):
            assert time.monotonic() < deadline, await self.state()
            step = CALM_STEPS[self.rounds % len(CALM_STEPS)]
            await self.round(step=step, has_webhooks=has_webhooks)

    async def settle(self) -> None:
        """Statements tell of all of it, the last news comes, and all is looked up once more."""
        for step in (REPORTED_AFTER, MUCH_LATER):
            await self.round(step=step, has_webhooks=True)
            self.processes.run(f"sweep {STATEMENTS}")
            await self.idle()
        self.processes.run(f"sweep {SWEEPS}")
        await self.idle()

    async def round(self, *, step: timedelta, has_webhooks: bool) -> None:
        """What is due is done; news comes; then time passes."""
        self.rounds += 1
        await self.idle()
        self.sides.go_on()
        if has_webhooks:
            await self.news()
            await self.idle()
        self.storm.next_round()
        self.clock.advance(step, others=[each.clock for each in self.sides.all])
        await self.connection.execute(_SHIFT, step)
        self.processes.run(f"sweep {SWEEPS}")
        if self.rounds % 5 == 0:
            self.processes.run(f"sweep {STATEMENTS}")

    async def idle(self) -> None:
        """No job is due. Whoever has died is replaced, and somebody may be killed meanwhile."""
        deadline = time.monotonic() + self.patience
        while True:
            if self.processes.revive():
                await self.connection.execute(_ORPHANED)
            if not await self.connection.fetchval(_DUE, _NAMES):
                return
            if not self.storm.is_over and self.chance.random() < KILLS_PER_POLL:
                self.processes.kill_one()
            assert time.monotonic() < deadline, await self.state()
            await asyncio.sleep(POLL_SECONDS)

    async def news(self) -> None:
        """Through the real route, from three sides at once; the web may be killed meanwhile."""
        await answering(self.port)
        for each in self.sides.all:
            self._lead_astray(each.events)
        tasks = [
            asyncio.create_task(asyncio.to_thread(each.events.deliver)) for each in self.sides.all
        ]
        await asyncio.sleep(0)
        if not self.storm.is_over and self.chance.random() < WEB_KILLS:
            self.processes.kill_web()
        for task in tasks:
            self._count(await task)

    def _lead_astray(self, events: Any) -> None:
        is_over = self.storm.is_over
        events.drop = not is_over and self.chance.random() < 0.3
        events.reorder = self.chance.random() < 0.5
        events.duplicate = 0 if is_over else self.chance.choice((0, 0, 1, 2))
        if not is_over:
            events.delay = self.chance.choice((timedelta(0), timedelta(0), timedelta(minutes=20)))
        if events.drop:
            self.webhooks["dropped"] += len(events.pending)
        if events.duplicate:
            self.webhooks["rounds with duplicates"] += 1
        if events.reorder:
            self.webhooks["rounds in reverse"] += 1

    def _count(self, deliveries: Sequence[Delivery]) -> None:
        self.webhooks.update(f"answered {each.status}" for each in deliveries)

    def audit(self) -> str:
        """Every difference that the audits of the house find."""
        self.processes.run("audit")
        return (self.home / AUDIT_FILE).read_text()

    async def ledger(self) -> Books:
        rows = await self.connection.fetch(LEDGER)
        found = {(row["instance_id"], row["currency"]): -row["micros"] for row in rows}
        return {key: micros for key, micros in found.items() if micros}

    async def counts(self, question: str) -> dict[str, int]:
        """Of two columns: what, and how many."""
        return {str(row[0]): row[1] for row in await self.connection.fetch(question)}

    async def state(self) -> str:
        """For whoever has to find out why it does not end."""
        questions = (
            "select state || coalesce(' ' || problem, ''), count(*) from payout group by 1",
            "select b.instance_id || ' ' || b.state, count(*) from payout_batch b group by 1",
            "select entrypoint || ' ' || status, count(*) from jobs.pgqueuer group by 1",
            GIVEN_UP,
            ATTEMPTS,
            "select reason, 1 from provider_quarantine where lifted_at is null",
        )
        said = [str(await self.counts(each)) for each in questions]
        return "\n".join([*said, self.processes.said()])

    def __str__(self) -> str:
        weather = Counter[str]()
        for (_, fault), count in self.storm.faults.items():
            weather[fault] += count
        calls = {
            each.name: sum(each.is_money_call(call.method, call.path) for call in each.calls)
            for each in self.sides.all
        }
        return (
            f"calls that move money {calls}, rounds {self.rounds}, "
            f"{self.clock.offset} passed, kills {self.processes.kills}, faults {dict(weather)}, "
            f"paid and not heard {dict(self.storm.unheard)}, "
            f"webhooks {dict(self.webhooks)}"
        )


@asynccontextmanager
async def campaign(
    *, count: int, seed: str, dsn: str, home: Path, patience: float, is_keyless: bool = False
) -> AsyncIterator[Campaign]:
    """Three simulators, two job workers and a web process, and a list of who is to be paid."""
    wanted = intents(count=count, seed=seed)
    write_intents(home, wanted)
    chance = Random(seed)  # noqa: S311  # chance, not secrecy
    port = free_port()
    sides = Sides(paypal=StormyPayPal(), stripe=StormyStripe(), payoneer=StormyPayoneer())
    clock = SharedClock(home / CLOCK_FILE)
    with ExitStack() as stack:
        stack.callback(clock.close)
        urls = {}
        for each in sides.all:
            each.clock.follow_wall()
            each.hang_seconds = HANG_SECONDS
            each.webhook_url = hook_address(each.name, port)
            urls[each.name] = stack.enter_context(serve(each))
        sides.paypal.payouts.process_after = WORKED_ON_AFTER
        sides.payoneer.hook_address = hook_address("payoneer", port)
        sides.know(wanted)
        write_instances(home, configs_of(urls, port=port))
        processes = stack.enter_context(
            started(home, dsn=dsn, port=port, chance=Random(seed), is_keyless=is_keyless)  # noqa: S311  # as above
        )
        storm = Storm(seed=seed, kill=processes.kill_one)
        for each in (sides.paypal, sides.stripe, sides.payoneer):
            each.storm = storm
        processes.revive()
        await answering(port)
        connection = await asyncpg.connect(dsn)
        try:
            yield Campaign(
                wanted=wanted,
                sides=sides,
                storm=storm,
                processes=processes,
                clock=clock,
                connection=connection,
                chance=chance,
                home=home,
                port=port,
                patience=patience,
            )
        finally:
            await connection.close()
