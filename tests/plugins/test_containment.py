"""Plugins that do what no `except` of the caller sees: the host goes on, and the log names them."""

from __future__ import annotations

import asyncio
import decimal
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.payouts.provider import PayoutBatch, SendOutcome
from domain.provider import PluginBug
from plugins.containment import BLOCKED_SECONDS, Escaped, Unstoppable, contained
from plugins.guard import BUGS_MAX
from plugins.tampering import Tampered, untouched
from tests.make.providers import CONTEXT, ObedientPayouts, Ticks, accepted, batch_of, guarded

pytestmark = pytest.mark.asyncio

BATCH = batch_of("P1")
SOON = 0.01


class Stubborn:
    """Catches each cancellation and goes on, until the test lets it go."""

    def __init__(self) -> None:
        self.may_go = asyncio.Event()
        self.has_gone = asyncio.Event()

    async def __call__(self) -> None:
        while not self.may_go.is_set():
            try:
                await self.may_go.wait()
            except asyncio.CancelledError:
                continue
        self.has_gone.set()


async def test_what_swallows_its_cancellation_is_left_alone() -> None:
    """Nobody waits for it for ever, and it is told by name."""
    stubborn = Stubborn()

    with capture_logs() as logs, pytest.raises(Unstoppable):
        await contained(stubborn, seconds=SOON, whose="acme")

    assert [(each["event"], each["instance"]) for each in logs] == [
        ("plugin.call.unstoppable", "acme")
    ]
    stubborn.may_go.set()
    await stubborn.has_gone.wait()


async def test_who_cannot_be_stopped_is_quarantined() -> None:
    """It is a bug like any other: nobody knows what became of the money, and three are enough."""

    async def raising(_: PayoutBatch) -> Any:
        raise Unstoppable  # what the guard hears of it

    provider = guarded(ObedientPayouts(raising))
    for _ in range(BUGS_MAX):
        with pytest.raises(PluginBug):
            await provider.send(BATCH, CONTEXT)

    assert "Unstoppable" in str(provider.guard.quarantine)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit, BaseException])
async def test_what_is_no_exception_becomes_one(kind: type[BaseException]) -> None:
    """Raised inside of a task, SystemExit and KeyboardInterrupt would end the event loop."""

    async def work() -> None:
        raise kind

    with pytest.raises(Escaped, match=kind.__name__):
        await contained(work, seconds=10, whose="acme")
    await asyncio.sleep(0)  # the loop lives


async def test_what_blocks_the_loop_is_told() -> None:
    """Nothing can interrupt it, but an operator can learn who holds everybody up."""
    ticks = Ticks()

    async def block(batch: PayoutBatch) -> SendOutcome:
        ticks.now += BLOCKED_SECONDS  # as a call without `run_blocking` would take
        await asyncio.sleep(0)
        return accepted(batch)

    provider = guarded(ObedientPayouts(block), seconds=ticks)
    with capture_logs() as logs:
        outcome = await provider.send(BATCH, CONTEXT)

    assert outcome == accepted(BATCH), "it is the truth about money all the same"
    assert [each["event"] for each in logs] == ["plugin.loop.blocked"]


async def test_waiting_is_not_blocking() -> None:
    """However long an answer takes, as long as others may go on."""
    ticks = Ticks()
    turn = asyncio.Event()

    async def wait(batch: PayoutBatch) -> SendOutcome:
        await turn.wait()
        return accepted(batch)

    sending = asyncio.ensure_future(
        guarded(ObedientPayouts(wait), seconds=ticks).send(BATCH, CONTEXT)
    )
    await asyncio.sleep(0)
    ticks.now += BLOCKED_SECONDS * 5
    turn.set()
    with capture_logs() as logs:
        await sending

    assert logs == []


def improve_json() -> None:
    json.dumps = lambda *_, **__: "better"


def shout() -> None:
    logging.getLogger().setLevel(logging.DEBUG)


def hurry() -> None:
    socket.setdefaulttimeout(0.001)


@pytest.mark.parametrize(
    ("replace", "name"),
    [
        (improve_json, "json.dumps"),
        (shout, "the level of the root logger"),
        (hurry, "socket.setdefaulttimeout"),
    ],
)
async def test_what_a_plugin_replaces_is_put_back(replace: Callable[[], None], name: str) -> None:
    """The digests of our ledger are made of `json.dumps`."""
    before = json.dumps({"a": 1})

    async def tamper(batch: PayoutBatch) -> SendOutcome:
        replace()
        return accepted(batch)

    with capture_logs() as logs:
        await guarded(ObedientPayouts(tamper)).send(BATCH, CONTEXT)

    assert json.dumps({"a": 1}) == before
    assert socket.getdefaulttimeout() is None
    assert [(each["event"], each["replaced"]) for each in logs] == [("plugin.tampered", [name])]


async def test_calls_that_overlap_do_not_keep_what_one_replaced() -> None:
    """The second began when it was replaced already, and ends last: it is put back all the same."""
    original = json.dumps
    is_replaced, may_end = asyncio.Event(), asyncio.Event()

    def first(batch: PayoutBatch) -> Awaitable[SendOutcome]:
        async def tamper() -> SendOutcome:
            improve_json()
            is_replaced.set()
            await asyncio.sleep(0)
            return accepted(batch)

        return tamper()

    async def second(batch: PayoutBatch) -> SendOutcome:
        await may_end.wait()
        return accepted(batch)

    tampering = asyncio.ensure_future(guarded(ObedientPayouts(first)).send(BATCH, CONTEXT))
    await is_replaced.wait()
    beside = asyncio.ensure_future(guarded(ObedientPayouts(second)).send(BATCH, CONTEXT))
    await tampering
    may_end.set()
    await beside

    assert json.dumps is original


async def test_the_accuracy_of_decimals_is_a_plugins_own() -> None:
    """Rates are decimals: a library that wants three digits must not give us three."""
    before = decimal.getcontext().prec

    async def imprecise(batch: PayoutBatch) -> SendOutcome:
        decimal.getcontext().prec = 3
        return accepted(batch)

    await guarded(ObedientPayouts(imprecise)).send(BATCH, CONTEXT)

    assert decimal.getcontext().prec == before


async def test_who_replaces_something_while_it_opens_is_refused() -> None:
    """There it is certain who it was."""
    original = json.dumps

    with pytest.raises(Tampered, match=r"json\.dumps"), untouched():
        improve_json()

    assert json.dumps is original
