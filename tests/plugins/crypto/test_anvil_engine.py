"""From a worker's request to the token's balance: the whole engine over a real chain."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from domain.access.rules import StepUpPurpose, bound_hash
from domain.database import execute, fetch, fetch_value, transaction
from domain.ledger import queries as balances
from domain.money import Money
from domain.payouts import operations
from domain.payouts.rules import PayoutState, destination_content
from gateway.providers import PayoutDirectory
from tests.make.ledger import fill
from tests.make.members import add_worker, session_of
from tests.make.payouts import VAULT, House, Payee, earnings_of, open_house, paid_alone, payout
from tests.make.world import World
from tests.plugins.crypto.anvil import Anvil, Musd
from tests.plugins.crypto.make import addresses, anvil_config, environment, guarded_payouts

pytestmark = pytest.mark.asyncio

EARNED = Money(9_000_000, "USD")
ASKED = Money(7_000_000, "USD")


@dataclass
class Engine:
    """A house whose only provider pays on the chain."""

    house: House
    musd: Musd

    async def requested(self, address: str) -> tuple[Payee, UUID]:
        house = self.house
        member_id = await add_worker(house.world)
        await fill(house.world, earnings_of(member_id), EARNED.micros, currency="USD")
        session = await session_of(house.world, member_id)
        place = {"address": address, "chain_id": "eip155:31337"}
        content = destination_content(kind="stablecoin", country="PH", currency="USD", fields=place)
        purpose = StepUpPurpose.DESTINATION_ADD
        bound = bound_hash(purpose=purpose, amount=None, payee=VAULT.fingerprint(content))
        destination_id = await operations.add_destination(
            member_id=member_id,
            kind="stablecoin",
            country="PH",
            currency="USD",
            fields=place,
            step_up=await house.step_up(session, purpose, bound),
            providers=house.providers,
            vault=VAULT,
            new_id=house.world.new_id,
            now=house.world.now,
        )
        payee = Payee(member_id, session, await paid_alone(destination_id))
        requested = await operations.request_payout(
            worker_id=member_id,
            amount=ASKED,
            destination_id=destination_id,
            step_up=await house.patient_consent(payee, ASKED),
            key=house.world.key(member_id),
            providers=house.providers,
            new_id=house.world.new_id,
            now=house.world.now,
        )
        return payee, requested.payout_id

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
                providers=self.house.providers,
                vault=VAULT,
                clock=self.house.clock,
                new_id=self.house.world.new_id,
            )
        step: str | None = row["next_step"]
        return step


@pytest_asyncio.fixture
async def engine(world: World, tmp_path: Path, musd: Musd) -> AsyncIterator[Engine]:
    async with open_house(world, tmp_path) as house:
        with environment(anvil_config(musd)) as env:
            async with transaction():
                await execute("delete from provider_sequence where instance_id = 'usdc'")
            provider = guarded_payouts()
            await provider.open(env)
            address = provider._inner._account.address  # noqa: SLF001  # as an operator knows it
            musd.anvil.enrich(address)
            musd.give(address, 1_000_000_000)
            house.providers = PayoutDirectory({"usdc": provider}, region="ZZ")
            yield Engine(house, musd)


async def usd_of(worker_id: UUID) -> Money:
    return await balances.balance(account=earnings_of(worker_id), currency="USD")


async def test_workers_are_paid_through_reorg_and_replacement(engine: Engine, anvil: Anvil) -> None:
    """Three requests, one batch; its block is undone, one payment sticks; each arrives once."""
    house, payees = engine.house, addresses(3)
    found = [await engine.requested(address) for address in payees]
    batch_id = await house.route(found[0][1])
    await house.send(batch_id)
    anvil.mine(3)
    await house.look_up(batch_id, after=timedelta(minutes=1))
    assert {(await payout(each)).state for _, each in found} == {PayoutState.PENDING}

    anvil.reorganize(3)
    await house.look_up(batch_id, after=timedelta(minutes=1))
    assert {await engine.advance(each) for _, each in found} == {"REBROADCAST"}
    await house.look_up(batch_id, after=timedelta(minutes=20))
    assert [await engine.advance(each) for _, each in found] == ["BUMP", None, None]
    anvil.finalize()
    await house.look_up(batch_id, after=timedelta(minutes=1))

    assert {(await payout(each)).state for _, each in found} == {PayoutState.PAID}
    assert [engine.musd.balance(address) for address in payees] == [ASKED.micros] * 3
    left = [await usd_of(payee.id) for payee, _ in found]
    assert left == [EARNED - ASKED] * 3


async def test_a_payout_taken_back_in_time_is_credited(engine: Engine, anvil: Anvil) -> None:
    """The number is used up by a transfer of nothing; the worker has the money again."""
    house, address = engine.house, addresses(1)[0]
    payee, payout_id = await engine.requested(address)
    batch_id = await house.route(payout_id)
    await house.send(batch_id)
    await operations.cancel_payout(
        worker_id=payee.id,
        payout_id=payout_id,
        key=house.world.key(payee.id, text="take it back"),
        new_id=house.world.new_id,
        now=house.world.now,
        providers=house.providers,
    )
    attempt_id = await fetch_value("select id from payout_attempt where payout_id = $1", payout_id)
    await operations.cancel_at_provider(
        attempt_id=attempt_id,
        providers=house.providers,
        vault=VAULT,
        clock=house.clock,
        new_id=house.world.new_id,
    )
    assert await engine.advance(payout_id) == "VOID"
    anvil.finalize()
    await house.look_up(batch_id, after=timedelta(minutes=1))

    assert (await payout(payout_id)).state is PayoutState.CANCELLED
    assert engine.musd.balance(address) == 0
    assert await usd_of(payee.id) == EARNED


async def test_whom_the_token_refuses_gets_the_money_back(engine: Engine, anvil: Anvil) -> None:
    """Nothing was signed, so the number goes to the next payment and nobody waits behind a gap."""
    house = engine.house
    bad, good = addresses(2)
    engine.musd.blacklist(bad)
    refused, refused_id = await engine.requested(bad)
    await house.send(await house.route(refused_id))
    assert (await payout(refused_id)).state is PayoutState.FAILED
    assert await usd_of(refused.id) == EARNED

    _, payout_id = await engine.requested(good)
    batch_id = await house.route(payout_id)
    await house.send(batch_id)
    anvil.finalize()
    await house.look_up(batch_id, after=timedelta(minutes=1))

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert engine.musd.balance(good) == ASKED.micros
