"""The worksheet that staff pay from and fill in: a CSV file that no spreadsheet can misread. Pure.

What a member typed could be a formula, and a spreadsheet eats leading zeros. So no cell
begins like a formula, and no cell that matters looks like a number or a date.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from domain.money import MICRO_DIGITS, Money, amount_text
from domain.payouts.provider import FileRefused, ObservedState, PayoutBatch, PayoutItem
from plugins.payments.manual.settings import RESULTS

COLUMNS: Final = (
    "item_ref", "amount", "holder_name", "account_number", "bank_code", "bank_name", "country",
    "address", "memo", "result", "bank_reference", "done_on",
)  # fmt: skip
READ: Final = ("item_ref", "amount", "result", "bank_reference", "done_on")
ROWS_MAX: Final = 10_000
BYTES_MAX: Final = 8 * 2**20
REFERENCE_MAX: Final = 100
_NUMERIC: Final = re.compile(r"[0-9][0-9 .,/:eE+-]*")
_MONTH: Final = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY: Final = re.compile(rf"[0-9]*[ ./-]?{_MONTH}[ ./-]?[0-9]*([ ./-][0-9]+)?", re.IGNORECASE)
_FORMULA: Final = re.compile(r"\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_ITEM_REF: Final = re.compile("P[A-Z]{2}[0-9A-HJKMNP-TV-Z]{12}")
_AMOUNT: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,6}))? ([A-Z]{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What staff recorded of one payment."""

    item_ref: str
    amount: Money
    state: ObservedState
    bank_reference: str | None
    done_at: datetime | None


def written(batch: PayoutBatch) -> bytes:
    """The same batch gives the same bytes; the mark at the front names the encoding."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in batch.items:
        cells = _cells(item)
        writer.writerow([cells.get(name, "") for name in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def read(content: bytes) -> Iterator[Row]:
    """Rows with a result. Raises `FileRefused`, naming the row but quoting nothing of it."""
    seen: set[str] = set()
    for number, cells in enumerate(_table(content), start=2):
        row = _row(cells, f"row {number}")
        if row is None:
            continue
        if row.item_ref in seen:
            raise FileRefused(f"row {number}: this payment was named before")
        seen.add(row.item_ref)
        yield row


def _cells(item: PayoutItem) -> Mapping[str, str]:
    fields = item.destination.fields
    cells = {
        "item_ref": item.item_ref,
        "amount": f"{amount_text(item.amount)} {item.amount.currency}",
        "country": item.destination.country,
        "memo": item.memo,
    }
    for name in ("holder_name", "account_number", "bank_code", "bank_name", "address"):
        cells[name] = fields.get(name, "")
    return {name: _safe(text) for name, text in cells.items()}


def _safe(text: str) -> str:
    """`No. 0012` keeps its zeros, `No. MAR1` is no day in March, `'=1+1` is text."""
    text = _CONTROL.sub(" ", text).strip()
    if _NUMERIC.fullmatch(text) or (_DAY.fullmatch(text) and any(map(str.isdigit, text))):
        return f"No. {text}"
    return f"'{text}" if _FORMULA.match(text) else text


def _table(content: bytes) -> Iterator[Mapping[str, str]]:
    if len(content) > BYTES_MAX:
        raise FileRefused("the file is too large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused("save the worksheet as CSV in UTF-8") from None  # it holds the file
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise FileRefused("the file is no CSV") from error
    names = [name.strip().casefold() for name in rows[0]] if rows else []
    missing = [name for name in READ if name not in names]
    if missing or len(names) != len(set(names)):
        raise FileRefused(f"columns are missing or doubled: {', '.join(missing) or 'doubled'}")
    if len(rows) > ROWS_MAX:
        raise FileRefused("too many rows")
    for row in rows[1:]:
        if len(row) > len(names):
            raise FileRefused("a row has more cells than the first one")
        cells = (cell.strip().removeprefix("'") for cell in row)
        yield dict(zip(names, cells, strict=False))


def _row(cells: Mapping[str, str], place: str) -> Row | None:
    """None where nothing was recorded yet."""
    result = cells.get("result", "").casefold()
    if not result:
        return None
    if result not in RESULTS:
        raise FileRefused(f"{place}: the result is none of {', '.join(RESULTS)}")
    item_ref = cells.get("item_ref", "")
    if not _ITEM_REF.fullmatch(item_ref):
        raise FileRefused(f"{place}: the reference is none of ours")
    reference = cells.get("bank_reference", "")
    if RESULTS[result] is ObservedState.PAID and not reference:
        raise FileRefused(f"{place}: a payment needs the bank's reference")
    if len(reference) > REFERENCE_MAX:
        raise FileRefused(f"{place}: the bank's reference is too long")
    return Row(
        item_ref=item_ref,
        amount=_amount(cells.get("amount", ""), place),
        state=RESULTS[result],
        bank_reference=_CONTROL.sub(" ", reference) or None,
        done_at=_day(cells.get("done_on", ""), place),
    )


def _amount(text: str, place: str) -> Money:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise FileRefused(f"{place}: the amount was changed to something else")
    units, fraction, currency = match.groups()
    return Money(int(units + (fraction or "").ljust(MICRO_DIGITS, "0")), currency)


def _day(text: str, place: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise FileRefused(f"{place}: write the day as 2026-12-31") from error
