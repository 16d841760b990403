"""The simulator's orders: created, approved by a person or a test, captured, refunded, disputed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from domain.money import Money
from plugins.payments.paypal.simulator.answers import (
    Asked,
    RequestIds,
    Told,
    counted_in,
    instant_text,
    not_found,
    read_money,
    unprocessable,
)
from plugins.payments.paypal.simulator.events import Events
from plugins.payments.paypal.simulator.reports import Line, Report
from plugins.simulation import Effect, SimulatedClock

REQUEST_IDS_LIVE: Final = timedelta(hours=6)
REFUND_IDS_LIVE: Final = timedelta(days=45)
FORGOTTEN_AFTER: Final = timedelta(hours=6)  # what nobody has approved
FEE_PERCENT: Final = 3
PATH: Final = "/v2/checkout/orders"
PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8">
<title>PayPal simulator</title>
<body style="font-family: sans-serif; max-width: 30em; margin: 4em auto">
<h1>PayPal simulator</h1>
<p>Nothing here is real. Somebody wants to take <strong>{amount}</strong> for {note}.</p>
<p>The order is {status}.</p>
<form method="post" action="/checkoutnow/approve?token={name}"><button>Pay</button></form>
<form method="post" action="/checkoutnow/cancel?token={name}"><button>Do not pay</button></form>
</body></html>"""


@dataclass(slots=True)
class Order:
    name: str
    asked: Mapping[str, Any]
    amount: Money
    created_at: datetime
    status: str = "CREATED"
    capture: dict[str, Any] | None = None
    refunds: list[dict[str, Any]] = field(default_factory=list)

    @property
    def unit(self) -> Mapping[str, Any]:
        unit: Mapping[str, Any] = self.asked["purchase_units"][0]
        return unit

    @property
    def ref(self) -> str:
        return str(self.unit.get("custom_id", ""))


class Orders:
    """`next_capture` is the status and the reason that the next capture gets."""

    def __init__(
        self,
        clock: SimulatedClock,
        *,
        events: Events,
        report: Report,
        balances: dict[str, int],
        address: Callable[[], str],
    ) -> None:
        self.request_ids = RequestIds(clock, live=REQUEST_IDS_LIVE)
        self.refund_ids = RequestIds(clock, live=REFUND_IDS_LIVE)
        self.orders: dict[str, Order] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.next_capture: tuple[str, str] = ("COMPLETED", "")
        self.next_refusal = ""  # an issue such as INSTRUMENT_DECLINED
        self._effects: list[Effect] = []
        self._clock = clock
        self._events = events
        self._report = report
        self._balances = balances
        self._address = address

    def create(self, asked: Asked) -> Told:
        earlier = self.request_ids.earlier(asked)
        if earlier is not None:
            return Told(body=earlier.body, status=HTTPStatus.OK)
        amount = read_money(asked.body["purchase_units"][0]["amount"])
        name = f"5O{len(self.orders) + 1:015d}"
        order = Order(name=name, asked=asked.body, amount=amount, created_at=self._clock.now())
        self.orders[name] = order
        return self.request_ids.keep(asked, Told(body=self._shown(order, asked)))

    def show(self, asked: Asked) -> Told:
        return Told(body=self._whole(self._named(asked.names["id"])))

    def capture(self, asked: Asked) -> Told:
        earlier = self.request_ids.earlier(asked)
        if earlier is not None:
            return earlier
        order = self._named(asked.names["id"])
        if order.capture is not None:
            raise unprocessable("ORDER_ALREADY_CAPTURED")
        if self.next_refusal:
            issue, self.next_refusal = self.next_refusal, ""
            raise unprocessable(issue)
        if order.status != "APPROVED":
            raise unprocessable("ORDER_NOT_APPROVED")
        self._capture(order)
        return self.request_ids.keep(asked, Told(body=self._shown(order, asked)))

    def refund(self, asked: Asked) -> Told:
        earlier = self.refund_ids.earlier(asked)
        if earlier is not None:
            return earlier
        order = self._captured(asked.names["id"])
        assert order.capture is not None
        amount = read_money(asked.body["amount"])
        back = sum(read_money(each["amount"]).micros for each in order.refunds)
        if order.capture["status"] == "REFUNDED":
            raise unprocessable("CAPTURE_FULLY_REFUNDED")
        if back + amount.micros > order.amount.micros:
            raise unprocessable("REFUND_AMOUNT_EXCEEDED")
        refund = {
            "id": f"1JU{len(self._effects):014d}",
            "status": "COMPLETED",
            "amount": counted_in(amount),
            "create_time": instant_text(self._clock.now()),
            **{n: asked.body[n] for n in ("custom_id", "invoice_id") if n in asked.body},
        }
        order.refunds.append(refund)
        is_whole = back + amount.micros == order.amount.micros
        order.capture["status"] = "REFUNDED" if is_whole else "PARTIALLY_REFUNDED"
        self._book(refund, -amount, code="T1107", ref=str(refund.get("custom_id", "")))
        self._tell("PAYMENT.CAPTURE.REFUNDED", "refund", refund, order)
        return self.refund_ids.keep(asked, Told(body=refund))

    def cases(self, asked: Asked) -> Told:
        wanted = asked.query.get("disputed_transaction_id")
        found = [each for each in self.disputes.values() if wanted in (None, _capture_id(each))]
        shown = [{name: each[name] for name in ("dispute_id", "status")} for each in found]
        return Told(body={"items": shown, "links": []})

    def case(self, asked: Asked) -> Told:
        if asked.names["id"] not in self.disputes:
            raise not_found()
        return Told(body=self.disputes[asked.names["id"]])

    # -- what people do -------------------------------------------------------

    def approve(self, name: str) -> Order:
        order = self._named(name)
        if order.status == "CREATED":
            order.status = "APPROVED"
            shown = self._whole(order)
            self._events.tell(
                "CHECKOUT.ORDER.APPROVED", resource_type="checkout-order", resource=shown
            )
        return order

    def open_dispute(self, name: str) -> str:
        order = self._named(name)
        assert order.capture is not None
        case = f"PP-D-{len(self.disputes) + 1}"
        bought = {"seller_transaction_id": order.capture["id"], "custom": order.ref}
        self.disputes[case] = {
            "dispute_id": case,
            "status": "WAITING_FOR_SELLER_RESPONSE",
            "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
            "disputed_transactions": [bought],
            "dispute_amount": counted_in(order.amount),
        }
        self._tell_case(case, "CREATED")
        return case

    def resolve_dispute(self, case: str, outcome: str) -> None:
        dispute = self.disputes[case]
        dispute["status"] = "RESOLVED"
        dispute["dispute_outcome"] = {"outcome_code": outcome}
        if outcome == "RESOLVED_BUYER_FAVOUR":
            order = self._captured(_capture_id(dispute))
            taken = {"id": f"CB{len(self._effects):015d}", "status": "LOST"}
            self._book(taken, -order.amount, code="T1201", ref=order.ref)
        self._tell_case(case, "RESOLVED")

    def page(self, asked: Asked) -> Told:
        order = self._named(asked.query.get("token", ""))
        html = PAGE.format(
            amount=escape(str(order.amount)),
            note=escape(str(order.unit.get("description", "a deposit"))),
            status=escape(order.status.lower()),
            name=order.name,
        )
        return Told(body=html, media_type="text/html")

    def pressed_approve(self, asked: Asked) -> Told:
        order = self.approve(asked.query.get("token", ""))
        return self._sent_back(order, "return_url")

    def pressed_cancel(self, asked: Asked) -> Told:
        return self._sent_back(self._named(asked.query.get("token", "")), "cancel_url")

    def effects(self) -> Iterator[Effect]:
        yield from self._effects

    # -- the rest -------------------------------------------------------------

    def _capture(self, order: Order) -> None:
        (status, reason), self.next_capture = self.next_capture, ("COMPLETED", "")
        now = instant_text(self._clock.now())
        fee = _fee_of(order.amount)
        order.status = "COMPLETED"
        capture: dict[str, Any] = {
            "id": f"3C{len(self._effects) + len(self.orders):015d}",
            "status": status,
            "amount": counted_in(order.amount),
            "final_capture": True,
            "create_time": now,
            "update_time": now,
            **{n: order.unit[n] for n in ("custom_id", "invoice_id") if n in order.unit},
        }
        if reason:
            capture["status_details"] = {"reason": reason}
        order.capture = capture
        if status == "COMPLETED":
            self._settle(order, fee)
        kind = status if status in ("COMPLETED", "PENDING") else "DENIED"
        self._tell(f"PAYMENT.CAPTURE.{kind}", "capture", capture, order)

    def complete(self, name: str) -> None:
        """What was pending has arrived."""
        order = self._named(name)
        assert order.capture is not None
        order.capture["status"] = "COMPLETED"
        order.capture.pop("status_details", None)
        self._settle(order, _fee_of(order.amount))
        self._tell("PAYMENT.CAPTURE.COMPLETED", "capture", order.capture, order)

    def _settle(self, order: Order, fee: Money) -> None:
        assert order.capture is not None
        order.capture["seller_receivable_breakdown"] = {
            "gross_amount": counted_in(order.amount),
            "paypal_fee": counted_in(fee),
            "net_amount": counted_in(order.amount - fee),
        }
        self._book(order.capture, order.amount, code="T0006", ref=order.ref, fee=-fee)

    def _book(
        self,
        made: Mapping[str, Any],
        amount: Money,
        *,
        code: str,
        ref: str,
        fee: Money | None = None,
    ) -> None:
        name = str(made["id"])
        effect = Effect(
            ref=ref,
            amount_micros=amount.micros,
            currency=amount.currency,
            state=str(made["status"]),
            provider_ref=name,
        )
        self._effects.append(effect)
        self._balances[amount.currency] += amount.micros + (fee.micros if fee else 0)
        self._report.other.append(
            Line(
                transaction_id=name,
                code=code,
                at=self._clock.now(),
                amount=amount,
                fee=fee,
                custom=ref,
                invoice=str(made.get("invoice_id", "")),
            )
        )

    def _tell(self, event_type: str, kind: str, made: Mapping[str, Any], order: Order) -> None:
        related = {"supplementary_data": {"related_ids": {"order_id": order.name}}}
        self._events.tell(event_type, resource_type=kind, resource={**made, **related})

    def _tell_case(self, case: str, what: str) -> None:
        self._events.tell(
            f"CUSTOMER.DISPUTE.{what}", resource_type="dispute", resource=self.disputes[case]
        )

    def _shown(self, order: Order, asked: Asked) -> dict[str, Any]:
        shown = self._whole(order)
        if asked.headers.get("prefer") == "return=representation":
            return shown
        return {name: shown[name] for name in ("id", "status", "links")}

    def _whole(self, order: Order) -> dict[str, Any]:
        unit = {**order.unit, "amount": counted_in(order.amount)}
        if order.capture is not None:
            unit["payments"] = {"captures": [order.capture]}
            if order.refunds:
                unit["payments"]["refunds"] = order.refunds
        path = f"{self._address()}{PATH}/{order.name}"
        approval = f"{self._address()}/checkoutnow?token={order.name}"
        return {
            "id": order.name,
            "intent": "CAPTURE",
            "status": order.status,
            "create_time": instant_text(order.created_at),
            "purchase_units": [unit],
            "links": [
                {"href": path, "rel": "self", "method": "GET"},
                {"href": approval, "rel": "approve", "method": "GET"},
                {"href": f"{path}/capture", "rel": "capture", "method": "POST"},
            ],
        }

    def _sent_back(self, order: Order, which: str) -> Told:
        url = str((order.asked.get("application_context") or {}).get(which) or "")
        if not url.startswith(("http://", "https://")):
            return Told(body=f"The order is {order.status}.", media_type="text/plain")
        joint = "&" if "?" in url else "?"
        location = f"{url}{joint}{urlencode({'token': order.name})}"
        return Told(
            body="",
            status=HTTPStatus.SEE_OTHER,
            media_type="text/plain",
            headers={"Location": location},
        )

    def _named(self, name: str) -> Order:
        order = self.orders.get(name)
        if order is None:
            raise not_found()
        is_old = order.created_at + FORGOTTEN_AFTER <= self._clock.now()
        if order.status == "CREATED" and is_old:
            raise not_found()
        return order

    def _captured(self, capture_id: str) -> Order:
        for order in self.orders.values():
            if order.capture is not None and order.capture["id"] == capture_id:
                return order
        raise not_found()


def _capture_id(dispute: Mapping[str, Any]) -> str:
    return str(dispute["disputed_transactions"][0]["seller_transaction_id"])


def _fee_of(amount: Money) -> Money:
    """Rounded down to what the currency can be cut into."""
    step = 1_000_000 if amount.currency in ("HUF", "JPY", "TWD") else 10_000
    micros = amount.micros * FEE_PERCENT // 100
    return Money(micros - micros % step, amount.currency)
