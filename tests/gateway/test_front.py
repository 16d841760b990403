"""What every request passes first and every answer last: hosts, proxies, CORS, headers, the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from litestar import WebSocket
from structlog.testing import capture_logs

from gateway.context import network_of
from gateway.providers import Providers
from gateway.web_settings import host_name
from tests.make.ask import Ask
from tests.make.members import PASSWORD, add_worker, email_of
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

APP: Final = "https://app.example.com"
VIEWER: Final = {"query": "{ viewer { id } }"}


@pytest.fixture
def ask(world: World, tmp_path: Path, providers: Providers) -> Ask:
    """As an operator would run it, seen from a proxy on the same machine."""
    return Ask.of(
        world,
        tmp_path,
        providers,
        PIECERATE_PUBLIC_URL="https://work.example.com",
        PIECERATE_ALLOWED_HOSTS="work.example.com, testserver, *.staging.example.com",
        PIECERATE_ALLOWED_ORIGINS=APP,
        PIECERATE_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8",
    )


# -- hosts --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "is_served"),
    [
        ("work.example.com", True),
        ("WORK.example.com.:8443", True),
        ("one.staging.example.com", True),
        ("a.b.staging.example.com", True),
        ("staging.example.com", False),
        ("work.example.com.evil.example", False),
        ("evil.example", False),
        ("127.0.0.1", False),
        ("", False),
        ("[::1]:80", False),
        ("work.example.com@evil.example", False),
    ],
)
async def test_only_the_names_that_were_meant(ask: Ask, host: str, *, is_served: bool) -> None:
    """A page of another name that points to us (DNS rebinding) gets nothing, in our shape."""
    answer = await ask.send("POST", json=VIEWER, headers={"host": host})

    assert answer.status == (200 if is_served else 421)
    assert is_served or answer.code == "HOST_NOT_ALLOWED"
    assert is_served or answer.errors[0]["extensions"]["requestId"]


async def test_a_forwarded_host_is_never_believed(ask: Ask) -> None:
    """Not even from a proxy: the name that counts is in `Host`."""
    for name in ("x-forwarded-host", "forwarded", "x-host"):
        headers = {"host": "evil.example", name: "work.example.com"}
        assert (await ask.send("POST", json=VIEWER, headers=headers)).status == 421


async def test_health_answers_under_any_name(ask: Ask) -> None:
    """Orchestrators ask by address."""
    for path in ("/healthz", "/readyz"):
        assert (await ask.client.get(path, headers={"host": "10.1.2.3:8000"})).status_code == 200


async def test_production_without_a_word_serves_its_own_url(
    world: World, tmp_path: Path, providers: Providers
) -> None:
    """Development serves any name; production that of the public URL alone."""
    safe = Ask.of(world, tmp_path, providers, production=True)

    assert (await safe.send("POST", json=VIEWER)).status == 200
    assert (await safe.send("POST", json=VIEWER, headers={"host": "localhost"})).status == 421


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a.example:80", "a.example"),
        ("[::1]:80", "::1"),
        ("::1", "::1"),
        ("A.Example.", "a.example"),
    ],
)
async def test_names_of_hosts(host: str, name: str) -> None:
    """Ports, brackets, capitals and the dot at the end do not count."""
    assert host_name(host) == name


# -- proxies ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forwarded", "peer", "network"),
    [
        ("203.0.113.9", "127.0.0.1", "203.0.113.0/24"),
        ("6.6.6.6, 203.0.113.9", "127.0.0.1", "203.0.113.0/24"),
        ("6.6.6.6, 203.0.113.9, 10.1.1.1", "127.0.0.1", "203.0.113.0/24"),
        ("2001:db8::1", "10.9.9.9", "2001:db8::/64"),
        ("203.0.113.9", "198.51.100.1", "198.51.100.0/24"),
        (("6.6.6.6", "203.0.113.9"), "127.0.0.1", "203.0.113.0/24"),
        (("203.0.113.9", "10.1.1.1"), "10.9.9.9", "203.0.113.0/24"),
        ("203.0.113.9", "::ffff:10.9.9.9", "203.0.113.0/24"),
        ("6.6.6.6, 203.0.113.9, ::ffff:10.1.1.1", "127.0.0.1", "203.0.113.0/24"),
        ("6.6.6.6, 203.0.113.9:4711", "127.0.0.1", "203.0.113.0/24"),
        ("6.6.6.6, [2001:db8::1]:4711", "127.0.0.1", "2001:db8::/64"),
        ("6.6.6.6, unknown, 10.1.1.1", "127.0.0.1", "10.1.1.0/24"),
        ("rubbish", "10.9.9.9", "10.9.9.0/24"),
        ("rubbish", "127.0.0.1", None),
        ("", "127.0.0.1", None),
    ],
)
async def test_the_client_is_who_our_proxy_saw(
    ask: Ask, forwarded: str | tuple[str, ...], peer: str, network: str | None
) -> None:
    """What the client wrote itself stands further left, also when each proxy adds a line; strangers
    are not believed at all.
    """
    seen: list[str | None] = []
    front: Any = ask.app.asgi_handler

    async def look(scope: Any, receive: Any, send: Any) -> None:
        connection: Any = WebSocket(scope, receive, send)
        seen.append(network_of(connection.client.host))

    front._app = look  # noqa: SLF001  # what stands behind the front
    lines = (forwarded,) if isinstance(forwarded, str) else forwarded
    headers = [(b"host", b"testserver"), *((b"x-forwarded-for", each.encode()) for each in lines)]
    scope: Any = {"type": "websocket", "path": "/graphql", "headers": headers, "client": (peer, 1)}
    await ask.app(scope, receive=never, send=never)  # type: ignore[arg-type]  # it is not called

    assert seen == [network]


async def never(*_: Any) -> None:
    raise AssertionError("the front itself sends nothing here")


# -- CORS ---------------------------------------------------------------------


async def test_a_preflight_of_an_allowed_origin(ask: Ask) -> None:
    """Answered without a look at the application; cookies may come, the wildcard never."""
    asked = {
        "origin": APP,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type, authorization",
    }
    response = await ask.client.options("/graphql", headers=asked)

    assert response.status_code == 204 and response.content == b""
    assert response.headers["access-control-allow-origin"] == APP
    assert response.headers["access-control-allow-credentials"] == "true"
    assert response.headers["access-control-allow-methods"] == "GET, POST"
    allowed = response.headers["access-control-allow-headers"].lower()
    for name in (
        "authorization", "content-type", "accept-language", "graphql-require-preflight",
        "graphql-debug-cost", "x-client-name", "x-client-version",
    ):  # fmt: skip
        assert name in allowed
    assert "*" not in str(response.headers)


async def test_answers_to_an_allowed_origin(ask: Ask) -> None:
    """Scripts may read them, and the headers they need; caches keep origins apart."""
    response = await ask.client.post("/graphql", json=VIEWER, headers={"origin": APP})
    refused = await ask.client.post("/graphql", content=b"{", headers={"origin": APP})

    for each in (response, refused):
        assert each.headers["access-control-allow-origin"] == APP
        assert "RateLimit-Remaining" in each.headers["access-control-expose-headers"]
        assert "Retry-After" in each.headers["access-control-expose-headers"]
        assert "Origin" in each.headers["vary"] and "Accept" in each.headers["vary"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", APP + ".evil.example", APP.upper(), "null", "*", ""]
)
async def test_other_origins_are_told_nothing(ask: Ask, origin: str) -> None:
    """Browsers then keep the answer from the page."""
    asked = {"origin": origin, "access-control-request-method": "POST"}
    for response in (
        await ask.client.options("/graphql", headers=asked),
        await ask.client.post("/graphql", json=VIEWER, headers=asked),
    ):
        assert not [name for name in response.headers if name.startswith("access-control-")]
        assert "Origin" in response.headers["vary"]


# -- headers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/graphql"), ("PUT", "/graphql"), ("GET", "/nothing"), ("GET", "/healthz"),
        ("GET", "/graphiql"), ("GET", "/documents/x/pdf"), ("OPTIONS", "/graphql"),
    ],
)  # fmt: skip
async def test_every_answer_has_the_headers_of_safety(ask: Ask, method: str, path: str) -> None:
    """Also what the router refuses before any of our code runs."""
    response = await ask.client.request(method, path)

    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["strict-transport-security"] == "max-age=31536000"
    assert len(response.headers["x-request-id"]) == 32


async def test_without_https_browsers_are_not_told_to_insist_on_it(
    world: World, tmp_path: Path, providers: Providers
) -> None:
    """It would lock a developer out of the machine's other servers."""
    ask = Ask.of(world, tmp_path, providers)

    assert "strict-transport-security" not in (await ask.client.get("/healthz")).headers


async def test_the_request_id_is_the_same_everywhere(ask: Ask) -> None:
    """Header, error and log; what the client sends is not taken over."""
    with capture_logs() as logs:
        answer = await ask.send("POST", content=b"{", headers={"x-request-id": "mine"})

    id_ = answer.headers["x-request-id"]
    assert answer.errors[0]["extensions"]["requestId"] == id_ != "mine"
    assert [each["request_id"] for each in logs] == [id_]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/graphql", {"GET", "POST"}),
        ("/healthz", {"GET"}),
        ("/schema.graphql", {"GET"}),
        ("/documents/x/pdf", {"GET"}),
    ],
)
async def test_405_says_what_is_allowed(ask: Ask, path: str, allowed: set[str]) -> None:
    """For each route its own methods."""
    response = await ask.client.delete(path)

    assert response.status_code == 405
    names = {name.strip() for name in response.headers["allow"].split(",")}
    assert names - {"OPTIONS", "HEAD"} == allowed


# -- the log ------------------------------------------------------------------


async def test_one_line_per_request_with_nothing_personal(ask: Ask) -> None:
    """Operation and cost, but no variables, no address, no token."""
    worker = await add_worker(ask.world)
    wish = {"email": email_of(worker), "password": PASSWORD}
    with capture_logs() as logs:
        answer = await ask(example("sessionCreate"), input=wish)

    (line,) = [each for each in logs if each["event"] == "http.request"]
    assert line.pop("milliseconds") > 0
    assert line == {
        "event": "http.request",
        "log_level": "info",
        "request_id": answer.headers["x-request-id"],
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "operation": "SessionCreate",
        "cost": answer.body["extensions"]["cost"]["actual"],
    }
    assert email_of(worker) not in str(logs) and "prs_" not in str(logs)


async def test_health_is_not_logged(ask: Ask) -> None:
    """It is asked every few seconds."""
    with capture_logs() as logs:
        await ask.client.get("/healthz")

    assert logs == []
