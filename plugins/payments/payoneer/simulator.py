"""Payoneer's side: tokens, mass payouts, status, cancel, registration, signed IPCN webhooks."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final

from litestar import Request, Response, get, post, put

from domain.money import MICROS_PER_UNIT
from plugins.payments.payoneer.settings import PER_CALL_MAX
from plugins.payments.payoneer.webhooks import ipcn_signature
from plugins.simulation import START, Effect, OutgoingWebhook, Simulator

PROGRAM: Final = "100000001"
CLIENT: Final = ("sim-client-id", "sim-client-secret-5e1f")
HOOK_SECRET: Final = "sim-ipcn-secret-9b2c"  # noqa: S105  # it opens nothing
ACCEPTED, AT_BANK, LOADED = "PaymentRequestAccepted", "PayoutSentToBank", "AccountCardLoaded"
CANCELLED: Final = "CancelPayout"
ROUTE_OF: Final = {
    ACCEPTED: "payment-request-accepted",
    AT_BANK: "payout-sent-to-bank",
    LOADED: "account-card-loaded",
    CANCELLED: "cancel-payout",
}
FOLLOWS: Final = {ACCEPTED: AT_BANK, AT_BANK: LOADED}
STEP: Final = timedelta(hours=1)


@dataclass(slots=True, kw_only=True)
class Payout:
    ref: str
    payee_id: str = field(repr=False)
    amount_micros: int
    currency: str
    payout_id: str
    status: str = ACCEPTED
    at: datetime


class PayoneerSimulator(Simulator):
    """`refuse` names payees or references that a call is refused for, as a whole."""

    name: ClassVar[str] = "payoneer"

    def __init__(self, *, start: Any = START) -> None:
        super().__init__(start=start)
        self.refuse: dict[str, str] = {}
        self.payees: dict[str, str] = {}
        self.token_seconds = 3600
        self.tokens: list[str] = []
        self.hook_address = "https://piecerate.example/hooks/kit/{route}"
        self.application = "Webhook-IPCNSender-sandbox"
        self.hook_secret = HOOK_SECRET
        self.refuses_known = True  # whether a repeated reference is refused
        self._valid: dict[str, datetime] = {}
        self._books: list[Payout] = []
        self._nonces = 0

    # -- time -----------------------------------------------------------------

    def settle(self) -> None:
        """Each payout moves on by an hour per step, and news of it goes out."""
        for payout in self._books:
            while payout.status in FOLLOWS and payout.at + STEP <= self.clock.now():
                payout.at += STEP
                self._say(payout, FOLLOWS[payout.status])

    def bring(self, ref: str, status: str) -> None:
        (payout,) = (each for each in self._books if each.ref == ref)
        payout.at = self.clock.now() + timedelta(days=3650)  # it stays there
        self._say(payout, status)

    def _say(self, payout: Payout, status: str) -> None:
        payout.status = status
        if status in ROUTE_OF:
            body = {
                "Payee Id": payout.payee_id.replace("-", "%2D"),
                "IntPaymentId": payout.ref,
                "PaymentId": payout.payout_id,
                "Amount": str(Decimal(payout.amount_micros) / MICROS_PER_UNIT),
            }
            self._news(ROUTE_OF[status], body)

    def _news(self, route: str, body: Mapping[str, str]) -> None:
        self._nonces += 1
        self.events.add(
            event_id=f"nonce-{self._nonces:08d}", body=json.dumps(body).encode(), route=route
        )

    def sign(self, event: OutgoingWebhook) -> Mapping[str, str]:
        timestamp = str(int(self.clock.now().timestamp()))
        signature = ipcn_signature(
            application=self.application,
            method="POST",
            url=self.hook_address.replace("{route}", event.route),
            timestamp=timestamp,
            nonce=event.event_id,
            body=event.body,
            secret=self.hook_secret.encode(),
        )
        parts = (self.application, signature, event.event_id, timestamp)
        return {"Authorization": f"hmacauth {':'.join(parts)}"}

    # -- the API --------------------------------------------------------------

    def token(self, authorization: str) -> Response[Any]:
        wanted = base64.b64encode(":".join(CLIENT).encode()).decode()
        if authorization != f"Basic {wanted}":
            return refused(401, "invalid_client")
        text = f"sim-token-{len(self.tokens) + 1:06d}"
        self.tokens.append(text)
        self._valid[text] = self.clock.now() + timedelta(seconds=self.token_seconds)
        body = {"access_token": text, "token_type": "Bearer", "expires_in": self.token_seconds}
        return Response(body, status_code=200)

    def revoke(self) -> None:
        """All tokens so far are worth nothing any more."""
        self._valid.clear()

    def denied(self, request: Request[Any, Any, Any], program: str) -> Response[Any] | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._valid.get(token, self.clock.now()) <= self.clock.now():
            return refused(401, "invalid_token")
        return None if program == PROGRAM else refused(403, "wrong_program")

    def pay(self, payments: Sequence[Mapping[str, Any]]) -> Response[Any]:
        """All or nothing: one bad payment refuses the call, naming the bad ones."""
        if not 0 < len(payments) <= PER_CALL_MAX:
            return refused(400, "too_many", errors=[])
        errors = [
            {"client_reference_id": each["client_reference_id"], "sub_code": problem}
            for each in payments
            if (problem := self._problem(each)) is not None
        ]
        if errors:
            return refused(400, "payment_errors", errors=errors)
        for each in payments:
            payout = Payout(
                ref=each["client_reference_id"],
                payee_id=each["payee_id"],
                amount_micros=int(Decimal(str(each["amount"])) * MICROS_PER_UNIT),
                currency=each["currency"],
                payout_id=f"PO{len(self._books) + 1:07d}",
                at=self.clock.now(),
            )
            self._books.append(payout)
            self._say(payout, ACCEPTED)
        return Response({"result": "Payments Created"}, status_code=201)

    def _problem(self, payment: Mapping[str, Any]) -> str | None:
        ref, payee = payment["client_reference_id"], payment["payee_id"]
        if self.refuses_known and any(each.ref == ref for each in self._books):
            return "duplicate_reference"
        return self.refuse.get(ref) or self.refuse.get(payee)

    def status(self, ref: str) -> Response[Any]:
        self.settle()
        found = [each for each in self._books if each.ref == ref]
        if not found:
            return refused(404, "payout_not_found")
        amount = Decimal(found[0].amount_micros) / MICROS_PER_UNIT
        return Response(
            {
                "client_reference_id": ref,
                "payout_id": found[0].payout_id,
                "status": found[0].status,
                "target_amount": f"{amount:.2f}",
                "target_currency": found[0].currency,
                "reason_code": None,
                "load_date": found[0].at.isoformat() if found[0].status == LOADED else None,
            }
        )

    def cancel(self, ref: str) -> Response[Any]:
        found = [each for each in self._books if each.ref == ref]
        if not found:
            return refused(404, "payout_not_found")
        if found[0].status != ACCEPTED:
            return refused(400, "cannot_cancel")
        self.bring(ref, CANCELLED)
        return Response({"result": "Cancelled"}, status_code=200)

    def register(self, payee_id: str) -> Response[Any]:
        self.payees.setdefault(payee_id, "Pending")
        link = f"{self.url}/register/{payee_id}"
        return Response({"registration_link": link, "token": "t"}, status_code=201)

    def decide(self, payee_id: str, status: str) -> None:
        """The member has finished the registration: `Active` or `Declined`."""
        self.payees[payee_id] = status
        route = "payee-approved" if status == "Active" else "payee-declined"
        self._news(route, {"Payee Id": payee_id})

    def effects(self) -> list[Effect]:
        return [
            Effect(
                ref=each.ref,
                amount_micros=each.amount_micros,
                currency=each.currency,
                state=each.status,
                provider_ref=each.payout_id,
            )
            for each in self._books
            if each.status != CANCELLED
        ]

    def handlers(self) -> Sequence[Any]:
        @post("/api/v2/oauth2/token", sync_to_thread=False)
        def token(request: Request[Any, Any, Any]) -> Response[Any]:
            return self.token(request.headers.get("authorization", ""))

        @post("/v4/programs/{program:str}/masspayouts", sync_to_thread=False)
        def pay(request: Request[Any, Any, Any], program: str, data: Any) -> Response[Any]:
            return self.denied(request, program) or self.pay(data["Payments"])

        @get("/v4/programs/{program:str}/payouts/{ref:str}/status", sync_to_thread=False)
        def status(request: Request[Any, Any, Any], program: str, ref: str) -> Response[Any]:
            return self.denied(request, program) or self.status(ref)

        @put("/v4/programs/{program:str}/payouts/{ref:str}/cancel", sync_to_thread=False)
        def cancel(request: Request[Any, Any, Any], program: str, ref: str) -> Response[Any]:
            return self.denied(request, program) or self.cancel(ref)

        @post("/v4/programs/{program:str}/payees/registration-link", sync_to_thread=False)
        def register(request: Request[Any, Any, Any], program: str, data: Any) -> Response[Any]:
            return self.denied(request, program) or self.register(data["payee_id"])

        @get("/v4/programs/{program:str}/payees/{payee:str}/status", sync_to_thread=False)
        def payee(request: Request[Any, Any, Any], program: str, payee: str) -> Response[Any]:
            known = self.payees.get(payee)
            told = refused(404, "payee_not_found")
            if known is not None:
                told = Response({"status": {"type": len(known), "description": known}})
            return self.denied(request, program) or told

        return [token, pay, status, cancel, register, payee]


def refused(
    status: int, sub_code: str, *, errors: Sequence[Mapping[str, str]] = ()
) -> Response[Any]:
    details = {"code": str(status), "sub_code": sub_code, "errors": list(errors)}
    body = {"error": "refused", "error_description": sub_code, "error_details": details}
    return Response(body, status_code=status)
