"""Acme Pay itself, on 127.0.0.1: it pays once per batch reference, a minute after it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from litestar import Response, get, post, put
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler

from piecerate_acme.settings import EXPONENTS
from piecerate_acme.webhooks import signature
from plugins.simulation import Effect, OutgoingWebhook, Simulator

KEY: Final = "acme-key-of-the-simulator"
WEBHOOK_SECRET: Final = "acme-webhook-secret"  # noqa: S105  # of a simulator
WRONG_PHONE: Final = "0000000"
WORK: Final = timedelta(minutes=1)
BALANCE: Final = 12_345
MICRO_DIGITS: Final = 6


@dataclass
class Payment:
    id: str
    ref: str
    batch: str
    phone: str
    minor: int
    currency: str
    asked_at: datetime
    status: str = "new"


class AcmeSimulator(Simulator):
    name: ClassVar[str] = "acme"

    def __init__(self) -> None:
        super().__init__()
        self.batches: dict[str, list[Payment]] = {}
        self.movements: list[dict[str, Any]] = []

    # -- what tests and the workbench use -------------------------------------

    def effects(self) -> list[Effect]:
        self._work()
        return [
            Effect(
                ref=each.ref,
                amount_micros=each.minor * 10 ** (MICRO_DIGITS - EXPONENTS[each.currency]),
                currency=each.currency,
                state=each.status,
                provider_ref=each.id,
            )
            for each in self._payments()
        ]

    def bring(self, ref: str, status: str) -> None:
        """Make a payment what no clock makes it: held, refused, bounced."""
        (payment,) = [each for each in self._payments() if each.ref == ref]
        payment.asked_at = self.clock.now()
        self._move(payment, status)

    def sign(self, event: OutgoingWebhook) -> Mapping[str, str]:
        seconds = int(self.clock.now().timestamp())
        signed = signature(event.body, seconds=seconds, secret=WEBHOOK_SECRET)
        return {"Acme-Signature": f"t={seconds},v1={signed}"}

    # -- HTTP -----------------------------------------------------------------

    def handlers(self) -> list[Any]:
        @put("/v1/batches/{batch:str}", sync_to_thread=False, guards=[_keyed])
        def pay(batch: str, data: dict[str, Any]) -> Response[Any]:
            return self._pay(batch, data["payments"])

        @get("/v1/batches/{batch:str}", sync_to_thread=False, guards=[_keyed])
        def look_up(batch: str) -> Response[Any]:
            if batch not in self.batches:
                return Response({"error": "no such batch"}, status_code=404)
            return self._told(batch)

        @post("/v1/payments/{ref:str}/cancel", sync_to_thread=False, guards=[_keyed])
        def cancel(ref: str) -> Response[Any]:
            (payment,) = [each for each in self._payments() if each.ref == ref]
            self._work()
            if payment.status in ("new", "held", "waiting"):
                self._move(payment, "cancelled")
            return Response(self._shown(payment), status_code=200)

        @get("/v1/balance", sync_to_thread=False, guards=[_keyed])
        def balance() -> dict[str, Any]:
            return {"balances": {"USD": BALANCE}}

        @get("/v1/movements", sync_to_thread=False, guards=[_keyed])
        def movements(after: int) -> dict[str, Any]:
            self._work()
            return {"movements": self.movements[after:], "cursor": str(len(self.movements))}

        return [pay, look_up, cancel, balance, movements]

    def _pay(self, batch: str, asked: list[dict[str, Any]]) -> Response[Any]:
        known = self.batches.get(batch)
        if known is not None:
            if [_asked(each) for each in known] != asked:
                return Response({"error": "another batch has this reference"}, status_code=409)
            return self._told(batch)
        wrong = [each["ref"] for each in asked if each["phone"] == WRONG_PHONE]
        if wrong:
            return Response({"wrong": wrong}, status_code=422)
        count = len(self._payments())
        self.batches[batch] = [
            Payment(id=f"pay_{count + index}", batch=batch, asked_at=self.clock.now(), **each)
            for index, each in enumerate(asked)
        ]
        return self._told(batch)

    def _told(self, batch: str) -> Response[Any]:
        self._work()
        return Response(
            {"payments": [self._shown(each) for each in self.batches[batch]]}, status_code=200
        )

    def _shown(self, payment: Payment) -> dict[str, Any]:
        return {
            "id": payment.id,
            "ref": payment.ref,
            "status": payment.status,
            "minor": payment.minor,
            "currency": payment.currency,
            "link": f"{self.url}/v1/payments/{payment.ref}",
        }

    def _payments(self) -> list[Payment]:
        return [each for batch in self.batches.values() for each in batch]

    def _work(self) -> None:
        """What has been asked for a minute ago is done."""
        for each in self._payments():
            if each.status == "new" and self.clock.now() - each.asked_at >= WORK:
                self._move(each, "done")

    def _move(self, payment: Payment, status: str) -> None:
        payment.status = status
        if status in ("done", "bounced"):
            sign = -1 if status == "done" else 1
            self.movements.append(
                {
                    "id": f"m{len(self.movements)}",
                    "at": self.clock.now().isoformat(),
                    "kind": "payment" if status == "done" else "bounce",
                    "minor": sign * payment.minor,
                    "currency": payment.currency,
                    "ref": payment.ref,
                    "payment": payment.id,
                }
            )
        body = {
            "id": f"event_{payment.id}_{status}",
            "type": "payment.changed",
            "batch": payment.batch,
            "ref": payment.ref,
            "payment": payment.id,
        }
        self.events.add(event_id=body["id"], body=json.dumps(body).encode(), route="payments")


def _keyed(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    if connection.headers.get("Authorization") != f"Bearer {KEY}":
        raise NotAuthorizedException


def _asked(payment: Payment) -> dict[str, Any]:
    return {
        "ref": payment.ref,
        "phone": payment.phone,
        "minor": payment.minor,
        "currency": payment.currency,
    }
