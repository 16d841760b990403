"""Workers with earnings and destinations, and the sandbox that pays them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from domain.access import operations as access
from domain.access.operations import LoggedIn
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import execute, fetch, fetch_value, transaction
from domain.errors import InvalidTransition
from domain.idempotency.rules import IdempotencyKey
from domain.ledger import queries as balances
from domain.ledger.rules import Account, AccountKind
from domain.money import Money
from domain.payouts import operations, queries
from domain.payouts.operations import Requested
from domain.payouts.provider import ProviderDirectory
from domain.payouts.queries import AttemptRecord, PayoutRecord
from domain.payouts.rules import destination_content
from gateway.providers import InstanceSettings, Providers, open_providers
from gateway.vault import AesVault
from plugins.payments.sandbox.memory import SandboxMemory
from tests.make.ledger import fill
from tests.make.members import PASSWORD, QuickHasher, add_worker, session_of
from tests.make.world import World

VAULT: Final = AesVault(b"a secret of the tests, long enough")
LEASE: Final = timedelta(seconds=15)  # of a sandbox send
SETTLED: Final = timedelta(seconds=8)  # then its "missing" counts


def eur(amount: str) -> Money:
    return in_currency(amount, "EUR")


def in_currency(amount: str, currency: str) -> Money:
    units, _, fraction = amount.partition(".")
    return Money(int(units) * 1_000_000 + int(fraction.ljust(6, "0") or 0), currency)


@dataclass(frozen=True, slots=True)
class Payee:
    id: UUID
    session: LoggedIn
    destination_id: UUID


@dataclass
class House:
    """The payout side of a deployment; `providers` may be put in place of the sandbox's."""

    world: World
    opened: Providers
    memory: SandboxMemory
    providers: ProviderDirectory

    def clock(self) -> datetime:
        return self.world.now

    def wait(self, span: timedelta) -> None:
        self.world.now += span

    async def payee(self, *, earnings: str = "10.00", scenario: str = "ok") -> Payee:
        member_id = await add_worker(self.world)
        if Money(0, "EUR") < eur(earnings):
            await fill(self.world, earnings_of(member_id), eur(earnings).micros)
        session = await session_of(self.world, member_id)
        destination_id = await self.add_destination(member_id, session, scenario=scenario)
        return Payee(member_id, session, destination_id)

    async def add_destination(
        self,
        member_id: UUID,
        session: LoggedIn,
        *,
        scenario: str = "ok",
        fields: Mapping[str, str] | None = None,
        kind: str = "sandbox",
        country: str = "PH",
        currency: str = "EUR",
    ) -> UUID:
        fields = fields or {"account": f"account of {member_id}", "scenario": scenario}
        content = destination_content(kind=kind, country=country, currency=currency, fields=fields)
        claim = await self.step_up(
            session,
            StepUpPurpose.DESTINATION_ADD,
            bound_hash(
                purpose=StepUpPurpose.DESTINATION_ADD,
                amount=None,
                payee=VAULT.fingerprint(content),
            ),
        )
        return await operations.add_destination(
            member_id=member_id,
            kind=kind,
            country=country,
            currency=currency,
            fields=fields,
            step_up=claim,
            providers=self.providers,
            vault=VAULT,
            new_id=self.world.new_id,
            now=self.world.now,
        )

    async def confirm(self, member_id: UUID, destination_id: UUID) -> None:
        """As with the code of the letter: it is not the member's first."""
        await operations.confirm_destination(
            member_id=member_id,
            destination_id=destination_id,
            code=operations.confirmation_code(destination_id=destination_id, vault=VAULT),
            vault=VAULT,
            now=self.world.now,
        )

    async def step_up(self, session: LoggedIn, purpose: StepUpPurpose, bound: bytes) -> StepUpClaim:
        step_up_id = await access.begin_step_up(
            session_id=session.session_id,
            purpose=purpose,
            bound=bound,
            new_id=self.world.new_id,
            now=self.world.now,
        )
        await access.complete_step_up(
            step_up_id=step_up_id,
            session_id=session.session_id,
            password=PASSWORD,
            hasher=QuickHasher(),
            new_token=self.world.new_token,
            now=self.world.now,
        )
        return StepUpClaim(step_up_id, session.session_id)

    async def consent(self, payee: Payee, amount: Money) -> StepUpClaim:
        """The worker's step-up for this amount to this destination."""
        record = (await queries.destinations_by_id(ids=[payee.destination_id]))[
            payee.destination_id
        ]
        purpose = StepUpPurpose.PAYOUT_REQUEST
        bound = bound_hash(purpose=purpose, amount=amount, payee=record.fingerprint)
        return await self.step_up(payee.session, purpose, bound)

    async def patient_consent(self, payee: Payee, amount: Money) -> StepUpClaim:
        """One of many: the limit of attempts per half minute is not what is tested."""
        async with transaction():
            await execute("delete from rate_bucket")
        return await self.consent(payee, amount)

    async def request(
        self,
        payee: Payee,
        amount: str = "7.00",
        *,
        claim: StepUpClaim | None = None,
        key: IdempotencyKey | None = None,
        currency: str = "EUR",
    ) -> Requested:
        wanted = in_currency(amount, currency)
        return await operations.request_payout(
            worker_id=payee.id,
            amount=wanted,
            destination_id=payee.destination_id,
            step_up=claim or await self.consent(payee, wanted),
            key=key or self.world.key(payee.id),
            providers=self.providers,
            new_id=self.world.new_id,
            now=self.world.now,
        )

    async def route(self, payout_id: UUID) -> UUID:
        """The batch it went into."""
        batch_id = await operations.route_payout(
            payout_id=payout_id,
            providers=self.providers,
            new_id=self.world.new_id,
            now=self.world.now,
        )
        assert batch_id is not None
        return batch_id

    async def send(self, batch_id: UUID) -> None:
        await operations.send_batch(
            batch_id=batch_id,
            providers=self.providers,
            vault=VAULT,
            clock=self.clock,
            new_id=self.world.new_id,
        )

    async def look_up(self, batch_id: UUID, *, after: timedelta = timedelta(0)) -> None:
        self.wait(after)
        await operations.look_up_batch(
            batch_id=batch_id,
            providers=self.providers,
            vault=VAULT,
            clock=self.clock,
            new_id=self.world.new_id,
        )

    async def sent(self, scenario: str, amount: str = "7.00") -> tuple[Payee, UUID, UUID]:
        """A payout handed to the sandbox: its payee, its id and its batch."""
        payee = await self.payee(scenario=scenario)
        payout_id = (await self.request(payee, amount)).payout_id
        batch_id = await self.route(payout_id)
        await self.send(batch_id)
        return payee, payout_id, batch_id


async def paid_alone(destination_id: UUID) -> UUID:
    """As if nobody else were paid there: these tests all pay the same few addresses."""
    async with transaction():
        await execute("update destination set payee_hash = null where id = $1", destination_id)
    return destination_id


@asynccontextmanager
async def open_house(world: World, folder: Path, **config: object) -> AsyncIterator[House]:
    """Nobody else's payout waits in this database: it would join the first batch."""
    await _cancel_all(world)
    async with transaction():  # what an earlier test's providers said of themselves
        await execute("delete from provider_pace")
        await execute("delete from provider_quarantine")
    path = folder / "sandbox.sqlite"
    opened = await open_providers(
        allow=["sandbox"],
        instances=[
            InstanceSettings(
                instance_id="sandbox", plugin="sandbox", config={"path": str(path), **config}
            )
        ],
        clock=lambda: world.now,
    )
    try:
        yield House(world, opened, SandboxMemory(path), opened.payouts)
    finally:
        await opened.close()


async def _cancel_all(world: World) -> None:
    waiting = await fetch(
        "select id, worker_id from payout"
        " where state in ('requested', 'held', 'approved', 'queued')"
    )
    for row in waiting:
        with suppress(InvalidTransition):  # it stays in the batch it was sent with
            await operations.cancel_payout(
                worker_id=row["worker_id"],
                payout_id=row["id"],
                key=world.key(row["worker_id"], text=str(world.new_id())),
                new_id=world.new_id,
                now=world.now,
            )


def earnings_of(worker_id: UUID) -> Account:
    return Account(AccountKind.WORKER_EARNINGS, worker_id)


def payout_of(worker_id: UUID) -> Account:
    return Account(AccountKind.WORKER_PAYOUT, worker_id)


async def money_of(worker_id: UUID, *, currency: str = "EUR") -> tuple[Money, Money]:
    """On the earnings, and on its way."""
    return (
        await balances.balance(account=earnings_of(worker_id), currency=currency),
        await balances.balance(account=payout_of(worker_id), currency=currency),
    )


async def payout(payout_id: UUID) -> PayoutRecord:
    return (await queries.payouts_by_id(ids=[payout_id]))[payout_id]


async def attempts(payout_id: UUID) -> list[AttemptRecord]:
    return (await queries.attempts_of(payout_ids=[payout_id]))[payout_id]


async def batch_state(batch_id: UUID) -> str:
    return str(await fetch_value("select state from payout_batch where id = $1", batch_id))


async def day_without_runs(now: datetime) -> datetime:
    """The next morning whose runs, and the day after's, nobody made.

    Other tests make them in any year up to the last, and whoever is paid must be alive.
    """
    day = await fetch_value(
        "select day::date from generate_series($1::date + 1, $1::date + 3650, '1 day') day"
        " where not exists (select 1 from payout_run where run_on in (day::date, day::date + 1))"
        " order by day limit 1",
        now.date(),
    )
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


async def queued_jobs(name: str, text: str) -> int:
    """How many jobs of this name wait whose arguments contain the text."""
    rows = await fetch(
        "select count(*) from jobs.pgqueuer where entrypoint = $1 and position($2 in"
        " convert_from(payload, 'UTF8')) > 0",
        name,
        text,
    )
    return int(rows[0][0])


async def lose_jobs(name: str, text: str) -> None:
    """As if the queue had lost them."""
    async with transaction():
        await execute(
            "delete from jobs.pgqueuer where entrypoint = $1"
            " and position($2 in convert_from(payload, 'UTF8')) > 0",
            name,
            text,
        )
