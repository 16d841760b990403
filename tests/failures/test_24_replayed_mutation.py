"""Failure 24: a client sends the same mutation again, or another one under the same key.

The same wish gets the first answer; another wish is refused with IDEMPOTENCY_MISMATCH.
"""

from __future__ import annotations

from typing import Any

import pytest

from domain.database import fetch_value
from schema.ids import Tag
from tests.make.members import PASSWORD
from tests.make.online import OnlineHouse
from tests.make.payouts import Payee, eur, money_of
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio


async def stepped_up(house: OnlineHouse, payee: Payee, payout: dict[str, Any]) -> str:
    ask = house.ask
    begun = await ask(
        example("stepUpBegin"), viewer=payee.id, input={"action": {"payoutRequest": payout}}
    )
    step_up_id: str = begun.only()["stepUpId"]
    proof = {"stepUpId": step_up_id, "proof": {"password": PASSWORD}}
    done = (await ask(example("stepUpComplete"), viewer=payee.id, input=proof)).only()
    ask.use(payee.id, done["token"])
    return step_up_id


async def test_the_first_answer_again_or_a_refusal(paypal: OnlineHouse) -> None:
    """After a lost answer clients repeat themselves; one payout and one debit come of it."""
    payee = await paypal.payee_called("worker")
    place = paypal.ask.id(Tag.DESTINATION, payee.destination_id)
    payout = {"amount": {"amount": "7.00", "currency": "EUR"}, "destinationId": place}
    wish = {**payout, "stepUpId": await stepped_up(paypal, payee, payout), "idempotencyKey": "one"}

    async def request(**changed: Any) -> Any:
        said = {**wish, **changed}
        return (await paypal.ask(example("payoutRequest"), viewer=payee.id, input=said)).only()

    first, again = await request(), await request()
    other = await request(amount={"amount": "2.00", "currency": "EUR"})

    assert (first["errors"], again["errors"]) == ([], [])
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["payout"] == first["payout"]
    assert [each["code"] for each in other["errors"]] == ["IDEMPOTENCY_MISMATCH"]
    count = await fetch_value("select count(*) from payout where worker_id = $1", payee.id)
    assert count == 1
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
