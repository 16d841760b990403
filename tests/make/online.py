"""A house that pays through a real provider, whose service is a simulator over HTTP."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.payouts import operations
from domain.provider_inbox import operations as inbox
from gateway.providers import InstanceSettings, open_providers
from plugins.payments.crypto.ethereum import load_ethereum
from plugins.payments.crypto.simulator import CHAIN_ID, CryptoSimulator
from plugins.payments.paypal.simulator import PayPalSimulator, config_of
from plugins.simulation import OutgoingWebhook, Simulator, serve
from tests.make.ask import Ask
from tests.make.ledger import fill
from tests.make.members import add_worker, session_of
from tests.make.news import news_of
from tests.make.payouts import (
    VAULT,
    House,
    Payee,
    attempts,
    earnings_of,
    in_currency,
    open_house,
    paid_alone,
)
from tests.make.world import World
from tests.plugins.crypto.make import SECRETS, simulated_config

LEASE: Final = timedelta(minutes=2)  # of any shipped provider's send
SETTLED: Final = timedelta(hours=4)  # then a shipped provider's "missing" counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a worker is paid."""

    kind: str
    currency: str = "EUR"
    country: str = "PH"
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass
class OnlineHouse(House):
    """The clocks of both sides go together; webhooks come in by the real route."""

    simulator: Any
    instance_id: str
    ask: Ask
    place: Callable[[str], Place]

    def wait(self, span: timedelta) -> None:
        super().wait(span)
        self.simulator.clock.advance(span)

    async def payee_called(self, name: str, *, earnings: str = "10.00") -> Payee:
        """`name` decides at the simulator what becomes of the payment."""
        place = self.place(name)
        member_id = await add_worker(self.world)
        await fill(
            self.world,
            earnings_of(member_id),
            in_currency(earnings, place.currency).micros,
            currency=place.currency,
        )
        session = await session_of(self.world, member_id)
        destination_id = await self.add_destination(
            member_id,
            session,
            fields=place.fields,
            kind=place.kind,
            country=place.country,
            currency=place.currency,
        )
        return Payee(member_id, session, await paid_alone(destination_id))

    async def batch_to(self, *names: str) -> tuple[list[Payee], list[UUID], UUID]:
        """Seven units to each, in one batch that has not been sent."""
        payees = [await self.payee_called(name) for name in names]
        ids = [
            (await self.request(payee, currency=self.place(name).currency)).payout_id
            for payee, name in zip(payees, names, strict=True)
        ]
        return payees, ids, await self.route(ids[0])

    async def sent_to(self, *names: str) -> tuple[list[Payee], list[UUID], UUID]:
        payees, ids, batch_id = await self.batch_to(*names)
        await self.send(batch_id)
        return payees, ids, batch_id

    async def recover(self, *, after: timedelta = LEASE) -> None:
        self.wait(after)
        await operations.recover_batches(now=self.world.now, new_id=self.world.new_id)

    async def advance(self, payout_id: UUID) -> str | None:
        """Take the step that is due, if there is one."""
        (row,) = await fetch(
            "select id, next_step from payout_attempt where payout_id = $1"
            " order by attempt_no desc limit 1",
            payout_id,
        )
        if row["next_step"] is not None:
            await operations.advance_attempt(
                attempt_id=row["id"],
                providers=self.providers,
                vault=VAULT,
                clock=self.clock,
                new_id=self.world.new_id,
            )
        step: str | None = row["next_step"]
        return step

    async def effects_of(self, payout_id: UUID) -> list[Any]:
        """What the simulator's own books say of every attempt of it."""
        refs = {each.item_ref for each in await attempts(payout_id)}
        return [each for each in self.simulator.effects() if each.ref in refs]

    async def knock(
        self,
        event: OutgoingWebhook,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Signed as it left; then changed on the way."""
        signed = {"content-type": "application/json", **self.simulator.sign(event)}
        answer = await self.ask.client.post(
            f"/hooks/{self.instance_id}/{event.route}",
            content=event.body if body is None else body,
            headers={**signed, **(headers or {})},
        )
        return answer.status_code

    async def deliver(self) -> list[int]:
        """Whatever the simulator has to tell now, as often and in the order that it tells it."""
        return [await self.knock(each) for each in self.simulator.events.take()]

    async def events(self) -> list[Any]:
        return await fetch(
            "select * from provider_event where instance_id = $1 order by event_id",
            self.instance_id,
        )

    async def handle_events(self) -> None:
        """As the job does, once for each that is kept."""
        for row in await self.events():
            await inbox.handle_event(
                event_id=row["id"], news=news_of(self), vault=VAULT, now=self.world.now
            )

    async def read_statement(self) -> int:
        return await inbox.read_statement(
            instance_id=self.instance_id,
            news=news_of(self),
            clock=self.clock,
            new_id=self.world.new_id,
        )


@asynccontextmanager
async def open_online(
    world: World,
    folder: Path,
    *,
    simulator: Simulator,
    plugin: str,
    config: Callable[[str], Mapping[str, object]],
    secrets: Mapping[str, str],
    place: Callable[[str], Place],
) -> AsyncIterator[OnlineHouse]:
    """An instance of its own per test, for others keep events and statements at theirs."""
    instance_id = f"{plugin}-{zlib.crc32(world.name.encode())}"
    files = {name: folder / f"secret-{name}" for name in secrets}
    for name, path in files.items():
        path.write_text(secrets[name])
    async with open_house(world, folder) as house:
        with serve(simulator) as url:
            simulator.clock.set(world.now)
            opened = await open_providers(
                allow=[plugin],
                instances=[
                    InstanceSettings(
                        instance_id=instance_id,
                        plugin=plugin,
                        config=config(url),
                        secrets={name: f"file:{path}" for name, path in files.items()},
                    )
                ],
                clock=lambda: world.now,
            )
            assert [each.reason for each in opened.instances if each.reason] == []
            try:
                yield OnlineHouse(
                    world=world,
                    opened=opened,
                    memory=house.memory,
                    providers=opened.payouts,
                    simulator=simulator,
                    instance_id=instance_id,
                    ask=Ask.of(world, folder, opened),
                    place=place,
                )
            finally:
                await opened.close()


PAYPAL_SECRETS: Final = {
    "client_id": "canary-client-of-paypal",
    "client_secret": "canary-secret-of-paypal",
}


@asynccontextmanager
async def open_paypal(world: World, folder: Path, **changed: object) -> AsyncIterator[OnlineHouse]:
    """Payments to `failed@…`, `unclaimed@…` and so on go as they are called."""

    def place(name: str) -> Place:
        return Place(kind="paypal", fields={"email": f"{name}@canary-payee.example"})

    async with open_online(
        world,
        folder,
        simulator=PayPalSimulator(),
        plugin="paypal",
        config=lambda url: {**config_of(url), **changed},
        secrets=PAYPAL_SECRETS,
        place=place,
    ) as house:
        yield house


@asynccontextmanager
async def open_crypto(world: World, folder: Path) -> AsyncIterator[OnlineHouse]:
    """A chain in memory, asked over JSON-RPC; `name` is an address, or a number of one."""
    checksum = load_ethereum().checksum

    def place(name: str) -> Place:
        address = checksum(f"0x{int(name):040x}") if name.isdigit() else name
        fields = {"address": address, "chain_id": f"eip155:{CHAIN_ID}"}
        return Place(kind="stablecoin", currency="USD", fields=fields)

    async with open_online(
        world,
        folder,
        simulator=CryptoSimulator(),
        plugin="crypto",
        config=simulated_config,
        secrets=SECRETS,
        place=place,
    ) as house:
        yield house
