"""The base of all simulators: what it does with money calls, faults, its clock and its news."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast

import pytest
import requests
from litestar import get, post

from plugins.simulation import START, Effect, Fault, OutgoingWebhook, Simulator, serve

WORK_DONE = {
    Fault.TIMEOUT_BEFORE: 0,
    Fault.DROP_BEFORE: 0,
    Fault.DROP_AFTER: 1,
    Fault.HTTP_500: 0,
    Fault.HTTP_500_AFTER: 1,
    Fault.HTTP_503: 0,
    Fault.HTML: 1,
    Fault.TRUNCATED: 1,
    Fault.RATE_LIMITED: 0,
    Fault.UNAUTHORIZED: 0,
    Fault.REDIRECT: 0,
}
STATUS = {
    Fault.HTTP_500: 500,
    Fault.HTTP_500_AFTER: 500,
    Fault.HTTP_503: 503,
    Fault.HTML: 200,
    Fault.RATE_LIMITED: 429,
    Fault.UNAUTHORIZED: 401,
    Fault.REDIRECT: 307,
}


class Till(Simulator):
    """Pays whatever is posted."""

    name = "till"

    def __init__(self) -> None:
        super().__init__()
        self.hang_seconds = 0.01
        self.paid: list[Effect] = []

    def handlers(self) -> list[Any]:
        @post("/token", sync_to_thread=False)
        def token() -> dict[str, str]:
            return {"token": "t"}

        @post("/pay/{ref:str}", sync_to_thread=False)
        def pay(ref: str, data: dict[str, int]) -> dict[str, Any]:
            self.paid.append(
                Effect(
                    ref=ref,
                    amount_micros=data["micros"],
                    currency="USD",
                    state="paid",
                    provider_ref=f"till-{ref}",
                )
            )
            self.events.add(event_id=f"e-{ref}", body=ref.encode(), route="news")
            return {"ref": ref}

        @get("/paid/{ref:str}", sync_to_thread=False)
        def look_up(ref: str, word: str = "") -> dict[str, Any]:
            return {"count": sum(each.ref == ref for each in self.paid), "word": word}

        return [token, pay, look_up]

    def effects(self) -> list[Effect]:
        return list(self.paid)

    def sign(self, event: OutgoingWebhook) -> Mapping[str, str]:
        return {"X-Signed-At": self.clock.now().isoformat(), "X-Event": event.event_id}


@pytest.fixture
def till() -> Iterator[Till]:
    simulator = Till()
    with serve(simulator):
        yield simulator


def pay(till: Till, ref: str = "a") -> requests.Response:
    return requests.post(
        f"{till.url}/pay/{ref}", json={"micros": 5}, allow_redirects=False, timeout=5
    )


def test_a_call_is_answered_and_noted(till: Till) -> None:
    """The handlers of a simulator are real HTTP, and what arrived can be counted."""
    assert pay(till).json() == {"ref": "a"}
    answer = requests.get(f"{till.url}/paid/a", params={"word": "x y"}, timeout=5)
    assert answer.json() == {"count": 1, "word": "x y"}
    assert [(each.method, each.path, each.status) for each in till.calls] == [
        ("POST", "/pay/a", 201),
        ("GET", "/paid/a", 200),
    ]


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_does_what_it_says(till: Till, fault: Fault) -> None:
    """Whether money moved under a fault is exactly what a provider must not guess."""
    till.script(fault)
    if fault in STATUS:
        answer = pay(till)
        assert answer.status_code == STATUS[fault]
    else:
        with pytest.raises(requests.RequestException):
            pay(till)
    assert len(till.effects()) == WORK_DONE[fault]
    assert pay(till, "b").status_code == 201, "a fault is used up"


def test_a_fault_waits_for_its_call(till: Till) -> None:
    """A token or a reading call in between does not use up what is meant for money."""
    till.script(Fault.HTTP_500, times=2)
    till.script(Fault.HTTP_503, path="/paid")
    assert requests.post(f"{till.url}/token", timeout=5).ok
    assert requests.get(f"{till.url}/paid/a", timeout=5).status_code == 503
    assert [pay(till).status_code for _ in range(3)] == [500, 500, 201]


def test_who_follows_a_redirect_is_counted(till: Till) -> None:
    """C32 asks whether a provider went where it was told to go."""
    till.script(Fault.REDIRECT)
    requests.post(f"{till.url}/pay/a", json={"micros": 5}, timeout=5)
    assert till.redirects_followed == 1
    assert till.effects() == []


def test_the_clock_stands_until_it_is_moved(till: Till) -> None:
    """Months pass in a test without waiting."""
    assert till.clock.now() == START
    till.clock.advance(timedelta(days=30))
    assert till.clock.now() == START + timedelta(days=30)
    till.clock.set(START)
    assert till.clock.now() == START


def test_the_clock_follows_the_wall_for_people(till: Till) -> None:
    """Who tries things out by hand waits as at the real service."""
    till.clock.advance(timedelta(days=30))
    till.clock.follow_wall()
    before = datetime.now(UTC)
    assert before <= till.clock.now() <= datetime.now(UTC)


def test_news_is_duplicated_reordered_delayed_and_lost(till: Till) -> None:
    """Webhooks come in every way but the right one."""
    pay(till, "a")
    pay(till, "b")
    till.events.duplicate = 1
    till.events.reorder = True
    till.events.delay = timedelta(minutes=1)
    assert till.events.take() == ()
    till.clock.advance(timedelta(minutes=1))
    assert [each.event_id for each in till.events.take()] == ["e-b", "e-b", "e-a", "e-a"]
    till.events.drop = True
    pay(till, "c")
    till.clock.advance(timedelta(minutes=1))
    assert till.events.take() == ()
    assert till.events.pending == ()


def test_news_is_delivered_signed_to_its_route(till: Till) -> None:
    """The signature is made when the news leaves, over the body as it was."""
    with receiver() as house:
        till.webhook_url = f"{house.url}/hooks/till/{{route}}"
        pay(till)
        till.clock.advance(timedelta(hours=1))
        assert [each.status for each in till.events.deliver()] == [202]
    (path, body, signed_at) = house.got[0]
    assert (path, body) == ("/hooks/till/news", b"a")
    assert signed_at == (START + timedelta(hours=1)).isoformat()
    pay(till, "b")
    assert [each.status for each in till.events.deliver()] == [0], "nobody is there any more"


def test_the_admin_routes_do_the_same(till: Till) -> None:
    """Somebody at a terminal, or a frontend's test, drives a simulator over HTTP."""
    admin = f"{till.url}/_sim"
    requests.post(f"{admin}/script", json={"fault": "http_500"}, timeout=5)
    assert pay(till).status_code == 500
    pay(till)
    (effect,) = requests.get(f"{admin}/effects", timeout=5).json()
    assert (effect["ref"], effect["amount_micros"]) == ("a", 5)
    answer = requests.post(f"{admin}/clock", json={"advance_seconds": 60}, timeout=5)
    assert answer.json() == {"now": (START + timedelta(minutes=1)).isoformat()}
    with receiver() as house:
        settings = {"url": house.url, "duplicate": 2}
        delivered = requests.post(f"{admin}/webhooks", json=settings, timeout=5).json()
    assert [each["status"] for each in delivered] == [202, 202, 202]
    assert len(till.calls) == 2, "what an admin does is no call"


class House(HTTPServer):
    """Takes webhooks."""

    got: list[tuple[str, bytes, str]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        cast("House", self.server).got.append((self.path, body, self.headers["X-Signed-At"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def receiver() -> Iterator[House]:
    house = House(("127.0.0.1", 0), Hook)
    house.got = []
    thread = threading.Thread(target=house.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield house
    finally:
        house.shutdown()
        thread.join()
        house.server_close()
