"""Sends documents to the real application over HTTP, as a frontend does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar
from pwdlib.hashers.argon2 import Argon2Hasher

from domain.access import operations as access
from gateway.app import create_app, new_id, new_token
from gateway.passwords import Argon2PasswordHasher
from gateway.settings import settings_from
from schema.context import Services
from schema.cursors import CursorCodec
from schema.ids import IdCodec

SECRET = b"a secret of the tests, long enough"
CHEAP = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "a long enough pass phrase"  # noqa: S105  # of members who exist for one test


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


@dataclass
class Now:
    """The application's clock, which a test may move."""

    instant: datetime | None = None

    def __call__(self) -> datetime:
        return self.instant or datetime.now(UTC)


def services_for_tests(now: Now) -> Services:
    return Services(
        ids=IdCodec(SECRET),
        cursors=CursorCodec([SECRET]),
        clock=now,
        new_id=new_id,
        new_token=new_token,
        hasher=Argon2PasswordHasher(cost=CHEAP),
        url="http://testserver",
    )


@dataclass
class Ask:
    """`await ask(document, token=…, **variables)`; one application per test."""

    app: Litestar
    services: Services
    now: Now
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://testserver")

    @classmethod
    def make(cls, home: Path) -> Ask:
        now = Now()
        services = services_for_tests(now)
        settings = settings_from({"PIECERATE_HOME": str(home)})
        return cls(create_app(settings, services=services), services, now)

    async def __call__(self, document: str, *, token: str | None = None, **variables: Any) -> Answer:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": document, "variables": variables}
        return await self.send("POST", json=body, headers=headers)

    async def send(self, method: str, path: str = "/graphql", **options: Any) -> Answer:
        response = await self.client.request(method, path, **options)
        return Answer(response.status_code, response.json(), response.headers)

    async def all_at_once(self, *questions: Any) -> list[Answer]:
        return list(await asyncio.gather(*questions))

    async def token_of(self, *, email: str) -> str:
        """Signs a member of `World` in, straight through the domain."""
        signed_in = await access.log_in(
            email=email,
            password=PASSWORD,
            hasher=self.services.hasher,
            new_token=new_token,
            new_id=new_id,
            now=self.now(),
        )
        return signed_in.token
