"""GraphiQL with its sign-in: what the page holds, without a browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from domain.access.operations import register_member
from domain.access.queries import credentials_of
from domain.database import engine
from domain.members.rules import email_key
from gateway.demo.people import BORN_ON, LOGINS
from gateway.ide import ASSETS
from gateway.providers import Providers
from tests.make.ask import Ask
from tests.make.members import QuickHasher
from tests.make.world import World

pytestmark = pytest.mark.asyncio

START = (ASSETS / "start.js").read_text()


async def test_the_token_is_kept_in_memory_alone() -> None:
    """Another page of this address, or the next person at this machine, must not find it."""
    assert "shouldPersistHeaders: false" in START and "storage," in START
    assert "sessionStorage" not in START and "document.cookie" not in START
    assert START.count("credentials: 'omit'") == 1 and START.count("fetch(") == 1


async def test_signing_in_by_the_pages_own_operations(ask: Ask) -> None:
    """The form sends exactly this; a change of the schema would break it in silence."""
    world = ask.world
    email, password = "ide@graphiql.example", "seven lanterns over a quiet tram"
    await register_member(
        name="Ida Lang",
        email=email,
        country="DE",
        born_on=BORN_ON,
        password=password,
        hasher=QuickHasher(),
        new_id=world.new_id,
        now=world.now,
    )
    sign_in = re.search(r"SIGN_IN = `(.*?)`", START, re.DOTALL)
    sign_out = re.search(r"SIGN_OUT = '(.*?)'", START)
    assert sign_in and sign_out

    payload = (await ask(sign_in[1], input={"email": email, "password": password})).only()
    wrong = (await ask(sign_in[1], input={"email": email, "password": "x"})).only()
    ended = (await ask.with_token(sign_out[1], payload["token"])).only()

    assert payload["token"].startswith("prs_") and payload["errors"] == []
    assert wrong["token"] is None and wrong["errors"][0]["message"]
    assert ended["errors"] == []


async def test_demo_logins_are_buttons_where_they_exist(ask: Ask) -> None:
    """Nobody types a password to look around; and nobody is offered one that does not work."""
    before = await ask.client.get("/graphiql")
    for login in LOGINS:
        if await credentials_of(email_key=email_key(login.email)) is None:
            assert f'data-email="{login.email}"' not in before.text
            await register_member(
                name=login.name,
                email=login.email,
                country=login.country,
                born_on=BORN_ON,
                password=login.password,
                hasher=QuickHasher(),
                new_id=ask.world.new_id,
                now=ask.world.now,
            )
    after = await ask.client.get("/graphiql")

    for login in LOGINS:
        assert f'data-email="{login.email}" data-password="{login.password}"' in after.text


async def test_the_page_comes_without_the_database(ask: Ask) -> None:
    """It is where people look when something is wrong."""
    pool, engine.pool = engine.pool, NoPool()
    try:
        page = await ask.client.get("/graphiql")
    finally:
        engine.pool = pool

    assert page.status_code == 200 and 'id="sign-in"' in page.text


class NoPool:
    """A database that refuses every connection."""

    async def acquire(self, *, timeout: float) -> None:  # noqa: ASYNC109  # the pool's signature
        raise ConnectionRefusedError(f"nobody listens, waited {timeout} s")


@pytest.mark.parametrize(
    ("said", "notice"),
    [
        ({"PIECERATE_DOCUMENTS": "only"}, "trusted documents only"),
        ({"PIECERATE_INTROSPECTION": "off"}, "Introspection is off"),
        ({}, None),
    ],
)
async def test_the_page_says_what_does_not_work_here(
    world: World, tmp_path: Path, providers: Providers, said: dict[str, Any], notice: str | None
) -> None:
    """Else people take the refusal of their query for a fault."""
    ask = Ask.of(world, tmp_path, providers, **said)
    page = (await ask.client.get("/graphiql")).text

    assert ('class="notice"' in page) is (notice is not None)
    assert notice is None or notice in page


async def test_the_pages_policy_allows_our_scripts_alone(ask: Ask) -> None:
    """The sign-in form makes the page worth an attack."""
    page = await ask.client.get("/graphiql")
    policy = page.headers["content-security-policy"]

    assert "default-src 'self'" in policy and "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert " onclick=" not in page.text and not re.search(r"<script(?! src=)", page.text)
    assert (await ask.client.get("/graphiql/assets/index.html")).status_code == 404
