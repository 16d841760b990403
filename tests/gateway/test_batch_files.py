"""Finance downloads what was committed for a bank, once it was handed over; nobody else does."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from domain.access.rules import StepUpPurpose, bound_hash
from domain.members.operations import grant_role
from domain.members.rules import Role
from domain.payouts.operations import add_destination
from domain.payouts.rules import destination_content
from domain.provider_inbox.operations import apply_file, confirm_file, read_file
from domain.provider_inbox.rules import FileState
from gateway.providers import InstanceSettings, open_providers
from plugins.payments.manual.simulator import StaffSimulator
from tests.make.ask import Ask
from tests.make.ledger import fill
from tests.make.members import add_finance_member, add_worker, session_of
from tests.make.news import news_of
from tests.make.payouts import (
    VAULT,
    House,
    Payee,
    attempts,
    earnings_of,
    eur,
    open_house,
    paid_alone,
    payout,
)
from tests.make.world import World

pytestmark = pytest.mark.asyncio

LIST = "/documents/payout-files"
FIELDS = {
    "holder_name": "=Anna Canary",
    "account_number": "00471147110815",
    "bank_name": "Canary Bank",
}


@dataclass
class Desk:
    """Payouts by hand, and who may see their worksheets."""

    ask: Ask
    house: House
    finance: Any
    worker: Any

    async def get(self, url: str, viewer: Any) -> Any:
        headers = {"authorization": f"Bearer {await self.ask.token_of(viewer)}"} if viewer else {}
        return await self.ask.client.get(url, headers=headers)

    async def listed(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = (await self.get(LIST, self.finance)).json()
        return found


@pytest_asyncio.fixture(name="desk")
async def _desk(world: World, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_house(world, tmp_path) as house:
        opened = await open_providers(
            allow=["manual"],
            instances=[InstanceSettings(instance_id="by-hand", plugin="manual", config={})],
            clock=lambda: world.now,
        )
        sandbox, house.opened, house.providers = house.opened, opened, opened.payouts
        finance = await add_worker(world)
        await grant_role(member_id=finance, role=Role.FINANCE, now=world.now)
        try:
            yield Desk(Ask.of(world, tmp_path, opened), house, finance, await add_worker(world))
        finally:
            await opened.close()
            house.opened = sandbox


async def payee(house: House) -> Payee:
    """Somebody who is paid by hand."""
    world = house.world
    member_id = await add_worker(world)
    await fill(world, earnings_of(member_id), eur("10.00").micros)
    session = await session_of(world, member_id)
    place = {"kind": "bank_account", "country": "KE", "currency": "EUR"}
    fields = {**FIELDS, "bank_name": f"Canary Bank {member_id.int % 100_000}"}
    purpose = StepUpPurpose.DESTINATION_ADD
    content = destination_content(**place, fields=fields)
    bound = bound_hash(purpose=purpose, amount=None, payee=VAULT.fingerprint(content))
    destination_id = await add_destination(
        member_id=member_id,
        **place,
        fields=fields,
        step_up=await house.step_up(session, purpose, bound),
        providers=house.providers,
        vault=VAULT,
        new_id=world.new_id,
        now=world.now,
    )
    return Payee(member_id, session, await paid_alone(destination_id))


async def test_a_worksheet_is_downloaded_paid_and_handed_in(desk: Desk) -> None:
    """From the request to the bank's reference; before it is sent there is nothing to pay."""
    house = desk.house
    payout_id = (await house.request(await payee(house))).payout_id
    batch_id = await house.route(payout_id)
    (attempt,) = await attempts(payout_id)
    before = {each["batchRef"] for each in await desk.listed()}
    await house.send(batch_id)

    (entry,) = [each for each in await desk.listed() if each["batchRef"] not in before]
    answer = await desk.get(f"{LIST}/{entry['batchRef']}", desk.finance)

    assert (entry["instance"], entry["fileName"]) == ("by-hand", f"{entry['batchRef']}.csv")
    assert hashlib.sha256(answer.content).hexdigest() == entry["sha256"]
    assert answer.headers["content-disposition"].endswith(f'"{entry["fileName"]}"')
    assert answer.headers["cache-control"] == "private, no-store"
    assert attempt.item_ref.encode() in answer.content and b"\"'=Anna" in answer.content

    read = await read_file(
        instance_id="by-hand",
        name="worksheet.csv",
        content=StaffSimulator(start=house.world.now).fill(answer.content),
        read_by=desk.finance,
        news=news_of(house),
        vault=VAULT,
        clock=house.clock,
        new_id=house.world.new_id,
    )
    assert (read.changed, read.state) == (0, FileState.WAITING)
    await confirm_file(
        file_id=read.file_id,
        member_id=await add_finance_member(house.world),
        key=house.world.key(desk.finance),
        now=house.world.now,
    )
    await apply_file(
        file_id=read.file_id,
        news=news_of(house),
        vault=VAULT,
        clock=house.clock,
        new_id=house.world.new_id,
    )
    assert (await payout(payout_id)).state.value == "paid"


async def test_nobody_else_sees_accounts(desk: Desk) -> None:
    """Neither a worker nor a stranger, and an unknown file is not there."""
    house = desk.house
    payout_id = (await house.request(await payee(house))).payout_id
    await house.send(await house.route(payout_id))
    (entry, *_) = await desk.listed()

    for url in (LIST, f"{LIST}/{entry['batchRef']}"):
        assert (await desk.get(url, desk.worker)).status_code == 403
        assert (await desk.get(url, None)).status_code == 401
    assert (await desk.get(f"{LIST}/BZZ000000000000", desk.finance)).status_code == 404
    for odd in ("%00", "B%00", "%ED%A0%80", "%FF", "B" * 5_000):
        assert (await desk.get(f"{LIST}/{odd}", desk.finance)).status_code in (400, 404)
