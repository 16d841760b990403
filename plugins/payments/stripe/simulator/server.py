"""Stripe as far as we use it, in memory: it pays once per key and keeps its own list of effects."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final

from litestar import Request, Response, route

from plugins.payments.stripe.simulator.asked import Asked, Problem, Told, params_of
from plugins.payments.stripe.simulator.books import Books, Json, micros_of
from plugins.payments.stripe.simulator.checkout import Checkout
from plugins.payments.stripe.simulator.connect import Connect
from plugins.payments.stripe.simulator.global_payouts import GlobalPayouts
from plugins.payments.stripe.simulator.idempotency import Idempotency
from plugins.payments.stripe.simulator.identity import Identity
from plugins.payments.stripe.simulator.lists import v1_page
from plugins.simulation import START, Effect, OutgoingWebhook, Simulator

MONEY: Final = re.compile(
    r"/v1/(transfers|payouts|refunds|checkout/sessions)|/v2/money_management/outbound_payments"
)
CANCEL: Final = re.compile(r".*/cancel")
API_KEY: Final = "sk_test_simulator"  # any key that begins so is let in
WEBHOOK_SECRET: Final = "whsec_simulator"  # noqa: S105  # signs webhooks of a simulator

Work = Callable[[Asked], Json | Told]


class StripeSimulator(Simulator):
    """v1 takes forms, v2 takes JSON; both answer as `stripe`'s own client expects."""

    name: ClassVar[str] = "stripe"

    def __init__(self, *, start: Any = START) -> None:
        super().__init__(start=start)
        self.webhook_secret = WEBHOOK_SECRET
        self.books = Books(now=self.clock.now, publish=self._publish)
        self.connect = Connect(self.books, url=lambda: self.url)
        self.checkout = Checkout(self.books, url=lambda: self.url)
        self.global_payouts = GlobalPayouts(self.books, url=lambda: self.url)
        self.identity = Identity(self.books, url=lambda: self.url)
        self.idempotency = Idempotency()
        self.refusals: list[Problem] = []
        self.inner_errors: list[str] = []  # "before" or "after" the work: a 500 of Stripe's own
        self.strange_answers: list[Any] = []
        self.cancel_refusal: Problem | None = None
        self._routes = self._table()

    # -- for tests ------------------------------------------------------------

    def refuse_next(self, kind: str, *, code: str = "", param: str = "", status: int = 400) -> None:
        """The next call that moves money is answered with this error."""
        self.refusals.append(Problem(kind, status=status, code=code, param=param))

    def refuse_cancels(self, kind: str) -> None:
        """From now on, whatever `cancelable` said when it was read."""
        self.cancel_refusal = Problem(kind)

    def break_next(self, when: str) -> None:
        """The next call that moves money ends in a 500 which v1 then repeats for its key."""
        assert when in ("before", "after")
        self.inner_errors.append(when)

    def answer_next(self, content: Any) -> None:
        """The next call that moves money does so, and answers with this instead."""
        self.strange_answers.append(content)

    def payments(self, kind: str, item_ref: str) -> list[Json]:
        return [
            each
            for each in self.books.all(kind)
            if (each.get("metadata") or {}).get("item_ref") == item_ref
        ]

    # -- Simulator ------------------------------------------------------------

    def handlers(self) -> list[Any]:
        @route(["/{path:path}"], http_method=["GET", "POST", "DELETE"], sync_to_thread=False)
        def anything(request: Request[Any, Any, Any], body: bytes) -> Response[Any]:
            return self._answer(request, body)

        return [anything]

    def is_money_call(self, method: str, path: str) -> bool:
        return method == "POST" and MONEY.match(path) is not None and not CANCEL.match(path)

    def effects(self) -> list[Effect]:
        with self.lock:
            self._go_on()
            return [
                *self._effects("outbound_payment", "item_ref"),
                *self._effects("transfer", "item_ref"),
                *self._effects("payout", "item_ref"),
                *self._effects("charge", "deposit_ref"),
                *self._effects("refund", "refund_ref"),
            ]

    def _effects(self, kind: str, name: str) -> list[Effect]:
        return [_effect(each, name) for each in reversed(list(self.books.all(kind)))]

    def sign(self, event: OutgoingWebhook) -> Mapping[str, str]:
        """By Stripe's own library, so that what we verify is what Stripe signs."""
        from stripe import WebhookSignature  # noqa: PLC0415  # costs over a second

        header = WebhookSignature.generate_signature_header(
            event.body.decode(), self.webhook_secret, int(self.clock.now().timestamp())
        )
        return {"Stripe-Signature": header}

    # -- one request ----------------------------------------------------------

    def _answer(self, request: Request[Any, Any, Any], body: bytes) -> Response[Any]:
        path = request.scope["path"]
        try:
            asked = _asked(request, body, path)
            self._go_on()
            told = self._told(asked)
        except Problem as problem:
            told = Told(status=problem.status, body=problem.body)
        except KeyError as error:
            refused = Problem("invalid_request_error", code="parameter_missing", param=str(error))
            told = Told(status=refused.status, body=refused.body)
        return _response(told, number=len(self.calls))

    def _told(self, asked: Asked) -> Told:
        work = self._work_of(asked)
        if asked.path.startswith(("/v1/", "/v2/")) and not asked.api_key.startswith("sk_test_"):
            raise Problem("invalid_request_error", status=HTTPStatus.UNAUTHORIZED)
        return self.idempotency.once(asked, self.clock.now(), lambda: self._worked(asked, work))

    def _worked(self, asked: Asked, work: Work) -> Told:
        is_money = self.is_money_call(asked.method, asked.path)
        breaks = self.inner_errors.pop(0) if is_money and self.inner_errors else ""
        try:
            if is_money and self.refusals:
                raise self.refusals.pop(0)
            if self.cancel_refusal is not None and CANCEL.match(asked.path):
                raise self.cancel_refusal
            if breaks == "before":
                raise _inner()
            done = work(asked)
            if breaks == "after":
                raise _inner()
        except Problem as problem:
            return Told(status=problem.status, body=problem.body)
        if is_money and self.strange_answers:
            return Told(body=self.strange_answers.pop(0))
        # A copy: what is kept for a key stays as it was told.
        return done if isinstance(done, Told) else Told(body=json.loads(json.dumps(_shown(done))))

    def _work_of(self, asked: Asked) -> Work:
        for method, pattern, work in self._routes:
            if method == asked.method and pattern.fullmatch(asked.path):
                return work
        raise Problem("invalid_request_error", status=HTTPStatus.NOT_FOUND)

    def _table(self) -> list[tuple[str, re.Pattern[str], Work]]:
        pay, pages, v2 = self.connect, self.checkout, self.global_payouts
        money = "/v2/money_management"
        table: list[tuple[str, str, Work]] = [
            ("POST", "/v1/transfers", pay.create_transfer),
            ("GET", "/v1/transfers", pay.list_transfers),
            ("POST", "/v1/payouts", pay.create_payout),
            ("GET", "/v1/payouts", pay.list_payouts),
            ("GET", "/v1/payouts/[^/]+", pay.retrieve),
            ("POST", "/v1/payouts/[^/]+/cancel", pay.cancel_payout),
            ("POST", "/v1/accounts", pay.create_account),
            ("GET", "/v1/accounts/[^/]+", pay.retrieve),
            ("POST", "/v1/account_links", pay.create_link),
            ("GET", "/v1/balance", pay.balance),
            ("GET", "/v1/balance_transactions", pay.list_booked),
            ("GET", "/v1/events", self._list_events),
            ("POST", "/v1/checkout/sessions", pages.create),
            ("GET", "/v1/checkout/sessions", pages.list_sessions),
            ("GET", "/v1/checkout/sessions/[^/]+", pages.retrieve),
            ("POST", "/v1/refunds", pages.create_refund),
            ("GET", "/v1/refunds", pages.list_refunds),
            ("GET", "/v1/disputes", pages.list_disputes),
            ("GET", "/pay/[^/]+", pages.page),
            ("POST", "/pay/[^/]+/[a-z]+", pages.click),
            ("GET", "/onboard/[^/]+", self._onboard_page),
            ("POST", "/onboard/[^/]+", self._onboard),
            ("POST", f"{money}/outbound_payments", v2.create_payment),
            ("GET", f"{money}/outbound_payments", v2.list_payments),
            ("GET", f"{money}/outbound_payments/[^/]+", v2.retrieve),
            ("POST", f"{money}/outbound_payments/[^/]+/cancel", v2.cancel_payment),
            ("POST", f"{money}/outbound_setup_intents", v2.create_setup_intent),
            ("GET", f"{money}/payout_methods", v2.list_methods),
            ("POST", f"{money}/recipient_verifications", v2.create_verification),
            ("GET", f"{money}/financial_accounts/[^/]+", v2.financial_account),
            ("GET", f"{money}/transaction_entries", v2.list_entries),
            ("POST", "/v2/core/accounts", v2.create_recipient),
            ("GET", "/v2/core/accounts/[^/]+", v2.retrieve),
            ("POST", "/v2/core/account_links", v2.create_link),
            ("GET", "/v2/core/events", v2.list_events),
        ]
        table += self.identity.table()
        return [(method, re.compile(pattern), work) for method, pattern, work in table]

    def _list_events(self, asked: Asked) -> Json:
        types = asked.params.get("types", [])
        delivered = {each.event_id for each in self.events.sent}
        wanted = asked.params.get("delivery_success")
        found = [
            each
            for each in self.books.all("event")
            if (not types or each["type"] in types)
            and (wanted is None or (each["id"] in delivered) is (wanted == "true"))
        ]
        return v1_page(asked, found)

    def _onboard_page(self, asked: Asked) -> Told:
        account = self.books.need(asked.path.rsplit("/", 1)[-1])
        return Told(
            page="<!doctype html><title>Simulated onboarding</title>"
            f'<form method="post" action="/onboard/{account["id"]}">'
            "<button>Give Stripe a test bank account</button></form>"
        )

    def _onboard(self, asked: Asked) -> Told:
        account_id = asked.path.rsplit("/", 1)[-1]
        if self.books.need(account_id)["object"] == "account":
            self.connect.finish_onboarding(account_id)
        else:
            self.global_payouts.add_method(account_id, self.books.new_id("usba_test"))
        return Told(page="<!doctype html><title>Done</title><p>Done. You may close this page.")

    def _go_on(self) -> None:
        self.connect.go_on()
        self.checkout.go_on()
        self.global_payouts.go_on()
        self.identity.go_on()

    def _publish(self, where: str, event: Json) -> None:
        self.events.add(event_id=event["id"], body=json.dumps(event).encode(), route=where)


def _asked(request: Request[Any, Any, Any], body: bytes, path: str) -> Asked:
    headers = request.headers
    is_json = path.startswith("/v2/")
    wanted = "application/json" if is_json else "application/x-www-form-urlencoded"
    content_type = headers.get("content-type", "")
    if body and path.startswith(("/v1/", "/v2/")) and not content_type.startswith(wanted):
        raise Problem("invalid_request_error", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return Asked(
        method=request.method,
        path=path,
        params=params_of(query=request.scope["query_string"], body=body, is_json=is_json),
        key=headers.get("idempotency-key", ""),
        api_key=headers.get("authorization", "").removeprefix("Bearer "),
        account=headers.get("stripe-account") or headers.get("stripe-context") or "",
    )


def _response(told: Told, *, number: int) -> Response[Any]:
    headers = {"Request-Id": f"req_sim{number}"}
    if told.location:
        headers["Location"] = told.location
    if told.page or told.location:
        return Response(told.page, status_code=told.status, headers=headers, media_type="text/html")
    return Response(told.body, status_code=told.status, headers=headers)


def _inner() -> Problem:
    return Problem("api_error", status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _shown(value: Any) -> Any:
    """Without what only the simulator knows."""
    if isinstance(value, dict):
        return {k: _shown(each) for k, each in value.items() if not str(k).startswith("_")}
    return [_shown(each) for each in value] if isinstance(value, list) else value


def _effect(moved: Json, name: str) -> Effect:
    amount = moved["amount"]
    value, currency = (
        (amount["value"], amount["currency"])
        if isinstance(amount, dict)
        else (amount, moved["currency"])
    )
    state = "reversed" if moved.get("reversed") else moved.get("status", "transferred")
    return Effect(
        ref=(moved.get("metadata") or {}).get(name, ""),
        amount_micros=micros_of(value, currency),
        currency=currency.upper(),
        state=state,
        provider_ref=moved["id"],
    )
