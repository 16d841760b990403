"""A house that pays by SEPA files, the bank that takes them, and staff between both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from domain.access.rules import StepUpPurpose, bound_hash
from domain.payouts import operations
from domain.payouts.rules import destination_content
from domain.provider_inbox.operations import FileRead, read_file
from gateway.providers import BOTH_PORTS, InstanceSettings, open_providers
from plugins.payments.bank.simulator import BankSimulator
from tests.make.ledger import fill
from tests.make.members import add_worker, session_of
from tests.make.news import news_of
from tests.make.payouts import VAULT, House, Payee, earnings_of, eur, open_house, paid_alone
from tests.make.world import World
from tests.plugins.bank.make import SEPA, SEPA_FIELDS, folders

BANK = "bank-eu"


class Counter:
    """A house that pays by SEPA files, the bank that takes them, and staff between both."""

    def __init__(self, house: House, bank: BankSimulator) -> None:
        self.house = house
        self.bank = bank

    async def payee(self) -> Payee:
        world = self.house.world
        member_id = await add_worker(world)
        await fill(world, earnings_of(member_id), eur("10.00").micros)
        session = await session_of(world, member_id)
        fields = {**SEPA_FIELDS, "holder_name": f"Worker {member_id.int % 100_000}"}
        content = destination_content(kind="sepa_iban", country="NL", currency="EUR", fields=fields)
        purpose = StepUpPurpose.DESTINATION_ADD
        bound = bound_hash(purpose=purpose, amount=None, payee=VAULT.fingerprint(content))
        destination_id = await operations.add_destination(
            member_id=member_id,
            kind="sepa_iban",
            country="NL",
            currency="EUR",
            fields=fields,
            step_up=await self.house.step_up(session, purpose, bound),
            providers=self.house.providers,
            vault=VAULT,
            new_id=world.new_id,
            now=world.now,
        )
        return Payee(member_id, session, await paid_alone(destination_id))

    async def sent(self, count: int) -> tuple[list[Payee], list[UUID]]:
        """So many payouts of seven euros in one file, which the bank has taken."""
        payees = [await self.payee() for _ in range(count)]
        ids = [(await self.house.request(each)).payout_id for each in payees]
        batch_id = await self.house.route(ids[0])
        await self.house.send(batch_id)
        assert self.bank.collect() == 1
        return payees, ids

    async def hand_in(self, content: bytes) -> FileRead:
        return await read_file(
            instance_id=BANK,
            name="from-the-bank.xml",
            content=content,
            read_by=None,
            news=news_of(self.house),
            vault=VAULT,
            clock=self.house.clock,
            new_id=self.house.world.new_id,
        )


@asynccontextmanager
async def open_counter(
    world: World, tmp_path: Path, ports: frozenset[str] = BOTH_PORTS
) -> AsyncIterator[Counter]:
    async with open_house(world, tmp_path) as house:
        opened = await open_providers(
            allow=["bank"],
            instances=[
                InstanceSettings(
                    instance_id=BANK,
                    plugin="bank_sepa",
                    config={**SEPA, **folders(tmp_path)},
                    ports=ports,
                )
            ],
            clock=lambda: world.now,
        )
        house.opened, sandbox = opened, house.opened
        house.providers = opened.payouts
        bank = BankSimulator(folder=tmp_path / "out", start=world.now)
        try:
            yield Counter(house, bank)
        finally:
            await opened.close()
            house.opened = sandbox
