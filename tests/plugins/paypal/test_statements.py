"""PayPal's report as statement lines: every movement once, however late it appears."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.money import Money
from domain.provider import OutcomeUnknown
from domain.provider_news import LineKind, StatementLine
from plugins.conformance.bench import Bench, Opened
from plugins.payments.paypal.deposits import PayPalDeposits
from plugins.payments.paypal.reports import kind_of, lines_of
from plugins.payments.paypal.simulator.payouts import FEE
from plugins.payments.paypal.simulator.reports import Line
from tests.plugins.paypal.bench import on_paypal, paypal, to, usd


def read(
    bench: Bench, opened: Opened, cursor: str | None = None
) -> tuple[list[StatementLine], str | None]:
    async def all_pages() -> tuple[list[StatementLine], str | None]:
        lines: list[StatementLine] = []
        last = cursor
        async for page in opened.raw.statement(cursor, bench.now(), bench.context()):
            lines += page.lines
            last = page.cursor
        return lines, last

    return bench.run(all_pages())


def plain_line(at: datetime, number: int) -> Line:
    return Line(transaction_id=f"T-{number}", code="T0300", at=at, amount=usd(1_000_000))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("T0001", LineKind.PAYOUT),
        ("T0006", LineKind.DEPOSIT),
        ("T0104", LineKind.FEE),
        ("T0200", LineKind.EXCHANGE),
        ("T0400", LineKind.TOP_UP),
        ("T1105", LineKind.OTHER),
        ("T1107", LineKind.REVERSAL),
        ("T1114", LineKind.RETURN),
        ("T1115", LineKind.RETURN),
        ("T1201", LineKind.REVERSAL),
        ("T1503", LineKind.OTHER),
        ("T9999", LineKind.OTHER),
    ],
)
def test_codes_have_their_kinds(code: str, kind: LineKind) -> None:
    """What is not in the table is told as such, with its code."""
    assert kind_of(code) is kind


def test_a_payout_and_its_fee_are_two_lines() -> None:
    """Each in its own currency, and both below zero."""
    with on_paypal() as bench:
        opened = bench.open()
        bench.send(opened, bench.batch(amounts=[Money(5_000_000, "EUR")]))
        bench.wait(timedelta(hours=4))

        lines, _ = read(bench, opened)

    payout, fee = lines
    assert payout.kind is LineKind.PAYOUT and payout.amount == Money(-5_000_000, "EUR")
    assert fee.kind is LineKind.FEE and fee.amount == -FEE
    assert payout.item_ref == fee.item_ref and str(payout.item_ref).startswith("PZZ")
    assert payout.line_id != fee.line_id and payout.raw_code == "T0001"


def test_what_comes_back_is_a_line_of_its_own() -> None:
    """The first one stays as it was: the money left, and came again."""
    with on_paypal() as bench:
        opened = bench.open()
        bench.send(opened, to(bench.batch(), "unclaimed"))
        bench.wait(timedelta(hours=4))
        before, cursor = read(bench, opened)
        bench.wait(timedelta(days=31))
        after, _ = read(bench, opened, cursor)

    assert [each.kind for each in before] == [LineKind.PAYOUT, LineKind.FEE]
    (back,) = [each for each in after if each.kind is LineKind.RETURN]
    assert back.amount == -before[0].amount and back.item_ref == before[0].item_ref
    assert {each.line_id for each in after} - {each.line_id for each in before} == {back.line_id}


def test_the_cursor_stands_where_the_report_ended() -> None:
    """What is younger than three hours may still be missing: it is read next time."""
    with on_paypal() as bench:
        opened = bench.open()
        bench.wait(timedelta(hours=10))
        bench.send(opened, bench.batch())
        early, cursor = read(bench, opened)
        assert early == [] and cursor is not None
        assert datetime.fromisoformat(cursor) == bench.now() - timedelta(hours=3)
        bench.wait(timedelta(hours=4))

        late, _ = read(bench, opened, cursor)

    assert [each.kind for each in late] == [LineKind.PAYOUT, LineKind.FEE]


def test_what_appears_late_is_not_lost() -> None:
    """The last hours are read again each time; the line's id keeps it from counting twice."""
    with on_paypal() as bench:
        opened, report = bench.open(), paypal(bench).report
        bench.wait(timedelta(hours=10))
        _, cursor = read(bench, opened)
        report.other.append(plain_line(bench.now() - timedelta(hours=5), 1))

        lines, _ = read(bench, opened, cursor)

    assert [each.line_id for each in lines] == ["T-1-T0300"]


def test_many_lines_over_many_months_are_all_read() -> None:
    """500 on a page, 31 days in a window, each line once."""
    with on_paypal() as bench:
        opened, report = bench.open(), paypal(bench).report
        start = bench.now()
        bench.wait(timedelta(days=100))
        report.other += [
            plain_line(start + timedelta(days=number % 90, minutes=number % 7), number)
            for number in range(1_600)
        ]

        lines, cursor = read(bench, opened, start.isoformat())

        assert len(lines) == len({each.line_id for each in lines}) == 1_600
        assert cursor is not None and read(bench, opened, cursor)[0] == []
        assert datetime.fromisoformat(cursor) == bench.now() - timedelta(hours=3)


def test_deposits_are_told_by_their_reference() -> None:
    """Money in, its fee, and what went back to the employer."""
    with on_paypal(PayPalDeposits) as bench:
        opened, report = bench.open(), paypal(bench).report
        at = bench.now()
        paid = Line(
            transaction_id="T-1",
            code="T0006",
            at=at,
            amount=usd(10_000_000),
            fee=usd(-300_000),
            custom="DZZ1",
            invoice="DZZ1",
        )
        back = replace(paid, transaction_id="T-2", code="T1107", amount=usd(-4_000_000), fee=None)
        report.other += [paid, replace(back, custom="RZZ1")]
        bench.wait(timedelta(hours=4))

        lines, _ = read(bench, opened)

    assert [(each.kind, each.deposit_ref, each.amount.micros) for each in lines] == [
        (LineKind.DEPOSIT, "DZZ1", 10_000_000),
        (LineKind.FEE, "DZZ1", -300_000),
        (LineKind.REVERSAL, "DZZ1", -4_000_000),
    ]


def test_what_was_denied_is_no_movement() -> None:
    """It stands in the report, but no money has moved."""
    row = {
        "transaction_id": "T-1",
        "transaction_event_code": "T0001",
        "transaction_status": "D",
        "transaction_initiation_date": "2026-03-29T00:59:59Z",
        "transaction_amount": {"currency_code": "USD", "value": "-1.00"},
    }

    assert list(lines_of(row)) == []
    assert len(list(lines_of({**row, "transaction_status": "S"}))) == 1


@pytest.mark.parametrize(
    "spoilt",
    [
        {"transaction_amount": None},
        {"transaction_amount": {"currency_code": "USD", "value": "one"}},
        {"transaction_amount": {"currency_code": "USD", "value": "0.0000001"}},
        {"transaction_amount": {"currency_code": "dollars", "value": "1"}},
        {"transaction_id": None},
        {"transaction_event_code": 7},
        {"transaction_initiation_date": "yesterday"},
    ],
)
def test_a_line_that_cannot_be_read_is_not_left_out(spoilt: dict[str, Any]) -> None:
    """A statement without it would seem to add up."""
    row = {
        "transaction_id": "T-1",
        "transaction_event_code": "T0001",
        "transaction_status": "S",
        "transaction_initiation_date": "2026-03-29T00:59:59Z",
        "transaction_amount": {"currency_code": "USD", "value": "-1.00"},
    }
    with pytest.raises(OutcomeUnknown):
        list(lines_of({**row, **spoilt}))
