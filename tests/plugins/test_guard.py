"""The guard: whatever a provider does, the domain hears a classified word, in time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.payouts.provider import LookupAnswer, Observation, PayoutBatch, SendOutcome
from domain.provider import (
    AuthError,
    CallContext,
    ConfigError,
    Declined,
    Health,
    HealthStatus,
    InsufficientFunds,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    PluginBug,
    ProviderError,
)
from plugins.guard import BUG_WINDOW_SECONDS, FAILURES_MAX, OPEN_SECONDS
from tests.make.providers import (
    CONTEXT,
    MANIFEST,
    ObedientPayouts,
    Ticks,
    accepted,
    batch_of,
    guarded,
)

pytestmark = pytest.mark.asyncio

BATCH = batch_of("P1", "P2")
Script = Callable[[PayoutBatch], Awaitable[Any]]


def raising(error: BaseException) -> Script:
    async def script(_: PayoutBatch) -> Any:
        raise error

    return script


def answering(answer: Any) -> Script:
    async def script(_: PayoutBatch) -> Any:
        return answer

    return script


async def hang(_: PayoutBatch) -> Any:
    await asyncio.sleep(30)


@pytest.mark.parametrize(
    ("error", "heard"),
    [
        (NotSent("x"), NotSent),
        (Declined("x"), Declined),
        (InsufficientFunds("x"), InsufficientFunds),
        (ValueError("x"), PluginBug),
        (KeyError("x"), PluginBug),
        (RecursionError(), PluginBug),
        (SystemExit(1), PluginBug),
        (KeyboardInterrupt(), PluginBug),
        (GeneratorExit(), PluginBug),
        (asyncio.CancelledError(), PluginBug),
        (BaseException("x"), PluginBug),
        (TimeoutError(), OutcomeUnknown),
        (ConnectionResetError(), PluginBug),
    ],
)
async def test_what_nobody_classified_is_unknown(
    error: BaseException, heard: type[ProviderError]
) -> None:
    """Never "failed", never "try again": money may have moved."""
    with pytest.raises(heard):
        await guarded(ObedientPayouts(raising(error))).send(BATCH, CONTEXT)


async def test_a_passed_deadline_is_unknown() -> None:
    """A provider that hangs may have paid before it did."""
    with pytest.raises(OutcomeUnknown):
        await guarded(ObedientPayouts(hang)).send(BATCH, CONTEXT)


@pytest.mark.parametrize("error", [ValueError("x"), NotSent("x"), Declined("x"), PluginBug("x")])
async def test_a_reading_call_can_only_fail_to_answer(error: Exception) -> None:
    """Whatever a look-up raises, it tells nothing about the money."""
    with pytest.raises(NoAnswer):
        await guarded(ObedientPayouts(raising(error))).look_up(BATCH, CONTEXT)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "paid",
        {"items": []},
        SendOutcome(items=(Observation(item_ref="P1", state="paid in full"),)),  # type: ignore[arg-type]  # as a plugin may
        SendOutcome(items=(Observation(item_ref=7, state=None),)),  # type: ignore[arg-type]  # as a plugin may
        SendOutcome(items=(Observation(item_ref="P3", state=None),)),
        SendOutcome(items=tuple(Observation(item_ref="P1", state=None) for _ in range(2))),
    ],
)
async def test_an_answer_that_is_none_is_a_bug_and_unknown(answer: Any) -> None:
    """A wrong type, an unknown state, items that we never sent."""
    with pytest.raises(PluginBug):
        await guarded(ObedientPayouts(answering(answer))).send(BATCH, CONTEXT)


async def test_a_sound_answer_comes_through_unchanged() -> None:
    """The round trip of the validation loses nothing."""
    outcome = accepted(BATCH)

    assert await guarded(ObedientPayouts(answering(outcome))).send(BATCH, CONTEXT) == outcome


async def test_a_look_up_names_our_items_only() -> None:
    """Missing and found at once is no answer either."""
    both = LookupAnswer(found=(Observation(item_ref="P1", state=None),), missing=("P1",))

    with pytest.raises(NoAnswer):
        await guarded(ObedientPayouts(answering(both))).look_up(BATCH, CONTEXT)


async def test_no_provider_is_called_inside_a_transaction() -> None:
    """A hanging provider would hold the locks of everybody."""
    provider = ObedientPayouts(answering(accepted(BATCH)))

    with pytest.raises(AssertionError):
        await guarded(provider, in_transaction=lambda: True).send(BATCH, CONTEXT)

    assert provider.calls == []


async def test_a_cancelled_task_stays_cancelled() -> None:
    """Then nothing is recorded, and the lease of the batch tells what to do."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang(_: PayoutBatch) -> Any:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    sending = asyncio.ensure_future(guarded(ObedientPayouts(hang)).send(BATCH, CONTEXT))
    await begun.wait()
    sending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sending
    assert ended.is_set(), "and so is what the plugin was doing"


async def test_failures_in_a_row_open_the_circuit() -> None:
    """A provider that is down is left alone; one health call lets the sends through again."""
    ticks = Ticks()
    provider = ObedientPayouts(raising(OutcomeUnknown("x")))
    guard = guarded(provider, seconds=ticks)
    for _ in range(FAILURES_MAX):
        with pytest.raises(OutcomeUnknown):
            await guard.send(BATCH, CONTEXT)

    with pytest.raises(NotSent):
        await guard.send(BATCH, CONTEXT)
    assert provider.calls == ["send"] * FAILURES_MAX

    ticks.now += OPEN_SECONDS
    provider.health_status = HealthStatus.DOWN
    with pytest.raises(NotSent):
        await guard.send(BATCH, CONTEXT)
    ticks.now += OPEN_SECONDS
    provider.health_status, provider.script = HealthStatus.OK, answering(accepted(BATCH))
    await guard.send(BATCH, CONTEXT)
    assert provider.calls[FAILURES_MAX:] == ["health", "health", "send"]


async def test_what_a_health_call_raises_is_not_told_to_the_log() -> None:
    """A library's own words may hold an address with a key in it."""

    @dataclass
    class Ill(ObedientPayouts):
        async def health(self, context: CallContext) -> Health:  # noqa: ARG002  # of the port
            raise ConnectionError("https://node.example/v2/canary-key")

    ticks = Ticks()
    guard = guarded(Ill(raising(OutcomeUnknown("x"))), seconds=ticks)
    for _ in range(FAILURES_MAX):
        with pytest.raises(OutcomeUnknown):
            await guard.send(BATCH, CONTEXT)
    ticks.now += OPEN_SECONDS

    with capture_logs() as logs, pytest.raises(NotSent) as refused:
        await guard.send(BATCH, CONTEXT)

    assert [each["error"] for each in logs] == ["ConnectionError"]
    assert "canary-key" not in f"{logs} {refused.value}"


async def test_failures_far_apart_do_not_open_it() -> None:
    """Five in a month are weather."""
    ticks = Ticks()
    guard = guarded(ObedientPayouts(raising(OutcomeUnknown("x"))), seconds=ticks)
    for _ in range(FAILURES_MAX * 2):
        ticks.now += 20
        with pytest.raises(OutcomeUnknown):
            await guard.send(BATCH, CONTEXT)


@pytest.mark.parametrize("error", [ConfigError("wrong host"), AuthError("who are you")])
async def test_a_wrong_set_up_is_quarantined_for_sends_only(error: ProviderError) -> None:
    """What was sent must still be looked up."""
    provider = ObedientPayouts(raising(error))
    guard = guarded(provider)
    with pytest.raises(type(error)):
        await guard.send(BATCH, CONTEXT)

    with pytest.raises(NotSent):
        await guard.send(BATCH, CONTEXT)
    provider.script = answering(LookupAnswer(found=(), missing=("P1", "P2")))
    await guard.look_up(BATCH, CONTEXT)
    assert provider.calls == ["send", "look_up"]
    assert guard.guard.quarantine is not None and str(error) in guard.guard.quarantine


async def test_three_bugs_within_an_hour_are_quarantined() -> None:
    """Two, and a third a day later, are not."""
    ticks = Ticks()
    guard = guarded(ObedientPayouts(raising(ValueError("x"))), seconds=ticks)
    for wait in (0, BUG_WINDOW_SECONDS / 2, BUG_WINDOW_SECONDS + 1):
        ticks.now += wait
        with pytest.raises(PluginBug):
            await guard.send(BATCH, CONTEXT)
    assert guard.guard.quarantine is None

    for _ in range(2):
        with pytest.raises(PluginBug):
            await guard.send(BATCH, CONTEXT)
    assert guard.guard.quarantine is not None


async def test_no_more_calls_at_once_than_the_manifest_says() -> None:
    """The others wait for their turn, and give up without having sent anything."""
    running, most = 0, 0

    async def script(batch: PayoutBatch) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return accepted(batch)

    manifest = replace(MANIFEST, concurrency=2)
    guard = guarded(ObedientPayouts(script, manifest=manifest))
    await asyncio.gather(*(guard.send(BATCH, CONTEXT) for _ in range(8)))

    assert most == 2


async def test_nothing_of_an_error_is_told_but_its_class(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A provider's exception may carry a body, a header, somebody's IBAN."""
    with pytest.raises(PluginBug) as heard:
        await guarded(ObedientPayouts(raising(ValueError("DE02120300000000202051")))).send(
            BATCH, CONTEXT
        )

    assert "DE02120300000000202051" not in str(heard.value)
    said = capsys.readouterr()
    assert "DE02120300000000202051" not in said.out + said.err
    assert sys.exc_info() == (None, None, None)
