"""A person at a bank's counter, who pays from a worksheet and fills it in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from litestar import post

from domain.money import MICROS_PER_UNIT
from plugins.simulation import Effect, Simulator


class StaffSimulator(Simulator):
    """Pays each reference once, whatever worksheet it stands on."""

    name: ClassVar[str] = "manual"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.fails: set[str] = set()
        self._paid: dict[str, Effect] = {}

    def fill(self, worksheet: bytes) -> bytes:
        """The worksheet, with what became of each row."""
        rows = list(csv.DictReader(io.StringIO(worksheet.decode("utf-8-sig"), newline="")))
        for row in rows:
            is_paid = row["item_ref"] not in self.fails
            row["result"] = "paid" if is_paid else "failed"
            row["bank_reference"] = self._pay(row) if is_paid else ""
            row["done_on"] = f"{self.clock.now():%Y-%m-%d}"
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), delimiter=";")  # as a spreadsheet saves it
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()

    def _pay(self, row: Mapping[str, str]) -> str:
        number, currency = row["amount"].split(" ")
        with self.lock:
            effect = self._paid.setdefault(
                row["item_ref"],
                Effect(
                    ref=row["item_ref"],
                    amount_micros=int(Decimal(number) * MICROS_PER_UNIT),
                    currency=currency,
                    state="paid",
                    provider_ref=f"BY-HAND-{len(self._paid) + 1}",
                ),
            )
        return effect.provider_ref

    def effects(self) -> list[Effect]:
        return list(self._paid.values())

    def handlers(self) -> Sequence[Any]:
        @post("/worksheets", sync_to_thread=False, media_type="text/csv")
        def fill(body: bytes) -> bytes:
            return self.fill(body)

        return [fill]
