"""What an author says about a provider, and what every case of the suite uses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn, TypeVar

import pytest

from domain.payouts.provider import (
    Advances,
    LookupAnswer,
    LookupMode,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutProvider,
)
from domain.provider import ProviderError
from plugins.conformance.bench import Bench, Opened, kept, on_bench
from plugins.simulation import START, Effect, OutgoingWebhook, Simulator

Test = TypeVar("Test", bound=Callable[..., None])
NOT_APPLICABLE = "does not apply: "


def case(number: str, title: str) -> Callable[[Test], Test]:
    """Marks a test as one of the numbered cases, for the matrix."""

    def marked(test: Test) -> Test:
        test.conformance_case = (number, title)  # type: ignore[attr-defined]  # read by the report
        return test

    return marked


def does_not_apply(reason: str) -> NoReturn:
    """Told in the matrix, with its reason; never a silent pass."""
    pytest.skip(f"{NOT_APPLICABLE}{reason}")


class Conformance:
    """What both suites need. Class attributes and methods below are the author's to set."""

    simulator: ClassVar[type[Simulator]]
    secrets: ClassVar[Mapping[str, str | Sequence[str]]] = {}
    webhook_secrets: ClassVar[tuple[str, ...]] = ()
    """Names of the secrets that sign webhooks; the simulator signs with the first value of each."""

    webhook_event_field: ClassVar[str] = ""
    """The key of a webhook's body whose value says what kind of news it is."""

    status_field: ClassVar[str] = ""
    """The key in the simulator's JSON whose value is a payment's status."""

    items_field: ClassVar[str] = ""
    """The key in the simulator's JSON whose value is the list of payments."""

    amount_field: ClassVar[str] = ""
    """The key in the simulator's JSON whose value is a payment's amount."""

    no_reason: ClassVar[Mapping[str, str]] = {}
    """Case number to the reason why it does not apply to this service."""

    country: ClassVar[str] = "PH"

    def config(self, url: str) -> Mapping[str, object]:
        return {"endpoint": url}

    def make_simulator(self) -> Simulator:
        return self.simulator()

    def set_up(self, bench: Bench) -> None:
        """What must exist at the service before anything works: a balance, a recipient."""

    def settle(self, bench: Bench) -> None:
        """Let time pass until the service has done what it was asked to do."""
        bench.wait(timedelta(days=1))

    def effects(self, simulator: Simulator) -> Sequence[Effect]:
        """Movements of money to members; what else the books hold is left out here."""
        return simulator.effects()

    def applies(self, number: str) -> None:
        if number in self.no_reason:
            does_not_apply(self.no_reason[number])


class PayoutSuite(Conformance):
    provider: ClassVar[type[PayoutProvider[Any]]]

    def destination(self, kind: str) -> Mapping[str, str]:
        raise NotImplementedError(f"say how a good destination of kind {kind!r} looks")

    def bring(self, bench: Bench, item_ref: str, state: ObservedState) -> None:
        """Make the service move this payment to that state; states it cannot reach stay out."""
        does_not_apply(f"`bring` does not say how a payment becomes {state.value}")

    def earlier_states(self) -> Sequence[Mapping[str, str]]:
        """`provider_state` of an item as earlier releases of this plugin wrote it."""
        return ()

    # -- for the cases --------------------------------------------------------

    @contextmanager
    def bench(self, *, start: datetime = START) -> Iterator[Bench]:
        with on_bench(
            kind=self.provider,
            simulator=self.make_simulator(),
            config=self.config,
            secrets=self.secrets,
            fields_of=self.destination,
            country=self.country,
            start=start,
        ) as bench:
            self.set_up(bench)
            bench.wire.seen.clear()
            yield bench

    def needs_http(self, bench: Bench) -> None:
        """After a payment: whether there is a network that can fail."""
        if not bench.wire.money_calls:
            does_not_apply("it sends nothing over HTTP")

    def probed(self) -> None:
        """Whether faults of the network reach this provider at all."""
        with self.bench() as bench:
            opened = bench.open()
            bench.send(opened, bench.prepared(opened, bench.batch()))
            self.needs_http(bench)

    def patiently(self, bench: Bench) -> None:
        """Until what a send did can be read; some services report late."""
        lookup = self.provider.manifest.lookup
        bench.wait(self.provider.manifest.send_deadline + lookup.settle_delay + lookup.report_delay)

    def finished(self, bench: Bench, opened: Opened, batch: PayoutBatch) -> LookupAnswer:
        """Look-ups and steps, as the core takes them, until nothing more is to do."""
        answer = LookupAnswer(found=(), missing=())
        for _ in range(8):
            self.settle(bench)
            answer = bench.look_up(opened, batch)
            batch = kept(batch, answer)
            if not self.advanced(bench, opened, batch, answer.found):
                break
        return answer

    def advanced(
        self, bench: Bench, opened: Opened, batch: PayoutBatch, said: Sequence[Observation]
    ) -> bool:
        if not isinstance(opened.raw, Advances):
            return False
        steps = {each.item_ref: each.next_step for each in said if each.next_step}
        for item in batch.items:
            if item.item_ref in steps:
                bench.run(opened.guarded.advance(item, str(steps[item.item_ref]), bench.context()))
        return bool(steps)

    def must_be_paid_once(self, bench: Bench, *batches: PayoutBatch) -> None:
        """What the simulator booked is what was meant, item by item, to the micro."""
        wanted = sorted(
            (item.item_ref, item.amount.micros, item.amount.currency)
            for batch in batches
            for item in batch.items
        )
        booked = sorted(
            (each.ref, each.amount_micros, each.currency) for each in self.effects(bench.simulator)
        )
        assert booked == wanted, "intents and effects differ"

    def must_not_be_paid(self, bench: Bench) -> None:
        assert list(self.effects(bench.simulator)) == [], "money has moved"

    def must_be_looked_up(self) -> None:
        mode = self.provider.manifest.lookup.mode
        if mode in (LookupMode.NONE, LookupMode.PROVIDER_REF_ONLY):
            does_not_apply(f"its look-up is {mode.value}: our references alone find nothing")

    def sent_with(self, bench: Bench, opened: Opened, batch: PayoutBatch) -> ProviderError | None:
        """The error of a send, if there was one."""
        try:
            bench.send(opened, batch)
        except ProviderError as error:
            return error
        return None

    def news(self, bench: Bench) -> tuple[OutgoingWebhook, ...]:
        return bench.simulator.events.take()


def changed_status(name: str, other: object) -> Callable[[Any], Any]:
    """Rewrites an answer: each `name` in it has another value then."""

    def change(told: Any) -> Any:
        if isinstance(told, dict):
            return {
                key: other if key == name and not isinstance(value, dict | list) else change(value)
                for key, value in told.items()
            }
        return [change(each) for each in told] if isinstance(told, list) else told

    return change


def changed_amount(name: str) -> Callable[[Any], Any]:
    """Rewrites an answer: each amount in it is one smallest unit more."""

    def more(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return value + 1
        if isinstance(value, str) and value[-1:].isdigit():
            return value[:-1] + str((int(value[-1]) + 1) % 10)
        return change(value)

    def change(told: Any) -> Any:
        if isinstance(told, dict):
            return {
                key: more(value) if key == name else change(value) for key, value in told.items()
            }
        return [change(each) for each in told] if isinstance(told, list) else told

    return change


def changed_list(name: str, change: Callable[[list[Any]], list[Any]]) -> Callable[[Any], Any]:
    """Rewrites an answer: the list called `name` goes through `change`."""

    def through(told: Any) -> Any:
        if isinstance(told, dict):
            return {
                key: change(value) if key == name and isinstance(value, list) else through(value)
                for key, value in told.items()
            }
        return [through(each) for each in told] if isinstance(told, list) else told

    return through


def changed_links(elsewhere: str) -> Callable[[Any], Any]:
    """Rewrites an answer: each address in it leads elsewhere."""

    def change(told: Any) -> Any:
        if isinstance(told, dict):
            return {key: change(value) for key, value in told.items()}
        if isinstance(told, list):
            return [change(each) for each in told]
        if isinstance(told, str) and told.startswith(("http://", "https://")):
            return f"{elsewhere}/{len(json.dumps(told))}"
        return told

    return change
