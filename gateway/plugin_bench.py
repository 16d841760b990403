"""`piecerate plugin run`: a workbench with the plugin's simulator, and no database."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from re import fullmatch
from typing import Any, Final

import pytest
import requests
from rich.console import Console
from rich.table import Table

from domain.payouts.provider import ObservedState
from domain.provider import ProviderError
from domain.provider_news import RawWebhook, ReceivesWebhooks, WebhookRefused
from gateway.plugin_core import Killed, MemoryCore, begun
from gateway.settings import SettingsRefused
from plugins.conformance.bench import Bench
from plugins.conformance.suite import PayoutSuite
from plugins.conformance.transport import FaultAdapter, Lie
from plugins.simulation import Fault

HELP: Final = {
    "send [count]": "hand a new batch over",
    "again": "send the same batch once more",
    "look": "look the batch up",
    "step": "whatever the core would do next, and wait as long as it would",
    "end": "steps until nothing is open",
    "bring <state>": "make the service move the first item: paid, failed, returned, ...",
    "webhook": "deliver the news that waits: verified, read, looked up",
    "fault <fault> [times]": f"the simulator's next calls: {', '.join(Fault)}",
    "lie <lie>": f"the network's next call: {', '.join(Lie)}",
    "kill": "end the process at the next commit; the one after starts with what was kept",
    "clock <seconds>": "let time pass",
    "health": "ask the provider how it is",
    "effects": "what the simulator has booked",
    "state": "what the core believes",
    "trace on|off": "show the calls, redacted",
    "quit": "",
}
REDACTED: Final = "[redacted]"
BODY_LENGTH_MAX: Final = 400


class Workbench:
    """Commands come as lines; what happens is told in plain text."""

    def __init__(self, suite: PayoutSuite, bench: Bench, console: Console) -> None:
        self._suite = suite
        self._bench = bench
        self._console = console
        self._hidden = _hidden(suite)
        self._traces = True
        bench.adapter = lambda: TracingAdapter(bench, self._trace)
        self._opened = bench.open()
        self._core: MemoryCore | None = None
        self._is_killing = False

    def run(self, lines: Iterable[str]) -> None:
        for line in lines:
            try:
                words = shlex.split(line)
            except ValueError as error:  # an open quote
                self._say(f"that does not work: {error}")
                continue
            if words in (["quit"], ["exit"]):
                return
            if words:
                self._one(words)

    def _one(self, words: list[str]) -> None:
        command = getattr(self, f"do_{words[0]}", None)
        if command is None:
            self._say(f"there is no {words[0]!r}: `help` lists what there is")
            return
        try:
            command(*words[1:])
        except (ProviderError, WebhookRefused) as error:
            self._say(f"{type(error).__name__}: {error}")
        except Killed:
            self._go_on_elsewhere()
        except pytest.skip.Exception as skipped:
            self._say(str(skipped))
        except (TypeError, ValueError) as error:
            self._say(f"that does not work: {error}")

    # -- commands -------------------------------------------------------------

    def do_help(self) -> None:
        for command, meaning in HELP.items():
            self._say(f"  {command:<24} {meaning}")

    def do_send(self, count: str = "1") -> None:
        batch = self._bench.prepared(self._opened, self._bench.batch(count=int(count)))
        self._core = MemoryCore(
            provider=self._opened.guarded,
            clock=self._bench.now,
            kept=begun(batch),
            at=self._reach,
        )
        self._bench.run(self._core.send())
        self.do_state()

    def do_again(self) -> None:
        core = self._sent()
        outcome = self._bench.run(self._bench.sending(self._opened, core.kept.batch, send_no=2))
        for each in outcome.items:
            self._say(f"{each.item_ref}: {each.state}")

    def do_look(self) -> None:
        core = self._sent()
        self._bench.run(core.look_up())
        self.do_state()

    def do_step(self) -> None:
        core = self._sent()
        try:
            wait = self._bench.run(core.step())
        except Killed:
            self._go_on_elsewhere()
            return
        self._bench.wait(wait)
        self.do_state()
        self._say(f"then waited {wait}")

    def do_end(self) -> None:
        for _ in range(60):
            if self._sent().is_settled:
                return
            self.do_step()

    def do_bring(self, state: str) -> None:
        core = self._sent()
        ref = core.kept.batch.items[0].item_ref
        self._suite.bring(self._bench, ref, ObservedState(state))
        self._say(f"the service says {state} of {ref}")

    def do_webhook(self) -> None:
        provider = self._opened.raw
        if not isinstance(provider, ReceivesWebhooks):
            self._say("it receives no webhooks")
            return
        for event in self._bench.simulator.events.take():
            signed = self._bench.simulator.sign(event)
            raw = RawWebhook(
                route=event.route,
                method="POST",
                url=f"https://piecerate.example/hooks/kit/{event.route}",
                headers={name.lower(): value for name, value in signed.items()},
                body=event.body,
                received_at=self._bench.now(),
            )
            verified = self._bench.run(_verified(provider, raw, self._bench))
            told = provider.read_webhook(verified)
            self._say(f"{event.event_id}: {[each.event_type for each in told]}")
            if told and self._core is not None:
                self._bench.run(self._core.look_up())
        if self._core is not None:
            self.do_state()

    def do_fault(self, fault: str, times: str = "1") -> None:
        self._bench.simulator.script(Fault(fault), int(times))
        self._say(f"the next {times} calls that move money: {fault}")

    def do_lie(self, lie: str) -> None:
        self._bench.wire.lies.append(Lie(lie))
        self._say(f"the next call: {lie}")

    def do_kill(self) -> None:
        self._is_killing = True
        self._say("the next process ends at its first commit")

    def do_clock(self, seconds: str) -> None:
        self._bench.wait(timedelta(seconds=int(seconds)))
        self._say(self._bench.now().isoformat())

    def do_health(self) -> None:
        health = self._bench.run(self._opened.guarded.health(self._bench.context()))
        self._say(f"{health.status} {health.detail} {', '.join(map(str, health.balances))}")

    def do_effects(self) -> None:
        table = Table("ref", "amount", "state", "theirs")
        for each in self._suite.effects(self._bench.simulator):
            amount = f"{each.amount_micros} micros {each.currency}"
            table.add_row(each.ref, amount, each.state, each.provider_ref)
        self._console.print(table)

    def do_state(self) -> None:
        for line in self._sent().log[-1:]:
            self._say(line)
        for ref, (payout, frozen, credited) in self._sent().states.items():
            back = f", {credited} times credited back" if credited else ""
            self._say(f"{ref}: {payout}{f', frozen: {frozen}' if frozen else ''}{back}")

    def do_trace(self, wanted: str) -> None:
        self._traces = wanted == "on"

    # -- support --------------------------------------------------------------

    def _reach(self, point: str) -> None:
        if self._is_killing:
            self._is_killing = False
            raise Killed(point)

    def _go_on_elsewhere(self) -> None:
        self._core = replace(self._sent(), provider=self._bench.open().guarded)
        self._say("killed; another process has what was committed")

    def _sent(self) -> MemoryCore:
        if self._core is None:
            raise ValueError("send something first")
        return self._core

    def _say(self, text: str) -> None:
        self._console.print(self._redacted(text), markup=False, highlight=False)

    def _trace(self, text: str) -> None:
        if self._traces:
            self._say(text)

    def _redacted(self, text: str) -> str:
        for value in self._hidden:
            text = text.replace(value, REDACTED)
        return text


class TracingAdapter(FaultAdapter):
    """Tells what goes over the wire; headers never, since credentials travel there."""

    def __init__(self, bench: Bench, tell: Callable[[str], None]) -> None:
        super().__init__(bench.wire)
        self._tell = tell

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        self._tell(f"  > {request.method} {request.path_url} {_shown(request.body)}")
        try:
            response = super().send(request, *args, **options)
        except requests.RequestException as error:
            self._tell(f"  < {type(error).__name__}")
            raise
        self._tell(f"  < {response.status_code} {_shown(response.content)}")
        return response


async def _verified(provider: ReceivesWebhooks, raw: RawWebhook, bench: Bench) -> Any:
    return await provider.verify_webhook(raw, bench.context())


def _shown(body: Any) -> str:
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    return text[:BODY_LENGTH_MAX]


def _hidden(suite: PayoutSuite) -> list[str]:
    """Secrets and fields of destinations, the long ones first."""
    values: list[str] = []
    for each in suite.secrets.values():
        values += [each] if isinstance(each, str) else list(each)
    for kind in suite.provider.manifest.destination_kinds:
        fields: Mapping[str, str] = suite.destination(kind)
        values += [value for value in fields.values() if fullmatch(r".{5,}", value)]
    return sorted(values, key=len, reverse=True)


def work(suite: type[PayoutSuite], lines: Iterable[str], *, console: Console) -> None:
    asked = suite()
    try:
        with asked.bench() as bench:
            console.print(f"{suite.provider.manifest.id} at {bench.url}; `help` lists commands.")
            Workbench(asked, bench, console).run(lines)
    except AttributeError as failure:
        raise SettingsRefused(
            f"{suite.__name__} needs what pytest gives it, and has no workbench: {failure}."
        ) from failure
