"""One request as the simulator sees it, and the errors it answers with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`params` are the form (v1), the JSON (v2) or the query, as nested values."""

    method: str
    path: str
    params: dict[str, Any] = field(repr=False)
    key: str = ""  # Idempotency-Key
    api_key: str = field(default="", repr=False)
    account: str = ""  # Stripe-Account or Stripe-Context: in whose name

    @property
    def is_v2(self) -> bool:
        return self.path.startswith("/v2/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    status: int = HTTPStatus.OK
    body: Any = field(default_factory=dict)
    page: str = ""  # HTML for people
    location: str = ""


class Problem(Exception):
    """An error as Stripe tells it."""

    def __init__(
        self,
        kind: str,
        *,
        status: int = HTTPStatus.BAD_REQUEST,
        code: str = "",
        param: str = "",
        message: str = "",
    ) -> None:
        super().__init__(kind)
        self.status = status
        # Real messages quote what was sent; a client that logs them tells too much.
        error = {"type": kind, "message": message or f"The simulator refuses: {kind} {code}"}
        if code:
            error["code"] = code
        if param:
            error["param"] = param
        self.body = {"error": error}


def invalid(code: str, *, param: str = "", message: str = "") -> Problem:
    return Problem("invalid_request_error", code=code, param=param, message=message)


def missing(what: str, *, param: str = "id") -> Problem:
    return Problem(
        "invalid_request_error",
        status=HTTPStatus.NOT_FOUND if param == "id" else HTTPStatus.BAD_REQUEST,
        code="resource_missing",
        param=param,
        message=f"No such object: '{what}'",
    )


def params_of(*, query: bytes, body: bytes, is_json: bool) -> dict[str, Any]:
    if body and is_json:
        decoded: dict[str, Any] = json.loads(body)
        return decoded
    pairs = parse_qsl((body or query).decode(), keep_blank_values=True)
    return nested(pairs)


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=c` as Stripe's forms have it; numbers make lists."""
    whole: dict[str, Any] = {}
    for name, value in pairs:
        steps = name.replace("]", "").split("[")
        place = whole
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = value
    return {name: _with_lists(value) for name, value in whole.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(each) for name, each in value.items()}
    if inner and all(name == "" or name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=lambda name: int(name or 0))]
    return inner
