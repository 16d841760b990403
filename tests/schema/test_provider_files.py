"""A file of a bank, as the two people of finance see it who stand for it."""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from domain.payouts.provider import FileReport, Observation, ObservedState
from domain.payouts.rules import PayoutState
from domain.provider_inbox.operations import apply_file
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.members import add_employer, add_finance_member
from tests.make.news import news_of, open_newsroom
from tests.make.payouts import VAULT, House, attempts, payout
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    instance_id = f"files-seen-{zlib.crc32(world.name.encode())}"
    async with open_newsroom(world, tmp_path, instance_id=instance_id) as (house, _, _):
        yield house


@pytest.fixture
def ask(world: World, tmp_path: Path, house: House) -> Ask:
    return Ask.of(world, tmp_path, house.opened)


def wish_of(house: House, item_ref: str, state: ObservedState) -> dict[str, str]:
    report = FileReport(
        file_id=f"MSG-{house.world.new_id()}",
        items=(Observation(item_ref=item_ref, state=state),),
    )
    (instance_id,) = house.opened.payouts.instance_ids
    content = b64encode(msgspec.json.encode(report)).decode()
    return {"instance": instance_id, "name": "pain.002", "content": content}


async def test_one_brings_and_another_confirms(ask: Ask, house: House) -> None:
    """In between everybody of finance sees what it says, and of how much."""
    ann, bob = await add_finance_member(ask.world), await add_finance_member(ask.world)
    _, payout_id, _ = await house.sent("slow")
    (attempt,) = await attempts(payout_id)
    wish = wish_of(house, attempt.item_ref, ObservedState.PAID)

    read = (await ask(example("providerFileRead"), viewer=ann, input=wish)).only()
    waiting = (await ask(example("financeDecisions"), viewer=bob)).only()["providerFiles"]
    own = {"fileId": read["file"]["fileId"], "idempotencyKey": "mine"}
    refused = (await ask(example("providerFileConfirm"), viewer=ann, input=own)).only()
    done = (await ask(example("providerFileConfirm"), viewer=bob, input=own)).only()

    assert (read["changedCount"], read["file"]["state"]) == (0, "WAITING")
    assert read["file"]["outcomes"] == [
        {"word": "PAID", "count": 1, "total": {"amount": "7.00", "currency": "EUR"}}
    ]
    assert read["file"]["readById"] == ask.id(Tag.MEMBER, ann)
    assert read["file"] in waiting
    assert [each["code"] for each in refused["errors"]] == ["SECOND_PERSON_NEEDED"]
    assert (done["file"]["state"], done["errors"]) == ("CONFIRMED", [])
    file_id = ask.services.ids.decode(Tag.PROVIDER_FILE, own["fileId"])
    await apply_file(
        file_id=file_id,
        news=news_of(house),
        vault=VAULT,
        clock=house.clock,
        new_id=house.world.new_id,
    )
    assert (await payout(payout_id)).state is PayoutState.PAID


async def test_what_was_declined_moves_nothing(ask: Ask, house: House) -> None:
    """Whoever brought it may take it back, and nobody outside of finance sees any of it."""
    ann = await add_finance_member(ask.world)
    _, payout_id, _ = await house.sent("slow")
    (attempt,) = await attempts(payout_id)
    wish = wish_of(house, attempt.item_ref, ObservedState.FAILED)
    read = (await ask(example("providerFileRead"), viewer=ann, input=wish)).only()
    no = {"fileId": read["file"]["fileId"], "note": "Not of our bank"}

    stranger = await add_employer(ask.world)
    denied = (await ask(example("providerFileDecline"), viewer=stranger, input=no)).only()
    done = (await ask(example("providerFileDecline"), viewer=ann, input=no)).only()

    assert [each["code"] for each in denied["errors"]] == ["NOT_ALLOWED"]
    assert denied["file"] is None
    assert (done["file"]["state"], done["file"]["note"]) == ("DECLINED", "Not of our bank")
    assert (await payout(payout_id)).state is PayoutState.PENDING
