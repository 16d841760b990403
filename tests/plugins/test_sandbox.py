"""The sandbox is a little world of its own, shared by processes and safe to kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from domain.money import Money
from domain.payouts.provider import FeePayer, ObservedState, QuoteRequest
from domain.provider import BatchRefused, DuplicateRef, OutcomeUnknown
from gateway.providers import InstanceSettings, open_providers
from plugins.payments.sandbox.memory import Kept, SandboxMemory
from plugins.payments.sandbox.scenarios import Scenario, deposit_scenario, state_after
from plugins.payments.sandbox.settings import CURRENCIES
from tests.make.providers import CONTEXT, NOW, batch_of

DELAY = timedelta(seconds=1)
KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from domain.money import Money
from plugins.payments.sandbox.memory import Kept, SandboxMemory

memory = SandboxMemory(Path(sys.argv[1]))
memory.prepare()
print("ready", flush=True)
for number in range(100_000):
    now = datetime.fromisoformat("2026-03-29T00:59:00+00:00")
    items = [
        Kept(ref=f"P{number}-{each}", scenario="ok", amount=Money(1, "EUR"), accepted_at=now)
        for each in range(3)
    ]
    memory.accept(batch_ref=f"B{number}", items_digest="x", items=items)
"""


@pytest.mark.parametrize(
    ("scenario", "seconds", "state"),
    [
        (Scenario.OK, 0, ObservedState.ACCEPTED),
        (Scenario.OK, 1, ObservedState.PAID),
        (Scenario.SLOW, 7199, ObservedState.ACCEPTED),
        (Scenario.SLOW, 7200, ObservedState.PAID),
        (Scenario.UNCLAIMED, 1, ObservedState.UNCLAIMED),
        (Scenario.UNCLAIMED, 31 * 86400, ObservedState.RETURNED),
        (Scenario.HOLD, 60, ObservedState.ON_HOLD),
        (Scenario.HOLD, 61, ObservedState.PAID),
        (Scenario.FAIL, 1, ObservedState.FAILED),
        (Scenario.RETURNED, 1, ObservedState.PAID),
        (Scenario.RETURNED, 61, ObservedState.RETURNED),
        (Scenario.TIMEOUT_SENT, 1, ObservedState.PAID),
        (Scenario.TIMEOUT_LOST, 1, ObservedState.PAID),
    ],
)
def test_what_happens_when(scenario: Scenario, seconds: int, state: ObservedState) -> None:
    """By the clock of the calls, so that a test or a simulation may hurry."""
    elapsed = timedelta(seconds=seconds)

    assert state_after(scenario=scenario, elapsed=elapsed, delay=DELAY) is state


def test_the_employers_note_chooses_the_deposits_scenario() -> None:
    """Anything else goes well."""
    assert deposit_scenario("sandbox:fail") is Scenario.FAIL
    assert deposit_scenario("sandbox:explode") is Scenario.OK
    assert deposit_scenario("fail") is Scenario.OK


@pytest.mark.asyncio
async def test_the_same_reference_pays_once(tmp_path: Path) -> None:
    """And the same reference for something else is a duplicate, not another payment."""
    opened = await open_providers(
        allow=["sandbox"], instances=[instance(tmp_path)], clock=lambda: NOW
    )
    provider = opened.payouts.named("sandbox")
    first = await provider.send(batch_of("P1", "P2"), CONTEXT)

    again = await provider.send(batch_of("P1", "P2"), CONTEXT)
    with pytest.raises(DuplicateRef):
        await provider.send(batch_of("P3"), CONTEXT)

    assert again == first
    assert [each.ref for each in SandboxMemory(tmp_path / "s").items()] == ["P1", "P2"]
    await opened.close()


@pytest.mark.asyncio
async def test_errors_happen_before_or_after_the_effect(tmp_path: Path) -> None:
    """What a time-out leaves behind is the whole difference between sent and lost."""
    opened = await open_providers(
        allow=["sandbox"], instances=[instance(tmp_path)], clock=lambda: NOW
    )
    provider = opened.payouts.named("sandbox")
    memory = SandboxMemory(tmp_path / "s")

    with pytest.raises(OutcomeUnknown):
        await provider.send(batch_of("P1", scenario="timeout-lost", batch_ref="B1"), CONTEXT)
    assert memory.items() == []
    with pytest.raises(OutcomeUnknown):
        await provider.send(batch_of("P2", scenario="timeout-sent", batch_ref="B2"), CONTEXT)
    with pytest.raises(BatchRefused) as refused:
        await provider.send(batch_of("P3", "P4", scenario="invalid", batch_ref="B3"), CONTEXT)

    assert [each.ref for each in memory.items()] == ["P2"]
    assert [each.item_ref for each in refused.value.problems] == ["P3", "P4"]
    answer = await provider.look_up(batch_of("P2", "P9", batch_ref="B2"), CONTEXT)
    assert ([each.item_ref for each in answer.found], answer.missing) == (["P2"], ("P9",))
    await opened.close()


@pytest.mark.asyncio
async def test_quotes_what_it_can_pay(tmp_path: Path) -> None:
    """A fraction of a cent stays on the balance."""
    opened = await open_providers(
        allow=["sandbox"], instances=[instance(tmp_path)], clock=lambda: NOW
    )
    (item,) = batch_of("P1").items
    request = QuoteRequest(
        amount=Money(1_005_000, "EUR"),
        destination=item.destination,
        fee_payer=FeePayer.PLATFORM,
    )

    quote = await opened.payouts.named("sandbox").quote(request, CONTEXT)

    assert (quote.payable.micros, quote.remainder.micros) == (1_000_000, 5_000)
    await opened.close()


def test_many_processes_and_kill_leave_whole_batches(tmp_path: Path) -> None:
    """A batch is remembered with all of its items or not at all."""
    path = tmp_path / "s"
    processes = [
        subprocess.Popen(  # noqa: S603  # our own script
            [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, cwd=Path.cwd()
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    memory = SandboxMemory(path)
    while len(memory.items()) < 30:
        pass
    for process in processes:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

    items = memory.items()
    by_batch: dict[str, int] = {}
    for each in items:
        by_batch[each.batch_ref] = by_batch.get(each.batch_ref, 0) + 1
    assert set(by_batch.values()) == {3}
    assert len({each.ref for each in items}) == len(items)
    after = Kept(ref="P", scenario="ok", amount=Money(1, "EUR"), accepted_at=NOW)
    assert memory.accept(batch_ref="B", items_digest="x", items=[after])


def instance(folder: Path) -> InstanceSettings:
    return InstanceSettings(
        instance_id="sandbox", plugin="sandbox", config={"path": str(folder / "s")}
    )


def test_many_of_its_largest_payments_fit_an_account() -> None:
    """Two members with 2^62 each would overflow the clearing account, and no book would fold."""
    assert all(100_000 * limits.maximum.micros < 2**63 for limits in CURRENCIES.values())
