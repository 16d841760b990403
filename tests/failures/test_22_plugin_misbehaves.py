"""Failure 22: a plugin raises, hangs, leaks or answers nonsense.

A call that may have moved money becomes UNKNOWN, three bugs quarantine the instance, and the host
and the other instances live on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.database import fetch
from domain.payouts import queries
from domain.payouts.provider import Observation, ObservedState, PayoutBatch, SendOutcome
from domain.payouts.rules import PayoutState
from tests.make.payouts import House, eur, money_of, payout
from tests.make.providers import accepted
from tests.make.rail import SANDBOX, Rail, all_of

pytestmark = pytest.mark.asyncio

CANARY = "canary-of-a-worker@example.org"
QUICK = replace(SANDBOX, send_deadline=timedelta(seconds=0.05))


async def raises(_: PayoutBatch) -> Any:
    raise ZeroDivisionError(CANARY)


async def exits(_: PayoutBatch) -> Any:
    raise SystemExit(CANARY)


async def hangs(_: PayoutBatch) -> Any:
    await asyncio.Event().wait()


async def lies(_: PayoutBatch) -> Any:
    return {"items": CANARY}


async def speaks_of_others(_: PayoutBatch) -> Any:
    return SendOutcome(items=(Observation(item_ref="PZZ1", state=ObservedState.PAID),))


class Strange(BaseException):
    """What no `except Exception` catches."""


async def escapes(_: PayoutBatch) -> Any:
    raise Strange(CANARY)


async def says_it_was_cancelled(_: PayoutBatch) -> Any:
    raise asyncio.CancelledError(CANARY)


async def makes_it_its_own(batch: PayoutBatch) -> Any:
    (item,) = batch.items
    object.__setattr__(batch, "items", (replace(item, item_ref="PZZ1"),))
    return SendOutcome(items=(Observation(item_ref="PZZ1", state=ObservedState.PAID),))


@pytest.mark.parametrize(
    "script",
    [
        raises,
        exits,
        escapes,
        says_it_was_cancelled,
        hangs,
        lies,
        speaks_of_others,
        makes_it_its_own,
    ],
)
async def test_nobody_knows_so_nothing_is_booked(
    house: House, script: Callable[[PayoutBatch], Awaitable[Any]]
) -> None:
    """The money stays on its way, and what the plugin said is written down without its text."""
    rail = Rail(house, manifest=QUICK)
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    batch_id = await house.route(payout_id)
    rail.provider.script = script

    await house.send(batch_id)

    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
    rows = await fetch("select outcome, detail from provider_call where subject_id = $1", batch_id)
    assert CANARY not in str([dict(row) for row in rows])


async def test_three_bugs_and_it_gets_nothing_new(house: House) -> None:
    """The instance beside it does: new payouts go there."""
    rail = Rail(house)
    rail.with_sandbox_behind()
    rail.provider.script = raises
    for _ in range(3):
        payout_id = (await house.request(await house.payee())).payout_id
        await house.send(await house.route(payout_id))
        assert (await payout(payout_id)).state is PayoutState.UNKNOWN

    payout_id = (await house.request(await house.payee())).payout_id
    batch_id = await house.route(payout_id)
    await house.send(batch_id)
    await house.look_up(batch_id, after=timedelta(seconds=5))

    assert (await payout(payout_id)).state is PayoutState.PAID
    assert rail.provider.calls.count("send") == 3


async def test_what_it_does_to_its_input_changes_nothing(house: House) -> None:
    """It gets copies: amount, payee and references are read anew from what was committed."""
    rail = Rail(house)
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id
    batch_id = await house.route(payout_id)
    seen: list[PayoutBatch] = []

    def spoil(batch: PayoutBatch) -> None:
        seen.append(deepcopy(batch))
        (item,) = batch.items
        assert isinstance(item.destination.fields, dict)
        item.destination.fields["account"] = "of a thief"
        object.__setattr__(item.amount, "micros", 1)

    async def accepts(batch: PayoutBatch) -> Any:
        spoil(batch)
        return accepted(batch)

    async def pays(batch: PayoutBatch) -> Any:
        spoil(batch)
        return all_of(ObservedState.PAID)(batch)

    rail.provider.script = accepts
    await house.send(batch_id)
    rail.provider.script = pays
    await house.look_up(batch_id, after=timedelta(minutes=1))

    first, second = seen
    assert first.items == second.items, "it gets a copy each time"
    assert (await payout(payout_id)).amount == eur("7.00")
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    assert await queries.audit() == []
