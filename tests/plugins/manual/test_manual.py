"""Payouts by hand: the worksheet survives a spreadsheet, and only a filled one is believed."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import Money, NotRepresentable
from domain.payouts.provider import Destination, FileRefused, ObservedState, PayoutBatch, PayoutItem
from domain.provider import ConfigError
from plugins.payments.manual.payouts import ManualPayouts
from plugins.payments.manual.simulator import StaffSimulator
from tests.plugins.bank.make import batch_ref, context, item_ref, opened

FIELDS = {"holder_name": "Anna Li", "account_number": "00123456", "bank_name": "First"}
FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "|calc", "\uff1d1",
    '=HYPERLINK("http://x.example")', "=cmd|' /C calc'!A0", "%0A=1",
)  # fmt: skip


def batch_of(*amounts: Money, **fields: str) -> PayoutBatch:
    items = tuple(
        PayoutItem(
            item_ref=item_ref(number),
            payout_id=UUID(int=number),
            amount=amount,
            destination=Destination(
                destination_id=UUID(int=number),
                kind="bank_account",
                country="KE",
                currency=amount.currency,
                fields={**FIELDS, **fields},
            ),
            memo="Piecerate payout",
        )
        for number, amount in enumerate(amounts, start=1)
    )
    return PayoutBatch(batch_ref=batch_ref(1), items=items, items_digest="", first_sent_at=None)


async def sheet(batch: PayoutBatch) -> bytes:
    provider = await opened(ManualPayouts, {})
    payload: bytes = (await provider.prepare(batch, context())).payload
    return payload


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.asyncio
async def test_a_worksheet_goes_out_and_comes_back() -> None:
    """With the bank's reference; what staff have not done yet is no news."""
    provider = await opened(ManualPayouts, {})
    batch = batch_of(Money(12_340_000, "EUR"), Money(1_000_000, "EUR"))
    staff = StaffSimulator()
    staff.fails.add(batch.items[1].item_ref)
    content = await sheet(batch)

    untouched = await provider.read_file(content, context())
    report = await provider.read_file(staff.fill(content), context())

    assert untouched.items == ()
    assert [(each.item_ref, each.state) for each in report.items] == [
        (batch.items[0].item_ref, ObservedState.PAID),
        (batch.items[1].item_ref, ObservedState.FAILED),
    ]
    assert report.items[0].provider_ref == "BY-HAND-1"
    assert report.items[0].amount == Money(12_340_000, "EUR")


@pytest.mark.asyncio
async def test_the_same_batch_gives_the_same_bytes() -> None:
    """They are committed with the batch."""
    batch = batch_of(Money(12_340_000, "EUR"))

    assert await sheet(batch) == await sheet(batch)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("name", ["holder_name", "bank_name", "bank_code", "address"])
@pytest.mark.asyncio
async def test_no_cell_is_a_formula(name: str, formula: str) -> None:
    """A member's name must not open a program on the computer of finance."""
    (row,) = rows(await sheet(batch_of(Money(1_000_000, "EUR"), **{name: formula})))

    first = row[name][:1]
    assert first == "'" or first.isalnum()


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=300, deadline=None, database=None)
def test_whatever_is_typed_stays_in_its_cell(holder: str, bank: str) -> None:
    """Quotes, line ends, separators: the row keeps its form, and no cell is dangerous."""
    from plugins.payments.manual.worksheet import COLUMNS, written  # noqa: PLC0415  # only here

    batch = batch_of(Money(1_000_000, "EUR"), holder_name=holder, bank_name=bank)
    content = written(batch)

    (row,) = rows(content)
    assert tuple(row) == COLUMNS
    assert row["item_ref"] == batch.items[0].item_ref
    assert not any(cell.lstrip()[:1] in tuple("=+-@|\uff1d") for cell in row.values() if cell)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("00123456", "No. 00123456"),
        ("1234567890123456789", "No. 1234567890123456789"),
        ("12E5", "No. 12E5"),
        ("1/2/2026", "No. 1/2/2026"),
        ("MAR1", "No. MAR1"),
        ("2-Sep", "No. 2-Sep"),
        ("NL91ABNA0417164300", "NL91ABNA0417164300"),
        ("Mary", "Mary"),
    ],
)
@pytest.mark.asyncio
async def test_a_spreadsheet_eats_no_digits(typed: str, shown: str) -> None:
    """Leading zeros, long numbers, powers of ten, months: they would be changed on opening."""
    (row,) = rows(await sheet(batch_of(Money(1_000_000, "EUR"), account_number=typed)))

    assert row["account_number"] == shown


@pytest.mark.parametrize(
    ("micros", "currency", "text"),
    [
        (12_345_000, "KWD", "12.345 KWD"),
        (12_000_000, "JPY", "12 JPY"),
        (10_000, "EUR", "0.01 EUR"),
    ],
)
@pytest.mark.asyncio
async def test_amounts_of_every_exponent(micros: int, currency: str, text: str) -> None:
    """As text with the currency, so that no locale makes another number of it."""
    batch = batch_of(Money(micros, currency))
    content = await sheet(batch)
    provider = await opened(ManualPayouts, {})

    report = await provider.read_file(StaffSimulator().fill(content), context())

    assert rows(content)[0]["amount"] == text
    assert report.items[0].amount == Money(micros, currency)
    with pytest.raises(NotRepresentable):
        await sheet(batch_of(Money(micros + 1, currency)))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.asyncio
async def test_as_spreadsheets_save_it(delimiter: str, mark: bytes) -> None:
    """Another separator, with a mark at the front or without, columns in another order."""
    names = ("done_on", "Result", "bank_reference", "note", "amount", "item_ref")
    cells = ("2026-12-31", " PAID ", "TX 1", "=note", "1.00 EUR", item_ref(1))
    content = mark + f"{delimiter.join(names)}\r\n{delimiter.join(cells)}\r\n".encode()
    provider = await opened(ManualPayouts, {})

    (seen,) = (await provider.read_file(content, context())).items

    assert (seen.state, seen.provider_ref) == (ObservedState.PAID, "TX 1")
    assert seen.occurred_at == datetime(2026, 12, 31, tzinfo=UTC)


HEAD = "item_ref,amount,result,bank_reference,done_on\r\n"
GOOD = f"{item_ref(1)},1.00 EUR,paid,TX,2026-12-31\r\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "columns"),
        ("item_ref,result\r\n", "columns"),
        (HEAD.replace("amount", "result") + GOOD, "columns"),
        (HEAD + GOOD + GOOD, "row 3"),
        (HEAD + GOOD.replace("paid", "done"), "row 2"),
        (HEAD + GOOD.replace("TX", ""), "reference"),
        (HEAD + GOOD.replace("TX", "x" * 101), "reference"),
        (HEAD + GOOD.replace("1.00 EUR", "1.00"), "amount"),
        (HEAD + GOOD.replace("1.00 EUR", "1"), "amount"),
        (HEAD + GOOD.replace("2026-12-31", "31.12.2026"), "2026-12-31"),
        (HEAD + GOOD.replace("PEU", "BEU"), "reference"),
        (HEAD + GOOD.replace("\r\n", ",more\r\n"), "more cells"),
        (HEAD + '"' + GOOD, "no CSV"),
    ],
)
@pytest.mark.asyncio
async def test_a_worksheet_that_is_wrong_is_refused_as_a_whole(content: str, says: str) -> None:
    """With the row, so that staff can mend it; half of it is never taken."""
    provider = await opened(ManualPayouts, {})

    with pytest.raises(FileRefused, match=says):
        await provider.read_file(content.encode(), context())


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"x" * (9 * 2**20), HEAD.encode() + GOOD.encode() * 10_001]
)
@pytest.mark.asyncio
async def test_what_is_no_worksheet_is_refused(content: bytes) -> None:
    """Another encoding, or too much of it."""
    provider = await opened(ManualPayouts, {})

    with pytest.raises(FileRefused):
        await provider.read_file(content, context())


@pytest.mark.asyncio
async def test_a_changed_amount_is_told_as_it_was_written() -> None:
    """The core then sees that it is not what was asked for."""
    provider = await opened(ManualPayouts, {})
    filled = StaffSimulator().fill(await sheet(batch_of(Money(12_340_000, "EUR"))))

    report = await provider.read_file(filled.replace(b"12.34", b"12.35"), context())

    assert report.items[0].amount == Money(12_350_000, "EUR")


@pytest.mark.asyncio
async def test_sending_moves_nothing() -> None:
    """Accepted, until staff record more; silence says nothing."""
    provider = await opened(ManualPayouts, {})
    batch = batch_of(Money(12_340_000, "EUR"))
    made = await provider.prepare(batch, context())
    ready = replace(batch, payload=made.payload, provider_state=made.batch_state)

    sent = await provider.send(ready, context())
    answer = await provider.look_up(ready, context())

    assert [each.state for each in sent.items] == [ObservedState.ACCEPTED]
    assert (answer.found, answer.missing) == ((), ())
    for wrong in (replace(ready, payload=None), replace(ready, payload=b"other")):
        with pytest.raises(ConfigError):
            await provider.send(wrong, context())


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"bank_code": "IFSC0001", "address": "1 Road, Nairobi"}, []),
        ({"holder_name": " "}, ["missing"]),
        ({"bank_code": ""}, ["missing"]),
        ({"account_number": "=1"}, ["characters"]),
        ({"account_number": "1" * 41}, ["too_long"]),
        ({"iban": "x"}, ["unknown"]),
    ],
)
@pytest.mark.asyncio
async def test_what_a_member_must_give(changes: dict[str, Any], codes: list[str]) -> None:
    """Enough for a person to pay it."""
    provider = await opened(ManualPayouts, {})
    destination = batch_of(Money(1_000_000, "EUR"), **changes).items[0].destination

    assert [each.code for each in await provider.check_destination(destination)] == codes
