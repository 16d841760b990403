"""Deposits at the simulator: pages that take money, delayed methods, refunds, disputes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import escape
from typing import Final

from plugins.payments.stripe.simulator.asked import Asked, Told, invalid, missing
from plugins.payments.stripe.simulator.books import Books, Json, require_amount
from plugins.payments.stripe.simulator.lists import v1_page

OPEN_LENGTH: Final = timedelta(hours=24)
FEE_BASIS_POINTS: Final = 290
FEE_FIXED: Final = 30
ROUTE: Final = "deposits"
METHODS: Final = {
    "card": "Pay by card",
    "bank": "Pay by bank debit, which takes days",
    "fail": "Let the bank debit fail at once",
}


class Checkout:
    def __init__(self, books: Books, *, url: Callable[[], str]) -> None:
        self._books = books
        self._url = url

    def go_on(self) -> None:
        """Pages close by themselves."""
        now = self._books.now().timestamp()
        for session in list(self._books.open["session"].values()):
            if session["status"] == "open" and now >= session["expires_at"]:
                session |= {"status": "expired", "url": None}
                self._books.close("session", session)
                self._books.tell("checkout.session.expired", session, route=ROUTE)

    # -- calls ----------------------------------------------------------------

    def create(self, asked: Asked) -> Json:
        params = asked.params
        for name in ("mode", "line_items", "success_url"):
            if not params.get(name):
                raise invalid("parameter_missing", param=name)
        (line,) = params["line_items"]
        price = line["price_data"]
        amount = require_amount(price["unit_amount"], price["currency"], param="unit_amount")
        session_id = self._books.new_id("cs_test")
        return self._books.add_open(
            "session",
            {
                "id": session_id,
                "object": "checkout.session",
                "amount_total": amount * int(line.get("quantity", 1)),
                "currency": price["currency"],
                "client_reference_id": params.get("client_reference_id"),
                "created": self._books.seconds(),
                "expires_at": int(
                    params.get("expires_at") or self._books.seconds() + OPEN_LENGTH.total_seconds()
                ),
                "livemode": False,
                "metadata": params.get("metadata", {}),
                "mode": params["mode"],
                "payment_intent": None,
                "payment_status": "unpaid",
                "status": "open",
                "success_url": params["success_url"],
                "url": f"{self._url()}/pay/{session_id}",
                "_intent": params.get("payment_intent_data", {}).get("metadata", {}),
            },
        )

    def retrieve(self, asked: Asked) -> Json:
        session = self._books.need(asked.path.rsplit("/", 1)[-1])
        return self._shown(session, asked.params.get("expand", []), prefix="")

    def list_sessions(self, asked: Asked) -> Json:
        intent = asked.params.get("payment_intent")
        found = [
            each
            for each in self._books.all("session")
            if intent is None or each["payment_intent"] == intent
        ]
        page = v1_page(asked, found)
        expand = asked.params.get("expand", [])
        page["data"] = [self._shown(each, expand, prefix="data.") for each in page["data"]]
        return page

    def _shown(self, session: Json, expand: list[str], *, prefix: str) -> Json:
        """What is not asked to be expanded is an id, as with Stripe."""
        shown = {name: value for name, value in session.items() if not name.startswith("_")}
        path = f"{prefix}payment_intent"
        if session["payment_intent"] is None or not any(e.startswith(path) for e in expand):
            return shown
        intent = dict(self._books.objects[session["payment_intent"]])
        charge_id = intent["latest_charge"]
        if charge_id and any(each.startswith(f"{path}.latest_charge") for each in expand):
            charge = dict(self._books.objects[charge_id])
            if f"{path}.latest_charge.balance_transaction" in expand:
                booked = self._books.objects.get(charge["balance_transaction"])
                charge["balance_transaction"] = booked
            intent["latest_charge"] = charge
        return {**shown, "payment_intent": intent}

    def create_refund(self, asked: Asked) -> Json:
        intent = self._books.need(str(asked.params["payment_intent"]), param="payment_intent")
        charge = self._books.need(intent["latest_charge"])
        currency = charge["currency"]
        left = charge["amount"] - charge["amount_refunded"]
        amount = require_amount(asked.params.get("amount", left), currency)
        if not left:
            raise invalid("charge_already_refunded")
        if amount > left:
            raise invalid("", param="amount", message="Refund amount is greater than what is left")
        if self._books.balance(currency) < amount:
            raise invalid("insufficient_funds")
        refund = self._books.add(
            "refund",
            {
                "id": self._books.new_id("re"),
                "object": "refund",
                "amount": amount,
                "charge": charge["id"],
                "created": self._books.seconds(),
                "currency": currency,
                "failure_reason": None,
                "metadata": asked.params.get("metadata", {}),
                "payment_intent": intent["id"],
                "status": "succeeded",
            },
        )
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._books.book("refund", -amount, currency, source=refund["id"])
        self._books.tell("charge.refunded", charge, route=ROUTE)
        self._books.tell("refund.created", refund, route=ROUTE)
        return refund

    def list_refunds(self, asked: Asked) -> Json:
        return v1_page(asked, self._of_intent("refund", asked))

    def list_disputes(self, asked: Asked) -> Json:
        return v1_page(asked, self._of_intent("dispute", asked))

    def _of_intent(self, kind: str, asked: Asked) -> list[Json]:
        intent = asked.params.get("payment_intent")
        return [each for each in self._books.all(kind) if intent in (None, each["payment_intent"])]

    # -- what people do -------------------------------------------------------

    def page(self, asked: Asked) -> Told:
        session = self._books.need(asked.path.split("/")[2])
        buttons = "".join(
            f'<form method="post" action="/pay/{session["id"]}/{method}">'
            f"<button>{escape(text)}</button></form>"
            for method, text in METHODS.items()
        )
        total = f"{session['amount_total']} {session['currency'].upper()}"
        content = buttons if session["status"] == "open" else f"This page is {session['status']}."
        return Told(
            page=f"<!doctype html><title>Simulated Checkout</title><h1>Pay {total}</h1>"
            f"<p>In the smallest unit. No money moves.</p>{content}"
        )

    def click(self, asked: Asked) -> Told:
        _, _, session_id, method = asked.path.split("/")
        self.pay(session_id, method=method)
        return Told(status=303, location=self._books.objects[session_id]["success_url"])

    def pay(self, session_id: str, *, method: str = "card") -> Json:
        session = self._books.need(session_id)
        if session["status"] != "open" or method not in METHODS:
            raise missing(session_id)
        intent = self._books.add(
            "payment_intent",
            {
                "id": self._books.new_id("pi"),
                "object": "payment_intent",
                "amount": session["amount_total"],
                "currency": session["currency"],
                "created": self._books.seconds(),
                "latest_charge": None,
                "metadata": session["_intent"],
                "status": "processing",
            },
        )
        session |= {"status": "complete", "payment_intent": intent["id"], "url": None}
        self._books.close("session", session)
        if method == "card":
            self._charge(session, intent)
            self._books.tell("checkout.session.completed", self._plain(session), route=ROUTE)
        else:
            self._books.tell("checkout.session.completed", self._plain(session), route=ROUTE)
            if method == "fail":
                self.settle_delayed(session_id, is_paid=False)
        return session

    def settle_delayed(self, session_id: str, *, is_paid: bool = True) -> None:
        """Days later the bank says whether the debit went through."""
        session = self._books.need(session_id)
        intent = self._books.need(session["payment_intent"])
        if is_paid:
            self._charge(session, intent)
        else:
            intent["status"] = "requires_payment_method"
        what = "succeeded" if is_paid else "failed"
        event = f"checkout.session.async_payment_{what}"
        self._books.tell(event, self._plain(session), route=ROUTE)

    def dispute(self, session_id: str, *, status: str = "needs_response") -> Json:
        session = self._books.need(session_id)
        intent = self._books.need(session["payment_intent"])
        charge = self._books.need(intent["latest_charge"])
        charge["disputed"] = True
        dispute = self._books.add(
            "dispute",
            {
                "id": self._books.new_id("du"),
                "object": "dispute",
                "amount": charge["amount"],
                "charge": charge["id"],
                "created": self._books.seconds(),
                "currency": charge["currency"],
                "metadata": {},
                "payment_intent": intent["id"],
                "status": status,
            },
        )
        if not status.startswith("warning"):
            self._books.book(
                "adjustment", -charge["amount"], charge["currency"], source=dispute["id"]
            )
        self._books.tell("charge.dispute.created", dispute, route=ROUTE)
        return dispute

    def close_dispute(self, dispute_id: str, status: str) -> None:
        dispute = self._books.need(dispute_id)
        dispute["status"] = status
        if status == "won":
            self._books.book(
                "adjustment", dispute["amount"], dispute["currency"], source=dispute_id
            )
        self._books.tell("charge.dispute.closed", dispute, route=ROUTE)

    def fail_refund(self, refund_id: str) -> None:
        """The card is gone: days later the money is back with us."""
        refund = self._books.need(refund_id)
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        self._books.need(refund["charge"])["amount_refunded"] -= refund["amount"]
        self._books.book("refund_failure", refund["amount"], refund["currency"], source=refund_id)
        self._books.tell("refund.failed", refund, route=ROUTE)

    def _charge(self, session: Json, intent: Json) -> None:
        amount, currency = session["amount_total"], session["currency"]
        fee = min(amount * FEE_BASIS_POINTS // 10_000 + FEE_FIXED, amount)
        charge_id = self._books.new_id("ch")
        booked = self._books.book("charge", amount, currency, source=charge_id, fee=fee)
        self._books.add(
            "charge",
            {
                "id": charge_id,
                "object": "charge",
                "amount": amount,
                "amount_refunded": 0,
                "balance_transaction": booked["id"],
                "created": self._books.seconds(),
                "currency": currency,
                "disputed": False,
                "metadata": intent["metadata"],
                "payment_intent": intent["id"],
                "refunded": False,
                "status": "succeeded",
            },
        )
        intent |= {"status": "succeeded", "latest_charge": charge_id}
        session["payment_status"] = "paid"

    def _plain(self, session: Json) -> Json:
        return {name: value for name, value in session.items() if not name.startswith("_")}
