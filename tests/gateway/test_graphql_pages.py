"""What stands beside `/graphql`: GraphiQL, health, the SDL; and what happens without a database."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import build_schema, get_introspection_query, parse, validate

from domain.database import engine
from gateway.ide import ASSETS
from gateway.providers import Providers
from schema import sdl
from tests.make.ask import Ask
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_graphiql_comes_with_everything_it_needs(ask: Ask) -> None:
    """No CDN: each address in the page is a file of ours."""
    page = await ask.client.get("/graphiql")

    assert (
        page.status_code == 200 and "default-src 'self'" in page.headers["content-security-policy"]
    )
    assert "http" not in page.text
    for asset in ASSETS.iterdir():
        if asset.suffix in {".js", ".css"}:
            assert f"/graphiql/assets/{asset.name}" in page.text
            served = await ask.client.get(f"/graphiql/assets/{asset.name}")
            assert served.status_code == 200 and served.content == asset.read_bytes()


async def test_what_graphiql_shows_first_is_valid() -> None:
    """A newcomer's first click must not be an error."""
    shown = (ASSETS / "start.js").read_text().split("const WELCOME = `")[1].split("`;")[0]

    assert validate(build_schema(sdl()), parse(shown)) == []


async def test_production_has_no_graphiql(
    world: World, tmp_path: Path, providers: Providers
) -> None:
    """An editor in production is one more thing that can be attacked."""
    ask = Ask.of(world, tmp_path, providers, production=True)

    assert (await ask.client.get("/graphiql")).status_code == 404
    assert (await ask.client.get("/graphiql/assets/react.min.js")).status_code == 404
    assert (await ask("{ viewer { id } }")).data == {"viewer": None}


async def test_the_sdl_is_served(ask: Ask) -> None:
    """Tools read it without introspection."""
    served = await ask.client.get("/schema.graphql")

    assert served.text == sdl()


async def test_graphiqls_own_introspection_passes_the_limits(ask: Ask) -> None:
    """It is deeper and longer than any query of a frontend."""
    answer = await ask(get_introspection_query(input_value_deprecation=True))

    assert answer.errors == []
    assert len(answer.data["__schema"]["types"]) > 100


async def test_alive_and_ready(ask: Ask) -> None:
    """Orchestrators ask both."""
    assert (await ask.client.get("/healthz")).json() == {"status": "ok"}
    assert (await ask.client.get("/readyz")).json() == {"status": "ready"}


async def test_without_the_database_clients_are_told_to_come_back(ask: Ask) -> None:
    """503 with `Retry-After`, whether the token cannot be looked up or the data not read."""
    token = await ask.token_of(await add_worker(ask.world))
    pool, engine.pool = engine.pool, NoPool()
    try:
        ready = await ask.client.get("/readyz")
        alive = await ask.client.get("/healthz")
        signed_in = await ask.with_token("{ viewer { id } }", token)
        anonymous = await ask("{ campaigns { nodes { id } } }")
        partly = await ask("{ viewer { id } campaigns { nodes { id } } __typename }")
    finally:
        engine.pool = pool

    assert (ready.status_code, alive.status_code) == (503, 200)
    for answer in (signed_in, anonymous):
        assert (answer.status, answer.code) == (503, "UNAVAILABLE")
        assert answer.headers["retry-after"]
        assert "data" not in answer.body
    assert (partly.status, partly.code) == (200, "UNAVAILABLE")
    assert partly.data["__typename"] == "Query"


class NoPool:
    """A database that refuses every connection."""

    async def acquire(self, *, timeout: float) -> None:  # noqa: ASYNC109  # the pool's signature
        raise ConnectionRefusedError(f"nobody listens, waited {timeout} s")


async def test_our_own_mistakes_are_masked(ask: Ask) -> None:
    """The text of an unexpected exception may hold anything."""
    document = (
        """mutation { sessionCreate(input: {email: "a@b.example", password: "x"}) { token } }"""
    )
    pool, engine.pool = engine.pool, BrokenPool()
    try:
        answer = await ask(document)
    finally:
        engine.pool = pool

    assert (answer.status, answer.code) == (200, "INTERNAL")
    assert "secret" not in str(answer.body)


class BrokenPool:
    async def acquire(self, *, timeout: float) -> None:  # noqa: ASYNC109  # the pool's signature
        raise ZeroDivisionError(f"secret of the database, {timeout}")
