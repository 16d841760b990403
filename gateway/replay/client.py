"""One GraphQL client per member: its token, its patience with a server that is away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
from graphql import OperationDefinitionNode, OperationType, parse

from gateway.replay import documents
from gateway.replay.market import Trouble
from gateway.replay.plan import Person

PASSING: Final = frozenset({"INTERNAL", "UNAVAILABLE", "THROTTLED", "OVERLOADED"})
PASSING_REFUSALS: Final = frozenset({"TOO_MANY_ATTEMPTS", "SERVER_BUSY", "IDEMPOTENCY_IN_PROGRESS"})
SERVER_ERRORS: Final = 500
THROTTLED: Final = 429
UNAUTHENTICATED: Final = 401


class Refusal(Exception):
    """The server's expected no."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: str = error["code"]
        self.reasons: Sequence[str] = error.get("reasons", ())


@dataclass
class Client:
    """Registers and signs in as its person whenever that is needed."""

    http: httpx.AsyncClient
    person: Person
    member_id: str = ""
    token: str = ""

    async def register(self, *, referral_code: str | None) -> None:
        """Who is registered already only signs in."""
        if self.member_id:
            return
        person = self.person
        try:
            await self.ask(
                documents.REGISTER,
                input={
                    "name": person.name,
                    "email": person.email,
                    "country": person.country,
                    "bornOn": "1990-05-17",
                    "password": person.password,
                    "referralCode": referral_code,
                },
            )
        except Refusal as refusal:
            if refusal.code != "EMAIL_TAKEN":
                raise
        await self.sign_in()

    async def sign_in(self) -> None:
        self.token = ""
        payload = await self.ask(
            documents.LOG_IN,
            input={"email": self.person.email, "password": self.person.password},
        )
        self.token = payload["token"]
        self.member_id = payload["member"]["id"]

    async def ask(self, document: str, **variables: object) -> Any:
        """The one root field's answer. Raises `Refusal`, or `Trouble` that passes."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            response = await self.http.post(
                "/graphql", json={"query": document, "variables": variables}, headers=headers
            )
        except httpx.TransportError as failure:
            raise Trouble(type(failure).__name__) from failure
        if response.status_code == UNAUTHENTICATED and self.token:
            await self.sign_in()
            raise Trouble("the session has ended: signed in anew")
        if response.status_code >= SERVER_ERRORS or response.status_code == THROTTLED:
            raise Trouble(f"status {response.status_code}")
        return self._answer(response, is_mutation=is_mutation(document))

    async def pages(
        self, document: str, *path: str, **variables: object
    ) -> AsyncIterator[Mapping[str, Any]]:
        """All nodes of a connection, page after page."""
        after: str | None = None
        while True:
            found = await self.ask(document, **variables, after=after)
            for name in path:
                found = found[name]
            for node in found["nodes"]:
                yield node
            if not found["pageInfo"]["hasNextPage"]:
                return
            after = found["pageInfo"]["endCursor"]

    def _answer(self, response: httpx.Response, *, is_mutation: bool) -> Any:
        body = response.json()
        for error in body.get("errors", ()):
            code = error.get("extensions", {}).get("code", "INTERNAL")
            if code in PASSING:
                raise Trouble(code)
            raise RuntimeError(f"{code}: {error['message']}")
        (answer,) = body["data"].values()
        if is_mutation and answer["errors"]:
            refusal = Refusal(answer["errors"][0])
            if refusal.code in PASSING_REFUSALS:
                raise Trouble(refusal.code) from refusal
            raise refusal
        return answer


def is_mutation(document: str) -> bool:
    operation = parse(document).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return operation.operation is OperationType.MUTATION
