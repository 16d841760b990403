"""JSON-RPC to a node of the chain: what was asked is answered, refused by name, or unknown."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import requests

from domain.provider import (
    AuthError,
    ConfigError,
    HttpFactory,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
)
from plugins.http import GuardedHttp, json_of, raise_for_answer, raise_for_failure

RATE_CODES: Final = frozenset({-32005, 429})
RATE_SECONDS: Final = 30.0


class Refused(Exception):
    """The node's own words for what it does not do. They name no key, and are not logged."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"RPC error {code}")
        self.code = code
        self.said = said.lower()


@dataclass(frozen=True, slots=True)
class Ask:
    method: str
    params: tuple[Any, ...] = ()


class Node:
    """One node. Its address may hold a key of ours, so nothing shows it."""

    def __init__(self, *, http: HttpFactory, url: str, send_url: str, batch_max: int) -> None:
        self._http = http
        self._url = url
        self._send_url = send_url
        self._batch_max = batch_max
        self._local = threading.local()

    def __repr__(self) -> str:
        return "Node()"

    def ask(self, method: str, *params: Any) -> Any:
        """Raises `Refused` or a `ProviderError`."""
        return self._one(self._url, Ask(method, params))

    def broadcast(self, raw: str) -> str:
        """The one call that moves money."""
        return str(self._one(self._send_url, Ask("eth_sendRawTransaction", (raw,))))

    def ask_all(self, asks: Sequence[Ask]) -> list[Any]:
        """In this order; a `Refused` stands where the node refused that one."""
        answers: list[Any] = []
        for start in range(0, len(asks), self._batch_max):
            part = asks[start : start + self._batch_max]
            if len(part) == 1:
                answers.append(self._or_refused(part[0]))
            else:
                answers += self._many(part)
        return answers

    def _one(self, url: str, ask: Ask) -> Any:
        return _result(self._post(url, _body(0, ask)))

    def _or_refused(self, ask: Ask) -> Any:
        try:
            return self._one(self._url, ask)
        except Refused as refused:
            return refused

    def _many(self, asks: Sequence[Ask]) -> Iterator[Any]:
        answer = self._post(self._url, [_body(index, ask) for index, ask in enumerate(asks)])
        if not isinstance(answer, list):
            raise OutcomeUnknown("a node that answers no batches: set rpc_batch_max to 1")
        by_id = {each.get("id"): each for each in answer if isinstance(each, dict)}
        for index in range(len(asks)):
            try:
                yield _result(by_id.get(index))
            except Refused as refused:
                yield refused

    def _post(self, url: str, body: Any) -> Any:
        try:
            response = self._session().post(url, json=body)
        except requests.RequestException as error:
            raise_for_failure(error)
        if response.status_code == HTTPStatus.BAD_REQUEST:
            # Some nodes answer so, and say in the body what they refuse; the others are no node.
            return _refusal_of(response)
        raise_for_answer(response)
        return json_of(response)

    def _session(self) -> GuardedHttp:
        if not hasattr(self._local, "session"):
            self._local.session = self._http.new()
        session: GuardedHttp = self._local.session
        return session


class Nodes:
    """The configured nodes, in order. Another one is asked only when one cannot be reached."""

    def __init__(self, nodes: Sequence[Node], *, chain_id: int) -> None:
        assert nodes
        self._nodes = nodes
        self._chain_id = chain_id

    def first(self) -> Node:
        """The first that answers for our chain; one operation asks one node only, so that what
        it reads fits together.
        """
        failure: ProviderError | None = None
        for node in self._nodes:
            try:
                chain_id = int(node.ask("eth_chainId"), 16)
            except (AuthError, NotSent, OutcomeUnknown, RateLimited) as error:
                failure = failure or error
                continue
            if chain_id != self._chain_id:
                raise ConfigError(f"a node of chain {chain_id}, not of chain {self._chain_id}")
            return node
        assert failure is not None
        raise failure

    def broadcast(self, raw: str) -> str:
        """To the next node only where nothing has left us."""
        *others, last = self._nodes
        for node in others:
            try:
                return node.broadcast(raw)
            except NotSent:
                continue
        return last.broadcast(raw)


def _body(id_: int, ask: Ask) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "method": ask.method, "params": list(ask.params)}


def _result(answer: Any) -> Any:
    if not isinstance(answer, dict):
        raise OutcomeUnknown("an answer that is no JSON-RPC")
    error = answer.get("error")
    if isinstance(error, dict):
        code, said = error.get("code"), str(error.get("message", ""))
        if code in RATE_CODES:
            raise RateLimited(f"RPC error {code}", retry_after_seconds=RATE_SECONDS)
        raise Refused(code if isinstance(code, int) else 0, said)
    if error is not None or "result" not in answer:
        raise OutcomeUnknown("an answer without a result")
    return answer["result"]


def _refusal_of(response: requests.Response) -> Any:
    try:
        body = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return body
    raise ConfigError("HTTP 400")
