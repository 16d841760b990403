"""The v1 side that pays: transfers to connected accounts, payouts from them, our balance."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from plugins.payments.stripe.simulator.asked import Asked, invalid
from plugins.payments.stripe.simulator.books import CURRENCIES, Books, Json, require_amount
from plugins.payments.stripe.simulator.lists import v1_page

IN_TRANSIT_AFTER: Final = timedelta(hours=1)
PAID_AFTER: Final = timedelta(hours=12)
ROUTE: Final = "connect"
CONNECTED: Final = "acct_connected0001"


class Connect:
    def __init__(self, books: Books, *, url: Any) -> None:
        self._books = books
        self._url = url
        self.add_account(CONNECTED)

    def add_account(self, account_id: str, *, is_ready: bool = True) -> Json:
        return self._books.add(
            "account",
            {
                "id": account_id,
                "object": "account",
                "details_submitted": is_ready,
                "payouts_enabled": is_ready,
                "requirements": {"disabled_reason": None if is_ready else "requirements.past_due"},
                "metadata": {},
            },
        )

    # -- what time does -------------------------------------------------------

    def go_on(self) -> None:
        now = self._books.now().timestamp()
        for payout in list(self._books.open["payout"].values()):
            age = timedelta(seconds=now - payout["created"])
            if payout["status"] == "pending" and age >= IN_TRANSIT_AFTER:
                payout["status"] = "in_transit"
                self._tell("payout.updated", payout)
            if payout["status"] == "in_transit" and age >= PAID_AFTER:
                self.set_payout(payout, "paid")

    def set_payout(self, payout: Json, status: str, *, failure_code: str = "") -> None:
        """By hand: also `failed` after `paid`, as banks do it."""
        if payout["status"] == status:
            return
        if status in ("failed", "canceled"):
            self._books.move(payout["amount"], payout["currency"], payout["account"])
        payout["status"] = status
        if status not in ("pending", "in_transit"):
            self._books.close("payout", payout)
        payout["failure_code"] = failure_code or None
        self._tell(f"payout.{status if status != 'in_transit' else 'updated'}", payout)

    def reverse(self, transfer: Json, amount: int) -> None:
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] >= transfer["amount"]
        self._books.move(-amount, transfer["currency"], transfer["destination"])
        self._books.book("transfer_refund", amount, transfer["currency"], source=transfer["id"])
        self._books.tell("transfer.reversed", transfer, route=ROUTE)

    # -- calls ----------------------------------------------------------------

    def create_transfer(self, asked: Asked) -> Json:
        currency = str(asked.params["currency"])
        amount = require_amount(asked.params["amount"], currency)
        destination = str(asked.params["destination"])
        account = self._books.need(destination, param="destination")
        if not account["details_submitted"]:
            raise invalid("insufficient_capabilities_for_transfer", param="destination")
        if self._books.balance(currency) < amount:
            raise invalid("balance_insufficient")
        transfer = self._books.add(
            "transfer",
            {
                "id": self._books.new_id("tr"),
                "object": "transfer",
                "amount": amount,
                "amount_reversed": 0,
                "reversed": False,
                "currency": currency,
                "created": self._books.seconds(),
                "destination": destination,
                "metadata": asked.params.get("metadata", {}),
                "transfer_group": asked.params.get("transfer_group"),
                "livemode": False,
            },
        )
        self._books.book("transfer", -amount, currency, source=transfer["id"])
        self._books.move(amount, currency, destination)
        self._books.tell("transfer.created", transfer, route=ROUTE)
        return transfer

    def list_transfers(self, asked: Asked) -> Json:
        group = asked.params.get("transfer_group")
        found = [
            each
            for each in self._books.all("transfer")
            if group is None or each["transfer_group"] == group
        ]
        return v1_page(asked, found)

    def create_payout(self, asked: Asked) -> Json:
        currency = str(asked.params["currency"])
        amount = require_amount(asked.params["amount"], currency)
        account = self._books.need(asked.account, param="destination")
        if not account["payouts_enabled"]:
            raise invalid("payouts_not_allowed")
        if self._books.balance(currency, asked.account) < amount:
            raise invalid("balance_insufficient")
        return self._pay_out(amount, currency, asked.account, asked.params)

    def pay_out(self, transfer: Json) -> Json:
        """By hand: what the second step of a payment does."""
        params = {"metadata": transfer["metadata"]}
        amount, currency = transfer["amount"], transfer["currency"]
        return self._pay_out(amount, currency, transfer["destination"], params)

    def _pay_out(self, amount: int, currency: str, account_id: str, params: Json) -> Json:
        self._books.move(-amount, currency, account_id)
        payout = self._books.add_open(
            "payout",
            {
                "id": self._books.new_id("po"),
                "object": "payout",
                "account": account_id,
                "amount": amount,
                "currency": currency,
                "created": self._books.seconds(),
                "arrival_date": self._books.seconds(),
                "automatic": False,
                "failure_code": None,
                "metadata": params.get("metadata", {}),
                "method": params.get("method", "standard"),
                "status": "pending",
                "statement_descriptor": params.get("statement_descriptor"),
            },
        )
        self._tell("payout.created", payout)
        return payout

    def list_payouts(self, asked: Asked) -> Json:
        found = [each for each in self._books.all("payout") if each["account"] == asked.account]
        return v1_page(asked, found)

    def retrieve(self, asked: Asked) -> Json:
        return self._books.need(asked.path.rsplit("/", 1)[-1])

    def cancel_payout(self, asked: Asked) -> Json:
        payout = self._books.need(asked.path.split("/")[-2])
        if payout["status"] != "pending":
            raise invalid("", message="Payouts can only be canceled while they are pending.")
        self.set_payout(payout, "canceled")
        return payout

    def create_account(self, asked: Asked) -> Json:
        account = self.add_account(self._books.new_id("acct"), is_ready=False)
        account["metadata"] = asked.params.get("metadata", {})
        return account

    def create_link(self, asked: Asked) -> Json:
        account = self._books.need(str(asked.params["account"]), param="account")
        return {
            "object": "account_link",
            "created": self._books.seconds(),
            "expires_at": self._books.seconds() + 300,
            "url": f"{self._url()}/onboard/{account['id']}",
        }

    def finish_onboarding(self, account_id: str) -> Json:
        account = self._books.need(account_id)
        account |= {
            "details_submitted": True,
            "payouts_enabled": True,
            "requirements": {"disabled_reason": None},
        }
        self._books.tell("account.updated", account, route=ROUTE, account=account_id)
        return account

    def balance(self, asked: Asked) -> Json:
        """Ours starts full in every currency, a connected account's empty."""
        currencies = () if asked.account else CURRENCIES
        mine = {each: self._books.balance(each) for each in currencies}
        mine |= self._books.balances[asked.account]
        available = [{"amount": amount, "currency": name} for name, amount in mine.items()]
        return {"object": "balance", "available": available, "pending": [], "livemode": False}

    def list_booked(self, asked: Asked) -> Json:
        page = v1_page(asked, self._books.all("balance_transaction"))
        if "data.source" in asked.params.get("expand", []):
            page["data"] = [
                {**each, "source": self._books.objects.get(each["source"], each["source"])}
                for each in page["data"]
            ]
        return page

    def _tell(self, event_type: str, payout: Json) -> None:
        self._books.tell(event_type, payout, route=ROUTE, account=payout["account"])
