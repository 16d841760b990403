"""The simulator's books: objects by id, balances, what was booked, and the news about it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from domain.money import MICRO_DIGITS
from plugins.payments.stripe.simulator.asked import invalid, missing

# Stripe's own lists, written down a second time: the provider's table is checked against them.
WITHOUT_DECIMALS: Final = frozenset(
    {
        *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"),
        *("pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"),
    }
)
WITH_THREE: Final = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
WHOLE_HUNDREDS: Final = frozenset({"isk", "ugx", "huf", "twd"})
CURRENCIES: Final = (
    *("aud", "bhd", "brl", "cad", "chf", "clp", "dkk", "eur", "gbp", "huf", "inr", "isk"),
    *("jod", "jpy", "krw", "kwd", "mxn", "nok", "php", "pln", "sek", "sgd", "twd", "ugx"),
    *("usd", "vnd", "xof"),
)
START_UNITS: Final = 100_000_000

Json = dict[str, Any]


def decimals_of(currency: str) -> int:
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in WITH_THREE else 2


def micros_of(amount: int, currency: str) -> int:
    step: int = 10 ** (MICRO_DIGITS - decimals_of(currency))
    return amount * step


def require_amount(value: Any, currency: str, *, param: str = "amount") -> int:
    if not str(value).isdigit() or int(value) <= 0:
        raise invalid("parameter_invalid_integer", param=param)
    amount = int(value)
    divisor = 100 if currency in WHOLE_HUNDREDS else 10 if currency in WITH_THREE else 1
    if amount % divisor:
        raise invalid("parameter_invalid_integer", param=param)
    return amount


class Books:
    def __init__(
        self, *, now: Callable[[], datetime], publish: Callable[[str, Json], None]
    ) -> None:
        self.now = now
        self._publish = publish
        self.objects: dict[str, Json] = {}
        self.kinds: dict[str, list[str]] = defaultdict(list)
        self.open: dict[str, dict[str, Json]] = defaultdict(dict)  # what time may still change
        # By whose account, then by currency; "" is ours.
        self.balances: dict[str, dict[str, int]] = defaultdict(dict)
        self.numbers: dict[str, int] = defaultdict(int)

    # -- objects --------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        self.numbers[prefix] += 1
        return f"{prefix}_sim{self.numbers[prefix]:012d}"

    def add(self, kind: str, body: Json) -> Json:
        self.objects[body["id"]] = body
        self.kinds[kind].append(body["id"])
        return body

    def add_open(self, kind: str, body: Json) -> Json:
        self.open[kind][body["id"]] = body
        return self.add(kind, body)

    def close(self, kind: str, body: Json) -> None:
        self.open[kind].pop(body["id"], None)

    def all(self, kind: str) -> Iterator[Json]:
        """The newest first, as every list of Stripe's."""
        for id_ in reversed(self.kinds[kind]):
            yield self.objects[id_]

    def need(self, id_: str, *, param: str = "id") -> Json:
        if id_ not in self.objects:
            raise missing(id_, param=param)
        return self.objects[id_]

    def seconds(self) -> int:
        return int(self.now().timestamp())

    def instant(self) -> str:
        return written(self.now())

    # -- money ----------------------------------------------------------------

    def balance(self, currency: str, account: str = "") -> int:
        start = 0 if account else START_UNITS * 10 ** decimals_of(currency)
        return self.balances[account].setdefault(currency, start)

    def move(self, amount: int, currency: str, account: str = "") -> None:
        self.balances[account][currency] = self.balance(currency, account) + amount

    def book(self, kind: str, amount: int, currency: str, *, source: str, fee: int = 0) -> Json:
        """On our own balance."""
        self.move(amount - fee, currency)
        return self.add(
            "balance_transaction",
            {
                "id": self.new_id("txn"),
                "object": "balance_transaction",
                "amount": amount,
                "fee": fee,
                "net": amount - fee,
                "currency": currency,
                "created": self.seconds(),
                "type": kind,
                "source": source,
                "status": "available",
            },
        )

    def entry(self, payment: Json, category: str, *, available: int = 0, pending: int = 0) -> Json:
        """On the financial account (v2)."""
        currency = payment["amount"]["currency"]
        account = payment["from"]["financial_account"]
        self.move(available, currency)

        def of(value: int) -> Json:
            return {"value": value, "currency": currency}

        return self.add(
            "transaction_entry",
            {
                "id": self.new_id("trxne"),
                "object": "v2.money_management.transaction_entry",
                "created": self.instant(),
                "effective_at": self.instant(),
                "livemode": False,
                "transaction": "trxn_sim",
                "balance_impact": {
                    "available": of(available),
                    "inbound_pending": of(0),
                    "outbound_pending": of(pending),
                },
                "transaction_details": {
                    "category": category,
                    "financial_account": account,
                    "flow": {"type": "outbound_payment", "outbound_payment": payment["id"]},
                },
            },
        )

    # -- news -----------------------------------------------------------------

    def tell(self, event_type: str, about: Json, *, route: str, account: str = "") -> None:
        """A snapshot event (v1): the object as it is now."""
        event = {
            "id": self.new_id("evt"),
            "object": "event",
            "type": event_type,
            "created": self.seconds(),
            "api_version": "2026-10-28.endive",
            "livemode": False,
            "pending_webhooks": 1,
            "data": {"object": json.loads(json.dumps(about))},
            **({"account": account} if account else {}),
        }
        self._publish(route, self.add("event", event))

    def tell_thin(self, event_type: str, about: Json, *, key: str = "") -> None:
        """A thin event (v2): it names the object, and the key of the call that made it."""
        request = {"id": "req_sim", "idempotency_key": key}
        event = {
            "id": self.new_id("evt_v2"),
            "object": "v2.core.event",
            "type": event_type,
            "created": self.instant(),
            "livemode": False,
            "related_object": {
                "id": about["id"],
                "type": about["object"],
                "url": f"/v2/money_management/outbound_payments/{about['id']}",
            },
            **({"reason": {"type": "request", "request": request}} if key else {}),
        }
        self._publish("payouts", self.add("thin_event", event))


def written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
