"""The simulator's report of transactions and its balances, hours behind as PayPal's are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from domain.money import MICROS_PER_UNIT, Money
from plugins.payments.paypal.currencies import CURRENCIES
from plugins.payments.paypal.simulator.answers import (
    Asked,
    Refusal,
    Told,
    counted_in,
    instant_text,
)
from plugins.payments.paypal.simulator.payouts import NOT_MOVED, UNCLAIMED, Item, fee_of
from plugins.simulation import SimulatedClock

DELAY: Final = timedelta(hours=3)
RANGE_MAX: Final = timedelta(days=31)
PAGE: Final = 100
PAGE_MAX: Final = 500
ACCOUNT: Final = "SMXYZ23456789"
START_UNITS: Final = 1_000_000
RETURN_CODES: Final[Mapping[str, str]] = {
    "RETURNED": "T1115",
    "REFUNDED": "T1115",
    "REVERSED": "T1114",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    transaction_id: str
    code: str
    at: datetime
    amount: Money
    status: str = "S"
    fee: Money | None = None
    custom: str = ""
    invoice: str = ""


def start_balances() -> dict[str, int]:
    return dict.fromkeys(CURRENCIES, START_UNITS * MICROS_PER_UNIT)


class Report:
    """`other` are lines that no payout made: orders, refunds, and what a test plants."""

    def __init__(
        self, clock: SimulatedClock, *, items: Mapping[str, Item], balances: dict[str, int]
    ) -> None:
        self.delay = DELAY
        self.other: list[Line] = []
        self._clock = clock
        self._items = items
        self._balances = balances

    def show(self, asked: Asked) -> Told:
        start = datetime.fromisoformat(asked.query["start_date"])
        end = datetime.fromisoformat(asked.query["end_date"])
        if end - start > RANGE_MAX or end < start:
            raise Refusal(
                HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", details=[{"issue": "INVALID_DATE_RANGE"}]
            )
        complete_until = self._clock.now() - self.delay
        found = [
            line for line in self._lines() if start <= line.at <= end and line.at <= complete_until
        ]
        size = min(int(asked.query.get("page_size", PAGE)), PAGE_MAX)
        page = int(asked.query.get("page", 1))
        body: dict[str, Any] = {
            "account_number": ACCOUNT,
            "start_date": instant_text(start),
            "end_date": instant_text(end),
            "last_refreshed_datetime": instant_text(complete_until),
            "page": page,
            "total_items": len(found),
            "total_pages": max(1, -(-len(found) // size)),
            "links": [],
        }
        shown = found[(page - 1) * size : page * size]
        if shown:  # the document has no empty list here
            body["transaction_details"] = [{"transaction_info": _info(line)} for line in shown]
        return Told(body=body)

    def balances(self, _: Asked) -> Told:
        rows = [
            {
                "currency": currency,
                "primary": currency == "USD",
                "total_balance": counted_in(Money(micros, currency)),
                "available_balance": counted_in(Money(micros, currency)),
            }
            for currency, micros in self._balances.items()
        ]
        now = instant_text(self._clock.now())
        body = {"balances": rows, "account_id": ACCOUNT, "as_of_time": now}
        return Told(body={**body, "last_refresh_time": now})

    def _lines(self) -> Iterator[Line]:
        lines = [*self.other, *(line for item in self._items.values() for line in _lines_of(item))]
        yield from sorted(lines, key=lambda line: line.at)


def _lines_of(item: Item) -> Iterator[Line]:
    moved = [at for at, status in item.history if status not in NOT_MOVED]
    if not moved:
        return
    is_back = item.status in RETURN_CODES
    is_open = item.status in ("PENDING", UNCLAIMED, "ONHOLD", "BLOCKED")
    yield Line(
        transaction_id=item.transaction_id,
        code="T0001",
        at=moved[0],
        amount=-item.amount,
        status="V" if is_back else "P" if is_open else "S",
        fee=-fee_of(item.amount),
        custom=item.ref,
    )
    if is_back:
        yield Line(
            transaction_id=f"R{item.transaction_id[1:]}",
            code=RETURN_CODES[item.status],
            at=item.history[-1][0],
            amount=item.amount,
            custom=item.ref,
        )


def _info(line: Line) -> dict[str, Any]:
    info = {
        "transaction_id": line.transaction_id,
        "transaction_event_code": line.code,
        "transaction_initiation_date": instant_text(line.at),
        "transaction_updated_date": instant_text(line.at),
        "transaction_amount": counted_in(line.amount),
        "transaction_status": line.status,
    }
    if line.fee is not None:
        info["fee_amount"] = counted_in(line.fee)
    if line.custom:
        info["custom_field"] = line.custom
    if line.invoice:
        info["invoice_id"] = line.invoice
    return info
