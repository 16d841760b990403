"""Requests and answers of the simulator: who asks, what is wrong with it, and how that is said."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import HttpMethod, Request, Response, route

from domain.money import MICROS_PER_UNIT, Money
from plugins.payments.paypal.currencies import CURRENCIES, value_text
from plugins.payments.paypal.simulator.required import OPERATIONS, Shape, faults_in
from plugins.simulation import SimulatedClock

TOKEN_SECONDS: Final = 32_400
BASIC: Final = "Basic "
BEARER: Final = "Bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    names: Mapping[str, str]  # from the path
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    body: Any

    @property
    def request_id(self) -> str | None:
        return self.headers.get("paypal-request-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    body: Any
    status: int | None = None  # None: as the document says
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An answer that is no 2xx, in the form of PayPal's errors."""

    def __init__(
        self,
        status: int,
        name: str,
        *,
        details: Sequence[Mapping[str, Any]] = (),
        message: str | None = None,
    ) -> None:
        super().__init__(name)
        self.status = status
        self.body: dict[str, Any] = {"name": name, "debug_id": "5f1e7a7b0c0de"}
        if message is not None:
            self.body["message"] = message
        if details:
            self.body["details"] = list(details)


def unprocessable(issue: str) -> Refusal:
    return Refusal(
        HTTPStatus.UNPROCESSABLE_ENTITY, "UNPROCESSABLE_ENTITY", details=[{"issue": issue}]
    )


def not_found() -> Refusal:
    return Refusal(HTTPStatus.NOT_FOUND, "RESOURCE_NOT_FOUND")


class Tokens:
    """Any credentials are good unless `credentials` says which."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.credentials: tuple[str, str] | None = None
        self.issued = 0
        self._clock = clock
        self._until: dict[str, datetime] = {}

    def issue(self, asked: Asked) -> Told:
        given = asked.headers.get("authorization", "")
        if not given.startswith(BASIC) or b"grant_type=client_credentials" not in asked.raw:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "invalid_client")
        pair = base64.b64decode(given.removeprefix(BASIC)).decode()
        if self.credentials is not None and pair != ":".join(self.credentials):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "invalid_client")
        self.issued += 1
        token = f"A21AA-simulated-{self.issued}"
        self._until[token] = self._clock.now() + timedelta(seconds=TOKEN_SECONDS)
        body = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return Told(body=body, status=HTTPStatus.OK)

    def require(self, asked: Asked) -> None:
        given = asked.headers.get("authorization", "").removeprefix(BEARER)
        if given not in self._until or self._until[given] <= self._clock.now():
            raise Refusal(HTTPStatus.UNAUTHORIZED, "AUTHENTICATION_FAILURE")

    def any(self) -> str:
        """The newest, for tests that ask by themselves."""
        return next(reversed(self._until))

    def revoke_all(self) -> None:
        self._until.clear()


class RequestIds:
    """The same request id again, while it lives, answers what it answered before."""

    def __init__(self, clock: SimulatedClock, *, live: timedelta) -> None:
        self._clock = clock
        self._live = live
        self._kept: dict[str, tuple[datetime, bytes, Told]] = {}

    def earlier(self, asked: Asked) -> Told | None:
        kept = self._kept.get(asked.request_id or "")
        if kept is None or kept[0] + self._live <= self._clock.now() or kept[1] != asked.raw:
            return None
        return kept[2]

    def forget(self) -> None:
        """As PayPal does in time: then the reference alone keeps from paying twice."""
        self._kept.clear()

    def keep(self, asked: Asked, told: Told) -> Told:
        if asked.request_id is not None:
            self._kept[asked.request_id] = (self._clock.now(), asked.raw, told)
        return told


def operation(
    key: str,
    work: Callable[[Asked], Told],
    *,
    require: Callable[[Asked], None] | None = None,
) -> Any:
    """A route handler that holds request and answer to the table."""
    method, _, path = key.partition(" ")
    known = OPERATIONS.get(key)
    typed = path.replace("}", ":str}")

    @route(typed, http_method=[HttpMethod(method)], sync_to_thread=False)
    def handle(request: Request[Any, Any, Any], body: bytes) -> Response[bytes]:
        try:
            asked = _asked(request, body, is_json=known is not None)
            if require is not None:
                require(asked)
            if known is not None:
                _require_shape(asked.body, known.request, key=key)
            told = work(asked)
        except Refusal as refusal:
            return _written(refusal.body, refusal.status)
        if known is not None:
            _assert_shape(told.body, known.answer, key=key)
        status = told.status or (known.status if known is not None else HTTPStatus.OK)
        if told.media_type != "application/json":
            return Response(
                str(told.body).encode(),
                status_code=status,
                media_type=told.media_type,
                headers=dict(told.headers),
            )
        return _written(told.body, status)

    return handle


def money_text(money: Money) -> str:
    """Of any currency, also below zero."""
    sign = "-" if money.micros < 0 else ""
    return sign + value_text(Money(abs(money.micros), money.currency))


def paid_in(money: Money) -> dict[str, str]:
    return {"currency": money.currency, "value": money_text(money)}


def counted_in(money: Money) -> dict[str, str]:
    return {"currency_code": money.currency, "value": money_text(money)}


def read_money(said: Mapping[str, str]) -> Money:
    """As PayPal does it: too many decimals are an error, not a rounding."""
    currency = said.get("currency_code") or said["currency"]
    limits = CURRENCIES.get(currency)
    if limits is None:
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, "CURRENCY_NOT_SUPPORTED", message="Not this currency."
        )
    units, _, fraction = said["value"].partition(".")
    if len(fraction) > limits.exponent or not (units + fraction).isdigit():
        raise Refusal(HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR", message="Not this amount.")
    return Money(
        int(units) * MICROS_PER_UNIT + int(fraction.ljust(6, "0") if fraction else 0), currency
    )


def instant_text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _asked(request: Request[Any, Any, Any], body: bytes, *, is_json: bool) -> Asked:
    try:
        told = msgspec.json.decode(body) if body and is_json else None
    except msgspec.DecodeError:
        raise Refusal(
            HTTPStatus.BAD_REQUEST, "MALFORMED_REQUEST", message="This is no JSON."
        ) from None
    return Asked(
        names={name: str(value) for name, value in request.path_params.items()},
        query={name: str(value) for name, value in request.query_params.items()},
        headers={name.lower(): value for name, value in request.headers.items()},
        raw=body,
        body=told,
    )


def _require_shape(told: Any, shape: Shape, *, key: str) -> None:
    if told is None and shape.required.get(""):
        raise Refusal(HTTPStatus.BAD_REQUEST, "MALFORMED_REQUEST", message="There is no body.")
    details = [
        {"field": each.pointer, "issue": each.issue, "location": "body"}
        for each in faults_in(told, shape)
    ]
    if details and "/v2/" in key:
        raise Refusal(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", details=details)
    if details:
        message = "Some fields are missing or wrong."
        raise Refusal(HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR", message=message, details=details)


def _assert_shape(told: Any, shape: Shape, *, key: str) -> None:
    """Words are left out: a simulator may be told to invent a status."""
    faults = list(faults_in(told, Shape(required=shape.required)))
    assert not faults, f"{key} answers without {faults[0].pointer}"


def _written(body: Any, status: int) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")
