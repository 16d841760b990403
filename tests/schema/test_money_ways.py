"""Money in and out as clients see it: deposit, step-up, destination, payout."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.deposits import operations as deposits
from domain.ledger.rules import AccountKind
from gateway.providers import Providers
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import approve, balance, rich_employer, running, submitted, usd
from tests.make.members import PASSWORD, add_employer, add_worker
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

PLACE: dict[str, Any] = {
    "country": "PH",
    "currency": "USD",
    "destination": {
        "form": {
            "kind": "sandbox",
            "fields": [
                {"name": "account", "value": "wanda@example.org"},
                {"name": "scenario", "value": "ok"},
            ],
        }
    },
}


async def worker_with_earnings(ask: Ask, amount: str) -> UUID:
    world = ask.world
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer, places=[1], reward=usd(amount))
    await approve(world, employer, await submitted(world, worker, campaign))
    return worker


async def stepped_up(ask: Ask, worker: UUID, **action: Any) -> str:
    """The id of a step-up that was begun and passed; the old token is dead afterwards."""
    begun = (await ask(example("stepUpBegin"), viewer=worker, input={"action": action})).only()
    assert begun["errors"] == [] and begun["methods"] == ["PASSWORD"]
    passed = (
        await ask(
            example("stepUpComplete"),
            viewer=worker,
            input={"stepUpId": begun["stepUpId"], "proof": {"password": PASSWORD}},
        )
    ).only()
    assert passed["errors"] == []
    old = await ask.token_of(worker)
    ask.use(worker, passed["token"])
    assert (await ask.with_token("{ viewer { id } }", old)).code == "UNAUTHENTICATED"
    step_up_id: str = begun["stepUpId"]
    return step_up_id


async def add_place(ask: Ask, worker: UUID) -> str:
    step_up_id = await stepped_up(ask, worker, destinationAdd=PLACE)
    added = (
        await ask(example("destinationAdd"), viewer=worker, input={**PLACE, "stepUpId": step_up_id})
    ).only()
    assert added["errors"] == []
    assert added["destination"]["label"] == "w…@example.org"
    id_: str = added["destination"]["id"]
    return id_


async def test_a_deposit_is_replayed_and_settles(ask: Ask, providers: Providers) -> None:
    """The same key gives the same deposit; once settled, the money can be spent."""
    world = ask.world
    employer = await add_employer(world)
    wish = {"amount": {"amount": "100.00", "currency": "USD"}, "idempotencyKey": "d1"}

    first = (await ask(example("depositStart"), viewer=employer, input=wish)).only()
    second = (await ask(example("depositStart"), viewer=employer, input=wish)).only()
    assert first["deposit"] == second["deposit"]
    assert (first["replayed"], second["replayed"]) == (False, True)

    deposit_id = ask.key(Tag.DEPOSIT, first["deposit"]["id"])
    await deposits.create_at_provider(
        deposit_id=deposit_id, providers=providers.deposits, clock=lambda: world.now
    )
    world.now += timedelta(minutes=1)
    await deposits.look_up_deposit(
        deposit_id=deposit_id,
        providers=providers.deposits,
        clock=lambda: world.now,
        new_id=world.new_id,
    )
    seen = (await ask(example("viewer"), viewer=employer)).only()
    assert seen["deposits"]["nodes"][0]["state"] == "SETTLED"
    assert seen["balances"] == [
        {
            "currency": "USD",
            "spendable": {"amount": "100.00"},
            "pending": {"amount": "0.00"},
            "earnings": {"amount": "0.00"},
            "maturing": {"amount": "0.00"},
            "payout": {"amount": "0.00"},
        }
    ]


async def test_the_same_key_with_another_input_is_refused(ask: Ask) -> None:
    """A key stands for one wish; spelling the amount differently is the same wish."""
    employer = await add_employer(ask.world)

    async def start(amount: str) -> Any:
        wish = {"amount": {"amount": amount, "currency": "USD"}, "idempotencyKey": "d1"}
        return (await ask(example("depositStart"), viewer=employer, input=wish)).only()

    await start("100.00")
    again, other = await start("100.0"), await start("100.01")

    assert again["replayed"] and again["errors"] == []
    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_MISMATCH"]
    assert other["errors"][0]["path"] == ["idempotencyKey"]


async def test_a_payout_needs_its_very_own_step_up(ask: Ask) -> None:
    """Consent is to one amount and one payee, once; then the money is on its way."""
    worker = await worker_with_earnings(ask, "9.00")
    place = await add_place(ask, worker)
    amount = {"amount": "7.00", "currency": "USD"}
    payout = {"amount": amount, "destinationId": place}
    step_up_id = await stepped_up(ask, worker, payoutRequest=payout)

    async def request(**change: Any) -> Any:
        wish = {**payout, "stepUpId": step_up_id, "idempotencyKey": "p1", **change}
        return (await ask(example("payoutRequest"), viewer=worker, input=wish)).only()

    other = await request(amount={"amount": "8.00", "currency": "USD"})
    assert other["errors"][0]["__typename"] == "StepUpRequiredError"
    assert other["errors"][0]["methods"] == ["PASSWORD"]
    done, again = await request(), await request()
    assert done["errors"] == [] and done["payout"]["state"] == "REQUESTED"
    assert (done["replayed"], again["replayed"]) == (False, True)
    assert again["payout"] == done["payout"]
    spent = await request(idempotencyKey="p2")
    assert spent["errors"][0]["code"] == "STEP_UP_REQUIRED"
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 2_000_000
    seen = (await ask(example("viewer"), viewer=worker)).only()
    assert seen["payouts"]["nodes"][0]["destination"] == {"label": "w…@example.org"}
    assert [entry["change"]["amount"] for entry in seen["statement"]["nodes"]] == ["-7.00", "9.00"]

    cancel = {"payoutId": done["payout"]["id"], "idempotencyKey": "c1"}
    cancelled = (await ask(example("payoutCancel"), viewer=worker, input=cancel)).only()
    assert cancelled["payout"]["state"] == "CANCELLED"
    assert not cancelled["payout"]["viewerCanCancel"]
    assert await balance(AccountKind.WORKER_EARNINGS, worker) == 9_000_000


async def test_a_low_balance_says_what_is_there(ask: Ask) -> None:
    """Clients offer what is available instead of only saying no."""
    worker = await worker_with_earnings(ask, "2.50")
    place = await add_place(ask, worker)
    payout = {"amount": {"amount": "7.00", "currency": "USD"}, "destinationId": place}
    step_up_id = await stepped_up(ask, worker, payoutRequest=payout)
    wish = {**payout, "stepUpId": step_up_id, "idempotencyKey": "p1"}

    refused = (await ask(example("payoutRequest"), viewer=worker, input=wish)).only()

    assert refused["payout"] is None
    (error,) = refused["errors"]
    assert error["__typename"] == "BalanceTooLowError"
    assert error["available"] == {"amount": "2.50", "currency": "USD"}
    assert error["path"] == ["amount"]


async def test_another_members_destination_looks_like_none(ask: Ask) -> None:
    """Malformed, foreign and removed ids answer alike."""
    owner, thief = await add_worker(ask.world), await add_worker(ask.world)
    place = await add_place(ask, owner)

    async def remove(viewer: UUID, id_: str) -> Any:
        wish = {"destinationId": id_}
        return (await ask(example("destinationRemove"), viewer=viewer, input=wish)).only()

    foreign, malformed = await remove(thief, place), await remove(thief, "dst1_nonsense")
    assert foreign == malformed
    assert [error["code"] for error in foreign["errors"]] == ["INVALID_ID"]
    assert foreign["errors"][0]["path"] == ["destinationId"]
    assert (await remove(owner, place))["destination"]["state"] == "REMOVED"
    assert await remove(owner, place) == foreign


async def test_a_provider_finds_fault_with_a_field(ask: Ask) -> None:
    """The form can mark the very field."""
    worker = await add_worker(ask.world)
    fields = [{"name": "account", "value": "x"}, {"name": "scenario", "value": "nonsense"}]
    wrong = {**PLACE, "destination": {"form": {"kind": "sandbox", "fields": fields}}}
    step_up_id = await stepped_up(ask, worker, destinationAdd=wrong)

    wish = {**wrong, "stepUpId": step_up_id}
    refused = (await ask(example("destinationAdd"), viewer=worker, input=wish)).only()

    (error,) = refused["errors"]
    assert error["__typename"] == "DestinationRefusedError"
    assert [problem["field"] for problem in error["problems"]] == ["scenario"]
    assert error["path"] == ["destination", "form", "fields"]
