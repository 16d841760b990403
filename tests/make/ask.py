"""Sends documents to the real application over HTTP, as a frontend does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from litestar import Litestar

from domain.database import engine
from gateway.app import create_app
from gateway.live.feed import EventFeed
from gateway.provider_news import News
from gateway.provider_reports import Reports
from gateway.providers import Providers
from gateway.settings import DocumentMode, settings_from
from gateway.signing import Ed25519Signer
from gateway.vault import AesVault
from schema.context import Services
from schema.cursors import CursorCodec
from schema.events.changes import Changes
from schema.ids import IdCodec, Tag
from schema.links import LinkSigner
from tests.make.invoices import Unchecked
from tests.make.members import QuickHasher, session_of
from tests.make.world import World

# Once per new connection; once per member and process.
DRIVERS_OWN = ("set_config('jit'", "typeinfo_tree", "rate_lease")
SECRET = b"a secret of the tests, long enough"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def data(self) -> Any:
        return self.body.get("data")

    @property
    def errors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body.get("errors", [])
        return found

    @property
    def code(self) -> str:
        """Of the only error."""
        (error,) = self.errors
        code: str = error["extensions"]["code"]
        return code

    def only(self) -> Any:
        """The only root field's value; there must be no error."""
        assert not self.errors, self.errors
        (value,) = self.data.values()
        return value


def services_for_tests(world: World, providers: Providers) -> Services:
    return Services(
        ids=IdCodec(SECRET),
        cursors=CursorCodec([SECRET]),
        clock=lambda: world.now,
        new_id=world.new_id,
        new_token=world.new_token,
        hasher=QuickHasher(),
        payouts=providers.payouts,
        deposits=providers.deposits,
        verifiers=providers.verifiers,
        news=News.of(providers),
        reports=Reports(providers),
        changes=EventFeed(),
        vault=AesVault(SECRET),
        checks=Unchecked(),
        links=LinkSigner([SECRET]),
        signer=Ed25519Signer([SECRET]),
        url="http://testserver",
    )


@dataclass
class Ask:
    """`await ask(document, viewer=member_id, **variables)`; one application per test."""

    app: Litestar
    services: Services
    world: World
    client: httpx.AsyncClient
    _tokens: dict[UUID, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        world: World,
        home: Path,
        providers: Providers,
        *,
        production: bool = False,
        **said: str,
    ) -> Ask:
        """`said` is what the environment says besides, key by key."""
        environ = {"PIECERATE_HOME": str(home), **said}
        if production:
            environ |= {
                "PIECERATE_ENV": "production",
                "PIECERATE_SECRET_KEY_FILE": str(home / "key"),
                "PIECERATE_PUBLIC_URL": "http://testserver",
                **said,
            }
        settings = settings_from(environ)
        services = replace(
            services_for_tests(world, providers),
            files_url=said.get("PIECERATE_FILES_URL", ""),
            has_introspection=settings.has_introspection,
            has_written_lists=settings.has_written_lists,
            has_free_texts=settings.documents is not DocumentMode.ONLY,
        )
        app = create_app(settings, services=services)
        served: Any = app  # httpx names the types of ASGI in another way
        transport = httpx.ASGITransport(served, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://testserver")
        return cls(app, services, world, client)

    async def __call__(
        self, document: str, *, viewer: UUID | None = None, **variables: Any
    ) -> Answer:
        token = None if viewer is None else await self.token_of(viewer)
        return await self.with_token(document, token, **variables)

    async def with_token(self, document: str, token: str | None, **variables: Any) -> Answer:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": document, "variables": variables}
        return await self.send("POST", json=body, headers=headers)

    async def send(self, method: str, path: str = "/graphql", **options: Any) -> Answer:
        response = await self.client.request(method, path, **options)
        return Answer(response.status_code, response.json(), response.headers)

    async def token_of(self, member_id: UUID) -> str:
        """The member's session, begun at the first question."""
        if member_id not in self._tokens:
            self._tokens[member_id] = (await session_of(self.world, member_id)).token
        return self._tokens[member_id]

    def use(self, member_id: UUID, token: str) -> None:
        """Step-ups and sign-ins give a member a new token."""
        self._tokens[member_id] = token

    def with_changes(self, changes: Changes) -> Litestar:
        """The same application, told by this feed when something happened."""
        self.services = replace(self.services, changes=changes)
        self.app.state.services = self.services
        return self.app

    def id(self, tag: Tag, key: UUID) -> str:
        return self.services.ids.encode(tag, key)

    def key(self, tag: Tag, id_: str) -> UUID:
        return self.services.ids.decode(tag, id_)


class StatementCount:
    """A pool that lends the real pool's connections and counts what they are asked."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.statements: list[str] = []

    async def acquire(self, *, timeout: float) -> asyncpg.Connection:  # noqa: ASYNC109  # the pool's signature
        connection = await self._pool.acquire(timeout=timeout)
        connection.add_query_logger(self._count)
        return connection

    async def release(self, connection: asyncpg.Connection) -> None:
        connection.remove_query_logger(self._count)
        await self._pool.release(connection)

    def _count(self, record: Any) -> None:
        if not any(mark in record.query for mark in DRIVERS_OWN):
            self.statements.append(record.query)


@asynccontextmanager
async def counted_statements() -> AsyncIterator[list[str]]:
    """The statements sent inside the block."""
    pool = engine.pool
    assert pool is not None
    counting = StatementCount(pool)
    engine.pool = counting
    try:
        yield counting.statements
    finally:
        engine.pool = pool
