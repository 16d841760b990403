"""What simulators of partners share: a clock, money effects, faults, a webhook outbox, a server.

A simulator is the partner's side, in memory, on 127.0.0.1. It is never imported by the
running house; only by `piecerate simulators`, the conformance suite and tests.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import requests
from litestar import get, post, route

from plugins.simulation_http import Call, Fault, serving

__all__ = [
    "START",
    "Call",
    "Delivery",
    "Effect",
    "Fault",
    "Outbox",
    "OutgoingWebhook",
    "SimulatedClock",
    "Simulator",
    "serve",
]

START: Final = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)  # the edge of summer time
MONEY_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
DELIVERY_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One movement of money in the simulator's own books; the same `ref` twice is paid twice."""

    ref: str
    amount_micros: int
    currency: str
    state: str
    provider_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingWebhook:
    """News for us. It is signed when it leaves, by `Simulator.sign`."""

    event_id: str
    body: bytes = field(repr=False)
    route: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    event_id: str
    route: str
    status: int  # 0: nobody took it


class SimulatedClock:
    """Stands still until it is moved; without `start` it goes with the wall's."""

    def __init__(self, start: datetime | None = START) -> None:
        self._fixed = start
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return (self._fixed or datetime.now(UTC)) + self._offset

    def set(self, instant: datetime) -> None:
        self._offset += instant - self.now()

    def advance(self, step: timedelta) -> None:
        self._offset += step

    def follow_wall(self) -> None:
        self._fixed, self._offset = None, timedelta(0)


class Outbox:
    """Webhooks that wait. `duplicate` is how many more times each one is delivered."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._waiting: list[OutgoingWebhook] = []
        self.sent: list[OutgoingWebhook] = []
        self.duplicate = 0
        self.reorder = False  # the newest first
        self.drop = False  # lost on the way
        self.delay = timedelta(0)  # by the simulator's clock

    def add(self, *, event_id: str, body: bytes, route: str = "") -> OutgoingWebhook:
        event = OutgoingWebhook(
            event_id=event_id, body=body, route=route, at=self._simulator.clock.now()
        )
        self._waiting.append(event)
        return event

    @property
    def pending(self) -> tuple[OutgoingWebhook, ...]:
        return tuple(self._waiting)

    def take(self) -> tuple[OutgoingWebhook, ...]:
        """What is due now, in the order and as often as it would be delivered."""
        limit = self._simulator.clock.now() - self.delay
        due = [each for each in self._waiting if each.at <= limit]
        self._waiting = [each for each in self._waiting if each.at > limit]
        if self.drop:
            return ()
        if self.reorder:
            due.reverse()
        self.sent += due
        return tuple(each for each in due for _ in range(self.duplicate + 1))

    def deliver(self) -> tuple[Delivery, ...]:
        """Post what is due to `webhook_url`; `{route}` in it is the event's route."""
        url = self._simulator.webhook_url
        if url is None:
            return ()
        return tuple(self._post(url, event) for event in self.take())

    def _post(self, url: str, event: OutgoingWebhook) -> Delivery:
        try:
            status = requests.post(
                url.replace("{route}", event.route),
                data=event.body,
                headers={"Content-Type": "application/json", **self._simulator.sign(event)},
                timeout=DELIVERY_SECONDS,
                allow_redirects=False,
            ).status_code
        except requests.RequestException:
            status = 0
        return Delivery(event_id=event.event_id, route=event.route, status=status)


class Simulator(ABC):
    """A partner's side. All of its state hangs on the object; `lock` guards it from tests."""

    name: ClassVar[str]

    def __init__(self, *, start: datetime | None = START) -> None:
        self.clock = SimulatedClock(start)
        self.lock = threading.RLock()
        self.events = Outbox(self)
        self.webhook_url: str | None = None
        self.url = ""  # its own address, while it is served
        self.hang_seconds = 1.0  # of `Fault.TIMEOUT_BEFORE`
        self.calls: list[Call] = []
        self.redirects_followed = 0
        self._script: list[tuple[Fault, str]] = []

    @abstractmethod
    def handlers(self) -> Sequence[Any]:
        """Litestar route handlers, not async, with `sync_to_thread=False`."""

    @abstractmethod
    def effects(self) -> list[Effect]:
        """Every movement of money so far, oldest first, each with its state now."""

    def sign(self, event: OutgoingWebhook) -> Mapping[str, str]:
        """The headers that prove where `event` comes from, made as it leaves."""
        return {}

    def is_money_call(self, method: str, path: str) -> bool:
        """Which calls a fault without a path is for; a call for a token is none of them."""
        return method in MONEY_METHODS and "token" not in path

    def script(self, fault: Fault, times: int = 1, path: str = "") -> None:
        """The next money calls go wrong; with `path`, the next calls whose path contains it."""
        with self.lock:
            self._script += [(Fault(fault), path)] * times

    def next_fault(self, method: str, path: str) -> Fault | None:
        with self.lock:
            for index, (fault, wanted) in enumerate(self._script):
                if wanted in path if wanted else self.is_money_call(method, path):
                    del self._script[index]
                    return fault
        return None


@contextmanager
def serve(simulator: Simulator, *, port: int = 0) -> Iterator[str]:
    """Yields the simulator's address."""
    handlers = [*simulator.handlers(), *_admin(simulator)]
    with serving(simulator, handlers=handlers, port=port) as url:
        yield url


def _admin(simulator: Simulator) -> list[Any]:
    @get("/_sim/effects", sync_to_thread=False)
    def effects() -> list[dict[str, Any]]:
        return [asdict(each) for each in simulator.effects()]

    @post("/_sim/script", sync_to_thread=False)
    def script(data: dict[str, Any]) -> dict[str, Any]:
        """`{"fault": "drop_after", "times": 1, "path": ""}`."""
        simulator.script(Fault(data["fault"]), data.get("times", 1), data.get("path", ""))
        return {}

    @post("/_sim/clock", sync_to_thread=False)
    def clock(data: dict[str, Any]) -> dict[str, Any]:
        """`{"now": "2026-01-01T00:00:00+00:00"}` or `{"advance_seconds": 60}`."""
        if "now" in data:
            simulator.clock.set(datetime.fromisoformat(data["now"]))
        simulator.clock.advance(timedelta(seconds=data.get("advance_seconds", 0)))
        return {"now": simulator.clock.now().isoformat()}

    # In a thread: the receiver may call this simulator before it answers.
    @post("/_sim/webhooks", sync_to_thread=True)
    def webhooks(data: dict[str, Any]) -> list[dict[str, Any]]:
        """`url`, `duplicate`, `reorder`, `drop`, `delay_seconds`, each optional; then delivers."""
        simulator.webhook_url = data.get("url", simulator.webhook_url)
        simulator.events.duplicate = data.get("duplicate", simulator.events.duplicate)
        simulator.events.reorder = data.get("reorder", simulator.events.reorder)
        simulator.events.drop = data.get("drop", simulator.events.drop)
        delay = data.get("delay_seconds", simulator.events.delay.total_seconds())
        simulator.events.delay = timedelta(seconds=delay)
        return [asdict(each) for each in simulator.events.deliver()]

    @route(
        "/_sim/redirected",
        http_method=["GET", "POST", "PUT", "PATCH", "DELETE"],
        sync_to_thread=False,
    )
    def redirected() -> dict[str, Any]:
        simulator.redirects_followed += 1
        return {}

    return [effects, script, clock, webhooks, redirected]
