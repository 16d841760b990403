"""Reads a NACHA file that the bank sends us: returned payments and notifications of change.

By fixed columns, counted from zero. A notification's corrected account is a member's secret
and is not read: the member is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from domain.money import Money
from domain.payouts.provider import FileRefused, FileReport, Observation
from domain.provider_news import LineKind, StatementLine
from plugins.payments.bank.codes import CHANGES, RETURNS
from plugins.payments.bank.references import item_ref_of

RECORD_LENGTH: Final = 94
MICROS_PER_MINOR: Final = 10_000
RETURN_ADDENDA: Final = "99"
CHANGE_ADDENDA: Final = "98"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """An entry with the record that says why it is here."""

    entry: str
    addenda: str
    booked_at: datetime
    number: int

    @property
    def code(self) -> str:
        return self.addenda[3:6].strip()


def read_nacha(content: bytes, *, file_id: str) -> FileReport:
    """Raises `FileRefused` for what is no such file, or was cut on the way."""
    lines = _lines(content)
    items: dict[str, Observation] = {}
    booked: list[StatementLine] = []
    for pair in _pairs(lines):
        item_ref = item_ref_of(pair.entry[39:54])
        if pair.addenda[1:3] == RETURN_ADDENDA:
            booked.append(_line(pair, item_ref, lines[0]))
        if item_ref is not None:
            seen = _observed(pair, item_ref)
            known = items.get(item_ref)
            if known is None or known.state is None or seen.state is not None:
                items[item_ref] = seen  # a notification of change hides no return
    return FileReport(file_id=file_id, items=tuple(items.values()), lines=tuple(booked))


def _lines(content: bytes) -> list[str]:
    try:
        lines = content.decode("ascii").splitlines()
    except UnicodeDecodeError:
        raise FileRefused("letters that no such file has") from None  # it holds the whole file
    lines = [line.ljust(RECORD_LENGTH) for line in lines if line.strip()]
    if not lines or lines[0][0] != "1" or {len(line) for line in lines} != {RECORD_LENGTH}:
        raise FileRefused("the records are not of 94 characters")
    controls = [line for line in lines if line[0] == "9" and line.strip("9 ")]
    entries = sum(line[0] in "67" for line in lines)
    if len(controls) != 1 or not controls[0][13:21].isdigit() or int(controls[0][13:21]) != entries:
        raise FileRefused("the file's control record counts other entries: it is not whole")
    return lines


def _pairs(lines: list[str]) -> Iterator[_Pair]:
    entry = ""
    booked_at = _day(lines[0][23:29])
    for number, line in enumerate(lines):
        if line[0] == "6":
            entry = line
        elif line[0] == "7" and entry:
            yield _Pair(entry=entry, addenda=line, booked_at=booked_at, number=number)


def _observed(pair: _Pair, item_ref: str) -> Observation:
    is_return = pair.addenda[1:3] == RETURN_ADDENDA
    is_change = pair.addenda[1:3] == CHANGE_ADDENDA
    row = (RETURNS if is_return else CHANGES if is_change else {}).get(pair.code)
    return Observation(
        item_ref=item_ref,
        state=None if row is None else row.state,
        provider_code=pair.code or None,
        amount=_amount(pair) if is_return else None,
        member_message=None if row is None else row.member_message,
        occurred_at=pair.booked_at,
    )


def _line(pair: _Pair, item_ref: str | None, header: str) -> StatementLine:
    """The number of the returned entry is unique at the bank that sends it back, on its day."""
    return StatementLine(
        line_id=f"{header[23:34].strip()}:{pair.entry[79:94].strip()}:{pair.number}",
        booked_at=pair.booked_at,
        kind=LineKind.RETURN,
        amount=_amount(pair),
        item_ref=item_ref,
        provider_ref=pair.addenda[6:21].strip() or None,
        raw_code=pair.code,
    )


def _amount(pair: _Pair) -> Money:
    digits = pair.entry[29:39]
    if not digits.isdigit():
        raise FileRefused("an amount that cannot be read")
    return Money(int(digits) * MICROS_PER_MINOR, "USD")


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%y%m%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise FileRefused("a day that cannot be read") from error
