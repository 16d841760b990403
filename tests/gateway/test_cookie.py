"""Signing in by cookie: who gets one, what it is worth, and that no other site can use it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar, Request, post
from litestar.middleware.session.server_side import ServerSideSessionConfig
from litestar.testing import TestClient

from gateway.auth import COOKIE
from gateway.providers import Providers
from schema.context import Context
from tests.make.ask import Answer, Ask
from tests.make.members import PASSWORD, add_worker, email_of, session_of
from tests.make.world import World
from tests.schema.documents import example
from tests.schema.wishes_of_money import PLACE

pytestmark = pytest.mark.asyncio

OWN: Final = "https://work.example.com"
APP: Final = "https://app.example.com"
EVIL: Final = "https://evil.example"
VIEWER: Final = "{ viewer { id } }"
MISSING: Final = (400, "CSRF_PREFLIGHT_REQUIRED")
FOREIGN: Final = (403, "ORIGIN_NOT_ALLOWED")
SIGN_IN: Final = example("sessionCreate")


@pytest.fixture
def ask(world: World, tmp_path: Any, providers: Providers) -> Ask:
    return Ask.of(
        world,
        tmp_path,
        providers,
        PIECERATE_PUBLIC_URL=OWN,
        PIECERATE_ALLOWED_ORIGINS=f"{APP}, http://localhost:5173",
    )


@pytest_asyncio.fixture
async def member(world: World) -> UUID:
    return await add_worker(world)


async def send(
    ask: Ask,
    document: str,
    *,
    cookie: str | None = None,
    origin: str | None = OWN,
    headers: dict[str, str] | None = None,
    **variables: Any,
) -> httpx.Response:
    """As a page of `origin` does; the client itself keeps no cookies."""
    said = dict(headers or {})
    if cookie is not None:
        said["cookie"] = f"{COOKIE}={cookie}"
    if origin is not None:
        said["origin"] = origin
    ask.client.cookies.clear()
    body = {"query": document, "variables": variables}
    return await ask.client.post("/graphql", json=body, headers=said)


async def signed_in(
    ask: Ask, member: UUID, *, remember_me: bool = True, **options: Any
) -> httpx.Response:
    wish = {
        "email": email_of(member),
        "password": PASSWORD,
        "delivery": "COOKIE",
        "rememberMe": remember_me,
    }
    return await send(ask, SIGN_IN, input=wish, **options)


def cookie_of(response: httpx.Response) -> str:
    return response.headers["set-cookie"].split(";")[0].removeprefix(f"{COOKIE}=")


def code_of(response: httpx.Response) -> str:
    return Answer(response.status_code, response.json(), response.headers).code


async def test_the_cookie_signs_in_and_no_script_sees_it(ask: Ask, member: UUID) -> None:
    """Secure, HttpOnly, for this host alone; the payload holds no token."""
    response = await signed_in(ask, member)

    (header,) = response.headers.get_list("set-cookie")
    parts = {part.strip().lower() for part in header.split(";")[1:]}
    assert parts == {"httponly", "secure", "samesite=lax", "path=/", "max-age=7776000"}
    assert response.json()["data"]["sessionCreate"]["token"] is None
    assert response.headers["cache-control"] == "no-store"
    seen = await send(ask, VIEWER, cookie=cookie_of(response))
    assert seen.json()["data"]["viewer"]["id"]
    assert seen.headers["cache-control"] == "no-store"


async def test_login_never_adopts_a_token_chosen_by_the_client(ask: Ask, member: UUID) -> None:
    """Whoever planted a cookie in a browser does not own the sign-in that follows."""
    response = await signed_in(ask, member, cookie="attacker-fixed")
    issued = cookie_of(response)

    assert issued.startswith("prs_") and "attacker" not in issued
    assert (await send(ask, VIEWER, cookie="attacker-fixed")).status_code == 401
    assert (await send(ask, VIEWER, cookie=issued)).status_code == 200


async def test_control_stock_litestar_still_adopts_it() -> None:
    """If this fails, Litestar renews session ids at sign-in; our own tokens stay all the same."""

    @post("/login")
    async def login(request: Request[Any, Any, Any]) -> None:
        request.session["member"] = "nora"

    def ask() -> str:
        app = Litestar([login], middleware=[ServerSideSessionConfig().middleware])
        with TestClient(app) as client:
            client.cookies.set("session", "attacker-fixed")
            return client.post("/login").headers["set-cookie"]

    assert "session=attacker-fixed" in await asyncio.to_thread(ask)


async def test_what_the_browser_brought_is_revoked(ask: Ask, member: UUID) -> None:
    """A session left behind in a browser ends when somebody signs in there again."""
    first = cookie_of(await signed_in(ask, member))
    second = cookie_of(await signed_in(ask, member, cookie=first))

    assert (await send(ask, VIEWER, cookie=first)).status_code == 401
    assert (await send(ask, VIEWER, cookie=second)).status_code == 200


async def test_a_refused_sign_in_sets_no_cookie(ask: Ask, member: UUID) -> None:
    """And revokes nothing."""
    held = cookie_of(await signed_in(ask, member))
    wish = {"email": email_of(member), "password": "not the right one", "delivery": "COOKIE"}

    refused = await send(ask, SIGN_IN, cookie=held, input=wish)

    assert "set-cookie" not in refused.headers
    assert (await send(ask, VIEWER, cookie=held)).json()["data"]["viewer"]["id"]


async def test_signing_out_takes_the_cookie_away(ask: Ask, member: UUID) -> None:
    """From the browser, and from the server."""
    held = cookie_of(await signed_in(ask, member))

    ended = await send(ask, example("sessionEnd"), cookie=held, input={"confirm": True})

    assert cookie_of(ended) in {"", '""'} and "Max-Age=0" in ended.headers["set-cookie"]
    assert (await send(ask, VIEWER, cookie=held)).status_code == 401


async def test_a_step_up_renews_the_cookie(ask: Ask, member: UUID) -> None:
    """The token changes where the browser keeps it; the payload does not print it."""
    held = cookie_of(await signed_in(ask, member))
    action = {"action": {"destinationAdd": PLACE}}
    begun = await send(ask, example("stepUpBegin"), cookie=held, input=action)
    step_up_id = begun.json()["data"]["stepUpBegin"]["stepUpId"]
    wish = {"stepUpId": step_up_id, "proof": {"password": PASSWORD}}

    passed = await send(ask, example("stepUpComplete"), cookie=held, input=wish)

    renewed = cookie_of(passed)
    assert passed.json()["data"]["stepUpComplete"] == {"token": None, "errors": []}
    assert (await send(ask, VIEWER, cookie=held)).status_code == 401
    assert (await send(ask, VIEWER, cookie=renewed)).json()["data"]["viewer"]["id"]


@pytest.mark.parametrize("age", ["Max-Age=7772400", None])
async def test_a_browser_keeps_what_is_to_be_remembered(
    ask: Ask, member: UUID, age: str | None
) -> None:
    """P10: on a shared computer the cookie ends with the browser, also after a step-up."""
    response = await signed_in(ask, member, remember_me=age is not None)
    ask.world.now += timedelta(minutes=59, seconds=59)
    held = cookie_of(response)
    action = {"action": {"destinationAdd": PLACE}}
    begun = await send(ask, example("stepUpBegin"), cookie=held, input=action)
    step_up_id = begun.json()["data"]["stepUpBegin"]["stepUpId"]
    ask.world.now += timedelta(seconds=1)
    wish = {"stepUpId": step_up_id, "proof": {"password": PASSWORD}}

    passed = await send(ask, example("stepUpComplete"), cookie=held, input=wish)

    told = passed.headers["set-cookie"]
    assert age in told if age else "Max-Age" not in told and "expires" not in told.lower()
    ask.world.now += timedelta(hours=2)
    later = await send(ask, VIEWER, cookie=cookie_of(passed))
    assert later.status_code == (401 if age is None else 200)


async def test_a_dead_cookie_may_sign_in_and_nothing_else(ask: Ask) -> None:
    """Never a silent nobody: the member sees a sign-in, not an empty page."""
    refused = await send(ask, VIEWER, cookie="prs_dead")
    both = f"mutation {{ {WRONG} sessionEnd(input: {{}}) {{ errors {{ code }} }} }}"
    mixed = await send(ask, both, cookie="prs_dead")
    wrong = await send(ask, f"mutation {{ {WRONG} }}", cookie="prs_dead")

    assert (refused.status_code, code_of(refused)) == (401, "UNAUTHENTICATED")
    assert "Max-Age=0" in refused.headers["set-cookie"]
    assert (mixed.status_code, code_of(mixed)) == (401, "UNAUTHENTICATED")
    errors = wrong.json()["data"]["sessionCreate"]["errors"]
    assert [error["code"] for error in errors] == ["WRONG_CREDENTIALS"]


WRONG: Final = 'sessionCreate(input: {email: "no@body.example", password: "x"}) { errors { code } }'


async def test_bearer_wins_over_the_cookie(ask: Ask, world: World, member: UUID) -> None:
    """The cookie is not even looked at, wherever it comes from."""
    other = await add_worker(world)
    token = (await session_of(world, other)).token
    held = cookie_of(await signed_in(ask, member))

    headers = {"authorization": f"Bearer {token}"}
    both = await send(ask, "{ viewer { email } }", cookie=held, origin=EVIL, headers=headers)
    wrong = await send(ask, VIEWER, cookie=held, headers={"authorization": "Bearer prs_x"})

    assert both.json()["data"]["viewer"]["email"] == email_of(other)
    assert wrong.status_code == 401


@pytest.mark.parametrize(
    ("origin", "headers", "refusal"),
    [
        (None, {}, MISSING),
        ("", {}, FOREIGN),
        ("null", {}, FOREIGN),
        (EVIL, {}, FOREIGN),
        (OWN + ".evil.example", {}, FOREIGN),
        (OWN.replace("https", "http"), {}, FOREIGN),
        (OWN + ":8443", {}, FOREIGN),
        (OWN, {"sec-fetch-site": "cross-site"}, FOREIGN),
        (OWN, {"sec-fetch-site": "none"}, FOREIGN),
        (APP, {"sec-fetch-site": "none"}, FOREIGN),
        (OWN, {"content-type": "text/plain"}, MISSING),
        (OWN, {"content-type": "application/jsonp"}, MISSING),
        (OWN, {"content-type": "multipart/form-data; boundary=x"}, MISSING),
        (OWN, {"content-type": "application/x-www-form-urlencoded"}, MISSING),
    ],
)
async def test_a_cookie_from_the_wrong_page_is_refused(
    ask: Ask, member: UUID, origin: str | None, headers: dict[str, str], refusal: tuple[int, str]
) -> None:
    """With a live session, too; nothing runs, and nobody becomes a stranger in silence."""
    held = cookie_of(await signed_in(ask, member))

    end = "mutation { sessionEnd(input: {}) { errors { code } } }"
    refused = await send(ask, end, cookie=held, origin=origin, headers=headers)

    assert (refused.status_code, code_of(refused)) == refusal
    assert "data" not in refused.json()
    assert (await send(ask, VIEWER, cookie=held)).status_code == 200


@pytest.mark.parametrize(
    ("origin", "site"),
    [(OWN, None), (OWN, "same-origin"), (APP, None), (APP, "same-site"), (APP, "cross-site")],
)
async def test_pages_that_may_use_it(ask: Ask, member: UUID, origin: str, site: str | None) -> None:
    """Those of the deployment, and those the operator named."""
    held = cookie_of(await signed_in(ask, member))
    headers = {} if site is None else {"sec-fetch-site": site}

    answer = await send(ask, VIEWER, cookie=held, origin=origin, headers=headers)

    assert answer.json()["data"]["viewer"]["id"]


async def test_a_cookie_by_get_needs_a_header_that_only_pages_send(ask: Ask, member: UUID) -> None:
    """A link or an image of another site cannot; mutations do not come by GET at all."""
    held = {"cookie": f"{COOKIE}={cookie_of(await signed_in(ask, member))}"}
    page = {**held, "graphql-require-preflight": "1"}
    end = {"query": "mutation { sessionEnd(input: {}) { errors { code } } }"}

    bare = await ask.client.get("/graphql", params={"query": VIEWER}, headers=held)
    good = await ask.client.get("/graphql", params={"query": VIEWER}, headers=page)
    changes = await ask.client.get("/graphql", params=end, headers=page)
    foreign = await ask.client.get(
        "/graphql", params={"query": VIEWER}, headers={**page, "origin": EVIL}
    )
    cross = await ask.client.get(
        "/graphql", params={"query": VIEWER}, headers={**page, "sec-fetch-site": "cross-site"}
    )

    assert (bare.status_code, code_of(bare)) == (400, "CSRF_PREFLIGHT_REQUIRED")
    assert good.json()["data"]["viewer"]["id"]
    assert (changes.status_code, code_of(changes)) == (405, "MUTATION_NEEDS_POST")
    assert (foreign.status_code, code_of(foreign)) == (403, "ORIGIN_NOT_ALLOWED")
    assert (cross.status_code, code_of(cross)) == (403, "ORIGIN_NOT_ALLOWED")


async def test_without_a_way_to_carry_a_cookie_the_wish_is_refused(ask: Ask, member: UUID) -> None:
    """Over a WebSocket nothing can set one; the refusal names the field, and no session begins."""
    context = Context(
        request_id="r", viewer=None, now=ask.world.now, services=ask.services, network=None
    )
    from schema import schema  # noqa: PLC0415  # only this test runs without HTTP

    wish = {"email": email_of(member), "password": PASSWORD, "delivery": "COOKIE"}
    result = await schema.execute(SIGN_IN, {"input": wish}, context)

    assert result.data is not None
    (error,) = result.data["sessionCreate"]["errors"]
    assert (error["code"], error["path"]) == ("COOKIE_IMPOSSIBLE", ["delivery"])


async def test_a_hundred_cookies_at_once_never_mix(ask: Ask, world: World) -> None:
    """Each answer belongs to the member whose cookie came with the question."""
    members = [await add_worker(world) for _ in range(10)]
    tokens = [(await session_of(world, member)).token for member in members] * 10

    async def one(token: str) -> str:
        headers = {"origin": OWN, "cookie": f"{COOKIE}={token}"}
        body = {"query": "{ viewer { email } }"}
        response = await ask.client.post("/graphql", json=body, headers=headers)
        email: str = response.json()["data"]["viewer"]["email"]
        return email

    emails = await asyncio.gather(*(one(token) for token in tokens))

    assert emails == [email_of(member) for member in members] * 10


async def test_a_pdf_link_works_with_the_cookie(ask: Ask, member: UUID) -> None:
    """A plain link cannot send a token: known members get 404 here, strangers 401."""
    held = cookie_of(await signed_in(ask, member))
    path = "/documents/doc1_x/pdf"

    known = await ask.client.get(path, headers={"cookie": f"{COOKIE}={held}"})
    dead = await ask.client.get(path, headers={"cookie": f"{COOKIE}=prs_dead"})

    assert (known.status_code, dead.status_code) == (404, 401)
