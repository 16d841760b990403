"""The simulator's payouts: batches, items, their states by script and by the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from domain.money import Money
from plugins.payments.paypal.simulator.answers import (
    Asked,
    Refusal,
    RequestIds,
    Told,
    instant_text,
    money_text,
    paid_in,
    read_money,
)
from plugins.payments.paypal.simulator.events import Events
from plugins.simulation import Effect, SimulatedClock

LIVE: Final = timedelta(days=30)
CLAIM: Final = timedelta(days=30)
PAGE_MAX: Final = 1000
FEE: Final = Money(250_000, "USD")  # of a payment in another currency
FEE_MAX: Final = Money(1_000_000, "USD")
FEE_SHARE: Final = 50  # one part of so many
FEE_STEP: Final = 10_000
PATH: Final = "/v1/payments/payouts"
ITEM_PATH: Final = "/v1/payments/payouts-item"
SUCCESS: Final = "SUCCESS"
UNCLAIMED: Final = "UNCLAIMED"
RETURNED: Final = "RETURNED"
FAILED: Final = "FAILED"
# What becomes of a payment to `unclaimed@…` and so on; everybody else is paid.
SCENARIOS: Final[Mapping[str, str]] = {
    "pending": "PENDING",
    "unclaimed": UNCLAIMED,
    "onhold": "ONHOLD",
    "blocked": "BLOCKED",
    "failed": FAILED,
    "returned": RETURNED,
    "refunded": "REFUNDED",
    "reversed": "REVERSED",
    "strange": "NEVER_SEEN_BEFORE",
}
INVALID: Final = "invalid"  # the whole batch is refused because of it
DENIED: Final = "denied"  # accepted, and then denied as a whole
ERRORS: Final[Mapping[str, str]] = {
    UNCLAIMED: "RECEIVER_UNREGISTERED",
    FAILED: "RECEIVER_ACCOUNT_LOCKED",
    "ONHOLD": "REGULATORY_PENDING",
    "BLOCKED": "REGULATORY_BLOCKED",
}
EVENTS: Final[Mapping[str, str]] = {
    SUCCESS: "SUCCEEDED",
    UNCLAIMED: "UNCLAIMED",
    "ONHOLD": "HELD",
    "BLOCKED": "BLOCKED",
    FAILED: "FAILED",
    RETURNED: "RETURNED",
    "REFUNDED": "REFUNDED",
}
NOT_MOVED: Final = frozenset({"", FAILED})


@dataclass(slots=True)
class Item:
    """`history`: each status with its instant, the first being the one before any work."""

    name: str
    batch: Batch
    asked: Mapping[str, Any]
    amount: Money
    transaction_id: str
    status: str = ""
    history: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return str(self.asked.get("sender_item_id", ""))


@dataclass(slots=True)
class Batch:
    name: str
    header: Mapping[str, Any]
    created_at: datetime
    items: list[Item] = field(default_factory=list)
    status: str = "PENDING"
    completed_at: datetime | None = None


class Payouts:
    """`planned` says by item reference what becomes of it, before it is worked on."""

    def __init__(
        self,
        clock: SimulatedClock,
        *,
        events: Events,
        balances: dict[str, int],
        address: Callable[[], str],
    ) -> None:
        self.request_ids = RequestIds(clock, live=LIVE)
        self.process_after = timedelta(0)
        self.planned: dict[str, str] = {}
        self.batches: dict[str, Batch] = {}
        self.items: dict[str, Item] = {}
        self._by_sender: dict[str, Batch] = {}
        self._clock = clock
        self._events = events
        self._balances = balances
        self._address = address

    # -- what time and scripts do ---------------------------------------------

    def go_on(self) -> None:
        """Everything that the clock has brought about."""
        now = self._clock.now()
        for batch in self.batches.values():
            if batch.status == "PENDING" and batch.created_at + self.process_after <= now:
                self._process(batch)
        for item in self.items.values():
            if item.status == UNCLAIMED and item.history[-1][0] + CLAIM <= now:
                self.move(item, RETURNED, at=item.history[-1][0] + CLAIM)

    def decide(self, item_ref: str, status: str) -> None:
        """From now on, or as soon as it is worked on."""
        self.go_on()
        self.planned[item_ref] = status
        for item in self.items.values():
            if item.ref == item_ref and item.status and item.status != status:
                self.move(item, status)

    def move(self, item: Item, status: str, *, at: datetime | None = None) -> None:
        was, item.status = item.status, status
        item.history.append((at or self._clock.now(), status))
        currency = item.amount.currency
        if was in NOT_MOVED and status not in NOT_MOVED:
            self._balances[currency] -= item.amount.micros
            self._balances[FEE.currency] -= fee_of(item.amount).micros
        if status in (RETURNED, "REFUNDED", "REVERSED"):
            self._balances[currency] += item.amount.micros
        if status in EVENTS:
            self._events.tell(
                f"PAYMENT.PAYOUTS-ITEM.{EVENTS[status]}",
                resource_type="payouts_item",
                resource={**self.shown(item), "sender_batch_id": _sender_id(item.batch)},
                transaction_id=item.transaction_id,
                at=at,
            )

    def _process(self, batch: Batch) -> None:
        is_denied = any(_scenario(item) == DENIED for item in batch.items)
        batch.status = "DENIED" if is_denied else SUCCESS
        batch.completed_at = batch.created_at + self.process_after
        for item in batch.items:
            by_script = SCENARIOS.get(_scenario(item), SUCCESS)
            status = FAILED if is_denied else self.planned.get(item.ref, by_script)
            self.move(item, status, at=batch.completed_at)
        self._tell(batch, batch.status, at=batch.completed_at)

    def _tell(self, batch: Batch, status: str, *, at: datetime) -> None:
        self._events.tell(
            f"PAYMENT.PAYOUTSBATCH.{status}",
            resource_type="payouts",
            resource={"batch_header": self._header(batch), "links": []},
            at=at,
        )

    # -- what is asked --------------------------------------------------------

    def create(self, asked: Asked) -> Told:
        self.go_on()
        earlier = self.request_ids.earlier(asked)
        if earlier is not None:
            return earlier
        header = asked.body["sender_batch_header"]
        self._refuse_duplicate(header.get("sender_batch_id"))
        rows = asked.body["items"]
        amounts = [read_money(row["amount"]) for row in rows]
        _refuse_invalid(rows)
        self._refuse_unfunded(amounts)
        name = f"{len(self.batches) + 1:013d}"
        batch = Batch(name=name, header=header, created_at=self._clock.now())
        for row, amount in zip(rows, amounts, strict=True):
            number = len(self.items) + 1
            item = Item(
                name=f"I{number:012d}",
                batch=batch,
                asked=row,
                amount=amount,
                transaction_id=f"T{number:016d}",
            )
            batch.items.append(item)
            self.items[item.name] = item
        self.batches[name] = batch
        if header.get("sender_batch_id"):
            self._by_sender[header["sender_batch_id"]] = batch
        shown = {
            "batch_header": {
                "payout_batch_id": name,
                "batch_status": "PENDING",
                "sender_batch_header": dict(header),
            },
            "links": [self._link(f"{PATH}/{name}")],
        }
        self._tell(batch, "PROCESSING", at=batch.created_at)
        self.go_on()
        return self.request_ids.keep(asked, Told(body=shown))

    def show(self, asked: Asked) -> Told:
        self.go_on()
        batch = self.batches.get(asked.names["id"])
        if batch is None:
            raise _no_such()
        size = int(asked.query.get("page_size") or PAGE_MAX)
        start = (int(asked.query.get("page") or 1) - 1) * size
        shown: dict[str, Any] = {
            "batch_header": self._header(batch),
            "items": [self.shown(item) for item in batch.items[start : start + size]],
            "links": [self._link(f"{PATH}/{batch.name}")],
        }
        if asked.query.get("total_required") == "true":
            shown["total_items"] = len(batch.items)
            shown["total_pages"] = -(-len(batch.items) // size)
        return Told(body=shown)

    def show_item(self, asked: Asked) -> Told:
        self.go_on()
        return Told(body=self._named_item(asked))

    def cancel(self, asked: Asked) -> Told:
        self.go_on()
        item = self.items.get(asked.names["payout_item_id"])
        if item is None:
            raise _no_such()
        if item.status != UNCLAIMED:
            raise Refusal(
                HTTPStatus.BAD_REQUEST, "ITEM_INCORRECT_STATUS", message="Only what is unclaimed."
            )
        self.move(item, RETURNED)
        return Told(body=self._named_item(asked))

    def effects(self) -> Iterator[Effect]:
        self.go_on()
        for item in self.items.values():
            if any(status not in NOT_MOVED for _, status in item.history):
                yield Effect(
                    ref=item.ref,
                    amount_micros=item.amount.micros,
                    currency=item.amount.currency,
                    state=item.status,
                    provider_ref=item.name,
                )

    def shown(self, item: Item) -> dict[str, Any]:
        row = {name: value for name, value in item.asked.items() if name != "amount"}
        shown: dict[str, Any] = {
            "payout_item_id": item.name,
            "payout_batch_id": item.batch.name,
            "transaction_status": item.status or "PENDING",
            "payout_item_fee": paid_in(_fee_so_far(item)),
            "payout_item": {**row, "amount": paid_in(item.amount)},
            "links": [self._link(f"{ITEM_PATH}/{item.name}")],
        }
        if item.history:
            shown["time_processed"] = instant_text(item.history[-1][0])
        if item.status not in NOT_MOVED:
            shown |= {"transaction_id": item.transaction_id, "activity_id": f"A{item.name}"}
        if item.status in ERRORS:
            name = ERRORS[item.status]
            shown["errors"] = {"name": name, "message": "In words.", "debug_id": "1a2b3c4d5e6f7"}
        return shown

    def _header(self, batch: Batch) -> dict[str, Any]:
        totals: dict[str, int] = {}
        for item in batch.items:
            currency = item.amount.currency
            totals[currency] = totals.get(currency, 0) + item.amount.micros
        currency, micros = next(iter(totals.items()))
        fees = sum(_fee_so_far(item).micros for item in batch.items)
        shown: dict[str, Any] = {
            "payout_batch_id": batch.name,
            "batch_status": batch.status,
            "time_created": instant_text(batch.created_at),
            "sender_batch_header": dict(batch.header),
            "funding_source": "BALANCE",
            "amount": {"currency": currency, "value": money_text(Money(micros, currency))},
            "fees": paid_in(Money(fees, FEE.currency)),
        }
        if batch.completed_at is not None:
            shown["time_completed"] = instant_text(batch.completed_at)
        return shown

    def _named_item(self, asked: Asked) -> dict[str, Any]:
        item = self.items.get(asked.names["payout_item_id"])
        if item is None:
            raise _no_such()
        return {**self.shown(item), "sender_batch_id": _sender_id(item.batch)}

    def _link(self, path: str) -> dict[str, str]:
        return {"href": f"{self._address()}{path}", "rel": "self", "method": "GET"}

    def _refuse_duplicate(self, sender_batch_id: str | None) -> None:
        known = self._by_sender.get(sender_batch_id or "")
        if known is None or known.created_at + LIVE <= self._clock.now():
            return
        detail = {
            "field": "SENDER_BATCH_ID",
            "location": "body",
            "issue": "Batch with given sender_batch_id already exists",
            "link": [self._link(f"{PATH}/{known.name}")],
        }
        raise Refusal(
            HTTPStatus.BAD_REQUEST, "USER_BUSINESS_ERROR", message="Once.", details=[detail]
        )

    def _refuse_unfunded(self, amounts: list[Money]) -> None:
        needed: dict[str, int] = {}
        for amount in amounts:
            needed[amount.currency] = needed.get(amount.currency, 0) + amount.micros
        if any(self._balances.get(currency, 0) < micros for currency, micros in needed.items()):
            raise Refusal(
                HTTPStatus.UNPROCESSABLE_ENTITY, "INSUFFICIENT_FUNDS", message="Not enough money."
            )


def fee_of(amount: Money) -> Money:
    """In US dollars, whatever is paid: two percent, rounded down, and a dollar at most."""
    if amount.currency != FEE.currency:
        return FEE
    micros = amount.micros // FEE_SHARE
    return min(Money(micros - micros % FEE_STEP, FEE.currency), FEE_MAX)


def _fee_so_far(item: Item) -> Money:
    return Money(0, FEE.currency) if item.status in NOT_MOVED else fee_of(item.amount)


def _refuse_invalid(rows: list[Mapping[str, Any]]) -> None:
    details = [
        {"field": f"/items/{index}/receiver", "location": "body", "issue": "INVALID_EMAIL_ID"}
        for index, row in enumerate(rows)
        if _local_part(row) == INVALID
    ]
    if details:
        raise Refusal(
            HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR", message="Not valid.", details=details
        )


def _scenario(item: Item) -> str:
    return _local_part(item.asked)


def _local_part(row: Mapping[str, Any]) -> str:
    return str(row["receiver"]).partition("@")[0].partition("+")[0].lower()


def _sender_id(batch: Batch) -> str:
    return str(batch.header.get("sender_batch_id", ""))


def _no_such() -> Refusal:
    return Refusal(HTTPStatus.NOT_FOUND, "INVALID_RESOURCE_ID", message="There is no such thing.")
