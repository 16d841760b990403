"""PayPal's report of transactions: read window by window, and turned into statement lines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from domain.provider import NoAnswer, OutcomeUnknown
from domain.provider_news import LineKind, StatementLine, StatementPage
from plugins.payments.paypal.account import Account
from plugins.payments.paypal.currencies import money_of, optional_money
from plugins.payments.paypal.said import Answered
from plugins.payments.paypal.settings import REPORT_DELAY
from plugins.payments.paypal.webhooks import instant

WINDOW: Final = timedelta(days=31)
HISTORY: Final = timedelta(days=3 * 365)  # PayPal keeps three years
PAGE_SIZE: Final = 500
PAGES_MAX: Final = 1000
PAYOUT_CODE: Final = "T0001"
DENIED: Final = "D"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """What a transaction code that begins so means; the longest beginning counts."""

    prefix: str
    kind: LineKind
    source: str = "developer.paypal.com/docs/reports/reference/tcodes"
    verified_on: date | None = None  # nobody has read it against a live account yet


CODES: Final = (
    CodeRow(prefix="T0000", kind=LineKind.DEPOSIT),
    CodeRow(prefix="T0001", kind=LineKind.PAYOUT),
    CodeRow(prefix="T0003", kind=LineKind.DEPOSIT),
    CodeRow(prefix="T0006", kind=LineKind.DEPOSIT),
    CodeRow(prefix="T01", kind=LineKind.FEE),
    CodeRow(prefix="T02", kind=LineKind.EXCHANGE),
    CodeRow(prefix="T03", kind=LineKind.TOP_UP),
    CodeRow(prefix="T04", kind=LineKind.TOP_UP),
    CodeRow(prefix="T1105", kind=LineKind.OTHER),  # a hold ends
    CodeRow(prefix="T1106", kind=LineKind.REVERSAL),
    CodeRow(prefix="T1107", kind=LineKind.REVERSAL),  # an employer's money goes back
    CodeRow(prefix="T1114", kind=LineKind.RETURN),
    CodeRow(prefix="T1115", kind=LineKind.RETURN),
    CodeRow(prefix="T12", kind=LineKind.REVERSAL),
    CodeRow(prefix="T15", kind=LineKind.OTHER),  # a hold begins
)
PAYOUT_KINDS: Final = frozenset({LineKind.PAYOUT, LineKind.RETURN})
DEPOSIT_KINDS: Final = frozenset({LineKind.DEPOSIT, LineKind.REVERSAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """`complete_until`: what happened later may still be missing."""

    rows: tuple[Mapping[str, Any], ...]
    complete_until: datetime
    is_last_of_window: bool


async def report(
    account: Account, *, since: datetime, until: datetime
) -> AsyncIterator[ReportPage]:
    """Raises `NoAnswer` where the whole of it cannot be read."""
    start = since
    while start < until:
        end = min(start + WINDOW, until)
        page, last = 1, 1
        while page <= last:
            said = await _page(account, start=start, end=end, page=page)
            last = int(said.get("total_pages") or 1)
            if last > PAGES_MAX:
                raise NoAnswer("a report that is too long")
            refreshed_at = instant(said.get("last_refreshed_datetime"))
            yield ReportPage(
                rows=tuple(_infos(said)),
                complete_until=min(end, refreshed_at or until - REPORT_DELAY),
                is_last_of_window=page == last,
            )
            page += 1
        start = end


async def statement(
    account: Account, *, cursor: str | None, until: datetime
) -> AsyncIterator[StatementPage]:
    """The last hours are read again each time: what happened then may appear late."""
    since = until - HISTORY if cursor is None else datetime.fromisoformat(cursor)
    start = max(since - REPORT_DELAY, until - HISTORY)
    kept = since.isoformat()
    async for page in report(account, since=start, until=until):
        if page.is_last_of_window:
            kept = max(since, page.complete_until).isoformat()
        lines = tuple(line for row in page.rows for line in lines_of(row))
        yield StatementPage(lines=lines, cursor=kept)


def lines_of(row: Mapping[str, Any]) -> Iterator[StatementLine]:
    """The movement, and PayPal's fee for it as a line of its own.

    An id may stand in the report twice, under two codes; a pending movement has left the
    balance already, and its line stays the same when it is done.
    """
    if row.get("transaction_status") == DENIED:
        return
    code, name = row.get("transaction_event_code"), row.get("transaction_id")
    booked_at = instant(row.get("transaction_initiation_date"))
    if not isinstance(code, str) or not isinstance(name, str) or booked_at is None:
        raise OutcomeUnknown("a line of the report that cannot be read")
    kind = kind_of(code)
    ours = row.get("custom_field")
    line = StatementLine(
        line_id=f"{name}-{code}",
        booked_at=booked_at,
        kind=kind,
        amount=money_of(row.get("transaction_amount")),
        item_ref=ours if kind in PAYOUT_KINDS else None,
        # A refund carries our name for the refund, and the deposit's as its invoice.
        deposit_ref=(row.get("invoice_id") or ours) if kind in DEPOSIT_KINDS else None,
        provider_ref=name,
        raw_code=code,
    )
    yield line
    fee = optional_money(row.get("fee_amount"))
    if fee is not None and fee.micros:
        yield replace(line, line_id=f"{line.line_id}-fee", kind=LineKind.FEE, amount=fee)


def kind_of(code: str) -> LineKind:
    rows = [row for row in CODES if code.startswith(row.prefix)]
    return max(rows, key=lambda row: len(row.prefix)).kind if rows else LineKind.OTHER


async def _page(account: Account, *, start: datetime, end: datetime, page: int) -> Any:
    try:
        said = await account.get(
            "/v1/reporting/transactions",
            start_date=stamp(start),
            end_date=stamp(end),
            fields="all",
            page_size=PAGE_SIZE,
            page=page,
        )
    except Answered as answered:
        raise answered.as_problem() from None
    if not isinstance(said, dict):
        raise OutcomeUnknown("a report that cannot be read")
    return said


def stamp(at: datetime) -> str:
    """PayPal does not take microseconds; the second after is inside rather than lost."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _infos(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for each in said.get("transaction_details") or ():
        info = each.get("transaction_info") if isinstance(each, Mapping) else None
        if isinstance(info, Mapping):
            yield info
