"""The v2 side: recipients, their payout methods, checks of names, outbound payments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from plugins.payments.stripe.simulator.asked import Asked, Problem, missing
from plugins.payments.stripe.simulator.books import CURRENCIES, Books, Json, require_amount
from plugins.payments.stripe.simulator.lists import v2_page

POSTED_AFTER: Final = timedelta(hours=1)
FINANCIAL_ACCOUNT: Final = "fa_test_simulated0001"
RECIPIENT: Final = "acct_recipient0001"
PAYOUT_METHOD: Final = "usba_test_simulated0001"
LAST_DIGITS: Final = 4
# Bank accounts that go wrong on purpose, as Stripe's own test numbers do.
FATES: Final = {
    "000111111116": ("returned", "payout_method_does_not_exist"),
    "000111111113": ("returned", "payout_method_closed"),
    "000333333335": ("failed", "payout_method_declined"),
}
UNUSABLE_NUMBER: Final = "000000000000"
ALTERNATIVES: Final = {
    "posted": "posted_at",
    "failed": "failed_at",
    "returned": "returned_at",
    "canceled": "canceled_at",
}


class GlobalPayouts:
    def __init__(self, books: Books, *, url: Callable[[], str]) -> None:
        self._books = books
        self._url = url
        self.match_result = "match"
        self._fates: dict[str, tuple[str, str]] = {}  # by payout method
        self.add_recipient(RECIPIENT)
        self.add_method(RECIPIENT, PAYOUT_METHOD)

    def add_recipient(self, account_id: str) -> Json:
        return self._books.add(
            "recipient",
            {
                "id": account_id,
                "object": "v2.core.account",
                "closed": None,
                "created": self._books.instant(),
                "configuration": {
                    "recipient": {
                        "capabilities": {"bank_accounts": {"local": {"status": "active"}}}
                    }
                },
                "livemode": False,
            },
        )

    def add_method(self, recipient: str, method_id: str, *, number: str = "000123456789") -> Json:
        self._fates[method_id] = FATES.get(number, ("posted", ""))
        return self._books.add(
            "payout_method",
            {
                "id": method_id,
                "object": "v2.money_management.payout_method",
                "archived": False,
                "restricted": False,
                "created": self._books.instant(),
                "type": "bank_account",
                "bank_account": {"country": "us", "last4": number[-LAST_DIGITS:]},
                "usage_status": {
                    "payments": "invalid" if number == UNUSABLE_NUMBER else "eligible",
                    "transfers": "ineligible",
                },
                "livemode": False,
                "_recipient": recipient,
            },
        )

    # -- what time does -------------------------------------------------------

    def go_on(self) -> None:
        for payment in list(self._books.open["outbound_payment"].values()):
            created = datetime.fromisoformat(payment["created"])
            if payment["status"] == "processing" and self._books.now() - created >= POSTED_AFTER:
                if payment["status_details"] is not None:
                    continue  # under review, until somebody decides
                status, reason = self._fates[payment["to"]["payout_method"]]
                if status == "returned":
                    self.set_payment(payment, "posted")
                self.set_payment(payment, status, reason=reason)

    def set_payment(self, payment: Json, status: str, *, reason: str = "") -> None:
        """By hand: also `under_review`, and `returned` weeks after `posted`."""
        event = "v2.money_management.outbound_payment"
        if status == "under_review":
            payment["status_details"] = {"processing": {"reason": "under_review"}}
            self._books.tell_thin(f"{event}.under_review", payment)
            return
        if payment["status"] == status:
            return
        self._entries(payment, payment["status"], status)
        self._books.close("outbound_payment", payment)
        payment |= {
            "status": status,
            "cancelable": False,
            "status_details": {status: {"reason": reason}} if reason else None,
        }
        payment["status_transitions"][ALTERNATIVES[status]] = self._books.instant()
        self._books.tell_thin(f"{event}.{status}", payment)

    def _entries(self, payment: Json, before: str, status: str) -> None:
        value = payment["amount"]["value"]
        if status == "posted":
            self._books.entry(payment, "outbound_payment", pending=-value)
        elif before == "posted":  # it comes back
            self._books.entry(payment, "outbound_payment_reversal", available=value)
        else:
            self._books.entry(payment, "outbound_payment", available=value, pending=-value)

    # -- calls ----------------------------------------------------------------

    def create_payment(self, asked: Asked) -> Json:
        params = asked.params
        currency = params["amount"]["currency"]
        value = require_amount(params["amount"]["value"], currency, param="amount.value")
        if params["from"]["financial_account"] != FINANCIAL_ACCOUNT:
            raise missing(params["from"]["financial_account"], param="from.financial_account")
        method = self._method(params["to"])
        if method["usage_status"]["payments"] != "eligible":
            raise Problem("invalid_payout_method", code="outbound_payment_invalid_payout_method")
        if self._books.balance(currency) < value:
            raise Problem("insufficient_funds", code="outbound_payment_insufficient_funds")
        amount = {"value": value, "currency": currency}
        payment = self._books.add_open(
            "outbound_payment",
            {
                "id": self._books.new_id("obp"),
                "object": "v2.money_management.outbound_payment",
                "amount": amount,
                "cancelable": True,
                "created": self._books.instant(),
                "expected_arrival_date": None,
                "from": {"debited": amount, "financial_account": FINANCIAL_ACCOUNT},
                "livemode": False,
                "metadata": params.get("metadata", {}),
                "recipient_notification": params.get("recipient_notification"),
                "recipient_verification": params.get("recipient_verification"),
                "statement_descriptor": params.get("statement_descriptor", "SIMULATED"),
                "status": "processing",
                "status_details": None,
                "status_transitions": {},
                "to": {
                    "recipient": params["to"]["recipient"],
                    "payout_method": method["id"],
                    "credited": amount,
                },
            },
        )
        self._books.entry(payment, "outbound_payment", available=-value, pending=value)
        event = "v2.money_management.outbound_payment.created"
        self._books.tell_thin(event, payment, key=asked.key)
        return payment

    def _method(self, to: Json) -> Json:
        recipient = self._books.objects.get(to["recipient"])
        if recipient is None:
            raise missing(to["recipient"], param="to.recipient")
        method = self._books.objects.get(to["payout_method"])
        if method is None or method["_recipient"] != recipient["id"]:
            raise missing(to["payout_method"], param="to.payout_method")
        return method

    def list_payments(self, asked: Asked) -> Json:
        recipient = asked.params.get("recipient")
        found = [
            each
            for each in self._books.all("outbound_payment")
            if recipient is None or each["to"]["recipient"] == recipient
        ]
        return v2_page(asked, found)

    def retrieve(self, asked: Asked) -> Json:
        found = self._books.objects.get(asked.path.rsplit("/", 1)[-1])
        if found is None:
            raise Problem("not_found", status=HTTPStatus.NOT_FOUND, code="not_found")
        return found

    def cancel_payment(self, asked: Asked) -> Json:
        payment = self._books.need(asked.path.split("/")[-2])
        if payment["status"] == "canceled":
            raise Problem("already_canceled", code="outbound_payment_already_canceled")
        if not payment["cancelable"]:
            raise Problem("not_cancelable", code="outbound_payment_not_cancelable")
        self.set_payment(payment, "canceled")
        return payment

    def create_recipient(self, asked: Asked) -> Json:
        return self.add_recipient(self._books.new_id("acct"))

    def create_link(self, asked: Asked) -> Json:
        account = self._books.need(asked.params["account"], param="account")
        return {
            "object": "v2.core.account_link",
            "account": account["id"],
            "created": self._books.instant(),
            "expires_at": self._books.instant(),
            "livemode": False,
            "url": f"{self._url()}/onboard/{account['id']}",
            "use_case": asked.params["use_case"],
        }

    def create_setup_intent(self, asked: Asked) -> Json:
        self._books.need(asked.account, param="recipient")
        bank = asked.params["payout_method_data"]["bank_account"]
        method = self.add_method(
            asked.account, self._books.new_id("usba_test"), number=bank["account_number"]
        )
        return {
            "id": self._books.new_id("osi_test"),
            "object": "v2.money_management.outbound_setup_intent",
            "created": self._books.instant(),
            "livemode": False,
            "payout_method": method,
            "status": "succeeded",
            "usage_intent": "payment",
        }

    def list_methods(self, asked: Asked) -> Json:
        mine = [e for e in self._books.all("payout_method") if e["_recipient"] == asked.account]
        return v2_page(asked, mine)

    def create_verification(self, asked: Asked) -> Json:
        self._method(asked.params)
        return {
            "id": self._books.new_id("rcvf_test"),
            "object": "v2.money_management.recipient_verification",
            "created": self._books.instant(),
            "livemode": False,
            "match_result": self.match_result,
            "match_result_details": {"message": "", "provided_name": "Simulated Person"},
            "payout_method": asked.params["payout_method"],
            "recipient": asked.params["recipient"],
            "status": "verified",
            "verification_type": "verification_of_payee",
        }

    def financial_account(self, asked: Asked) -> Json:
        if not asked.path.endswith(f"/{FINANCIAL_ACCOUNT}"):
            raise Problem("not_found", status=HTTPStatus.NOT_FOUND, code="not_found")
        available: dict[str, Any] = {
            name: {"value": self._books.balance(name), "currency": name} for name in CURRENCIES
        }
        return {
            "id": FINANCIAL_ACCOUNT,
            "object": "v2.money_management.financial_account",
            "balance": {"available": available, "inbound_pending": {}, "outbound_pending": {}},
            "country": "us",
            "created": self._books.instant(),
            "livemode": False,
            "status": "open",
            "type": "storage",
        }

    def list_entries(self, asked: Asked) -> Json:
        return v2_page(asked, self._books.all("transaction_entry"))

    def list_events(self, asked: Asked) -> Json:
        types = asked.params.get("types", [])
        found = [e for e in self._books.all("thin_event") if not types or e["type"] in types]
        return v2_page(asked, found)
