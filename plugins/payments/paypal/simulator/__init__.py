"""PayPal's side, in memory: what the plugin, the demo and the tests talk to instead of PayPal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from plugins.payments.paypal.simulator.answers import Asked, Tokens, operation
from plugins.payments.paypal.simulator.events import CERTIFICATE_PATH, ROUTE, WEBHOOK_ID, Events
from plugins.payments.paypal.simulator.orders import Orders
from plugins.payments.paypal.simulator.payouts import Payouts
from plugins.payments.paypal.simulator.reports import Report, start_balances
from plugins.payments.paypal.simulator.signing import root_pem
from plugins.simulation import START, Effect, OutgoingWebhook, Simulator

__all__ = ["PayPalSimulator", "config_of"]

NO_MONEY: Final = ("/v1/oauth2/", "/v1/notifications/", "/checkoutnow")


class PayPalSimulator(Simulator):
    """Payments to `unclaimed@…`, `failed@…` and so on go wrong; `payouts.SCENARIOS` has all."""

    name: ClassVar[str] = "paypal"

    def __init__(self, *, start: datetime | None = START) -> None:
        super().__init__(start=start)
        self.balances = start_balances()
        self.tokens = Tokens(self.clock)
        self.news = Events(self.clock, send=self._send, address=self._address)
        self.payouts = Payouts(
            self.clock, events=self.news, balances=self.balances, address=self._address
        )
        self.report = Report(self.clock, items=self.payouts.items, balances=self.balances)
        self.orders = Orders(
            self.clock,
            events=self.news,
            report=self.report,
            balances=self.balances,
            address=self._address,
        )

    def handlers(self) -> Sequence[Any]:
        payouts, orders, news = self.payouts, self.orders, self.news
        guarded = {
            "POST /v1/payments/payouts": payouts.create,
            "GET /v1/payments/payouts/{id}": payouts.show,
            "GET /v1/payments/payouts-item/{payout_item_id}": payouts.show_item,
            "POST /v1/payments/payouts-item/{payout_item_id}/cancel": payouts.cancel,
            "GET /v1/notifications/webhooks-events": news.listed,
            "POST /v1/notifications/webhooks-events/{event_id}/resend": news.resend,
            "POST /v1/notifications/verify-webhook-signature": news.verify,
            "GET /v1/reporting/transactions": self.report.show,
            "GET /v1/reporting/balances": self.report.balances,
            "POST /v2/checkout/orders": orders.create,
            "GET /v2/checkout/orders/{id}": orders.show,
            "POST /v2/checkout/orders/{id}/capture": orders.capture,
            "POST /v2/payments/captures/{id}/refund": orders.refund,
            "GET /v1/customer/disputes": orders.cases,
            "GET /v1/customer/disputes/{id}": orders.case,
        }
        open_to_all = {
            "POST /v1/oauth2/token": self.tokens.issue,
            f"GET {CERTIFICATE_PATH}": news.certificate,
            "GET /checkoutnow": orders.page,
            "POST /checkoutnow/approve": orders.pressed_approve,
            "POST /checkoutnow/cancel": orders.pressed_cancel,
        }
        return [
            *(operation(key, work, require=self._admit) for key, work in guarded.items()),
            *(operation(key, work) for key, work in open_to_all.items()),
        ]

    def effects(self) -> list[Effect]:
        with self.lock:
            return [*self.payouts.effects(), *self.orders.effects()]

    def sign(self, event: OutgoingWebhook) -> Mapping[str, str]:
        return self.news.sign(event)

    def is_money_call(self, method: str, path: str) -> bool:
        return method == "POST" and not path.startswith(NO_MONEY)

    def decide(self, item_ref: str, status: str) -> None:
        """What PayPal says of this payment from now on, whatever its receiver is called."""
        with self.lock:
            self.payouts.decide(item_ref, status)

    def _admit(self, asked: Asked) -> None:
        """Whoever asks sees what the clock has brought about meanwhile."""
        self.tokens.require(asked)
        self.payouts.go_on()

    def _send(self, event_id: str, body: bytes) -> None:
        self.events.add(event_id=event_id, body=body, route=ROUTE)

    def _address(self) -> str:
        return self.url


def config_of(url: str) -> dict[str, Any]:
    """The configuration of an instance that talks to a simulator at `url`."""
    return {"endpoint": url, "webhook_ids": [WEBHOOK_ID], "certificate_roots": root_pem()}
