"""What was booked at Stripe, oldest first: on the balance (v1) or the financial account (v2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import msgspec

from domain.money import Money
from domain.provider_news import LineKind, StatementLine, StatementPage
from plugins.payments.stripe.answers import (
    BalanceTransaction,
    OutboundPayment,
    TransactionEntry,
    moved,
)
from plugins.payments.stripe.client import PAGE_LIMIT, StripeCalls, rfc3339
from plugins.payments.stripe.settings import StripeConfig

LAG: Final = timedelta(minutes=1)
"""What is booked now may show a moment later, behind what we have read by then."""

BALANCE_KINDS: Final[Mapping[str, LineKind]] = {
    "charge": LineKind.DEPOSIT,
    "payment": LineKind.DEPOSIT,
    "refund": LineKind.RETURN,
    "payment_refund": LineKind.RETURN,
    "refund_failure": LineKind.RETURN,
    "payment_failure_refund": LineKind.RETURN,
    "payment_reversal": LineKind.REVERSAL,
    "adjustment": LineKind.REVERSAL,  # how a dispute takes and gives back
    "transfer": LineKind.PAYOUT,
    "transfer_cancel": LineKind.REVERSAL,
    "transfer_failure": LineKind.RETURN,
    "transfer_refund": LineKind.REVERSAL,
    "payout": LineKind.TOP_UP,  # to our own bank
    "payout_cancel": LineKind.TOP_UP,
    "payout_failure": LineKind.TOP_UP,
    "topup": LineKind.TOP_UP,
    "topup_reversal": LineKind.TOP_UP,
    "stripe_fee": LineKind.FEE,
    "stripe_fx_fee": LineKind.FEE,
    "tax_fee": LineKind.FEE,
}
ENTRY_KINDS: Final[Mapping[str, LineKind]] = {
    "outbound_payment": LineKind.PAYOUT,
    "outbound_payment_reversal": LineKind.RETURN,
    "outbound_transfer": LineKind.TOP_UP,
    "outbound_transfer_reversal": LineKind.TOP_UP,
    "inbound_transfer": LineKind.TOP_UP,
    "inbound_transfer_reversal": LineKind.TOP_UP,
    "received_credit": LineKind.TOP_UP,
    "received_credit_reversal": LineKind.TOP_UP,
    "currency_conversion": LineKind.EXCHANGE,
    "stripe_fee": LineKind.FEE,
    "stripe_fee_tax": LineKind.FEE,
}


async def account_pages(
    calls: StripeCalls, config: StripeConfig, *, cursor: str | None, until: datetime
) -> AsyncIterator[StatementPage]:
    """Both, the financial account first: an instance is one account, and has one cursor."""
    until -= LAG
    at: dict[str, str] = {} if cursor is None else msgspec.json.decode(cursor, type=dict[str, str])
    pages = (("entries", _financial_account_pages), ("balance", _balance_pages))
    for name, read in pages:
        async for page in read(calls, config, cursor=at.get(name), until=until):
            at[name] = page.cursor
            yield replace(page, cursor=msgspec.json.encode(at).decode())


async def balance_pages(
    calls: StripeCalls, config: StripeConfig, *, cursor: str | None, until: datetime
) -> AsyncIterator[StatementPage]:
    async for page in _balance_pages(calls, config, cursor=cursor, until=until - LAG):
        yield page


async def _balance_pages(
    calls: StripeCalls, config: StripeConfig, *, cursor: str | None, until: datetime
) -> AsyncIterator[StatementPage]:
    """Stripe lists the newest first; `ending_before` asks for what came right after an id."""
    after = cursor
    if after is None:
        oldest = await _oldest(calls, config)
        if oldest is None or _at(oldest) >= until:
            return
        yield StatementPage(lines=_balance_lines(oldest), cursor=oldest.id)
        after = oldest.id
    while True:
        page = await _newer(calls, after)
        due = [each for each in page if _at(each) < until]
        if due:
            after = due[-1].id
            lines = tuple(line for each in due for line in _balance_lines(each))
            yield StatementPage(lines=lines, cursor=after)
        if len(due) < len(page) or not page:
            return


async def _financial_account_pages(
    calls: StripeCalls, config: StripeConfig, *, cursor: str | None, until: datetime
) -> AsyncIterator[StatementPage]:
    """From the cursor's instant, included, to `until`, not included: entries never change."""
    since = datetime.fromisoformat(cursor) if cursor is not None else _first(config)
    window = {"lt": rfc3339(until)}
    if since is not None:
        window["gte"] = rfc3339(since)
    listed = await calls.pages(
        lambda client: client.v2.money_management.transaction_entries.list(
            {"created": window, "limit": PAGE_LIMIT}
        ),
        TransactionEntry,
    )
    ours = [
        each
        for each in reversed(listed)
        if each.transaction_details.financial_account == config.financial_account
    ]
    refs = await _item_refs(calls, window, ours)
    lines = tuple(line for each in ours for line in _entry_lines(each, refs))
    yield StatementPage(lines=lines, cursor=until.isoformat())


async def _item_refs(
    calls: StripeCalls, window: dict[str, str], entries: Sequence[TransactionEntry]
) -> dict[str, str]:
    """An entry names the payment only; the payment carries our reference."""
    wanted = {_payment_of(each) for each in entries if _moved_by(each).micros} - {None}
    if not wanted:
        return {}
    payments = await calls.pages(
        lambda client: client.v2.money_management.outbound_payments.list(
            {"created": window, "limit": PAGE_LIMIT}
        ),
        OutboundPayment,
    )
    for payment_id in sorted(str(each) for each in wanted - {each.id for each in payments}):
        payments.append(await _older_payment(calls, payment_id))
    return {each.id: (each.metadata or {}).get("item_ref", "") for each in payments}


async def _older_payment(calls: StripeCalls, payment_id: str) -> OutboundPayment:
    """Made before the window, and booked in it."""
    return await calls.read(
        lambda client: client.v2.money_management.outbound_payments.retrieve(payment_id),
        OutboundPayment,
    )


async def _oldest(calls: StripeCalls, config: StripeConfig) -> BalanceTransaction | None:
    """Walks back once, when nothing has been read yet."""
    asked: dict[str, Any] = {"limit": PAGE_LIMIT, "expand": ["data.source"]}
    first = _first(config)
    if first is not None:
        asked["created"] = {"gte": int(first.timestamp())}
    oldest = None
    while page := await _listed(calls, asked):
        oldest = page[-1]
        asked = {**asked, "starting_after": oldest.id}
    return oldest


async def _newer(calls: StripeCalls, after: str) -> list[BalanceTransaction]:
    page = await _listed(
        calls, {"limit": PAGE_LIMIT, "ending_before": after, "expand": ["data.source"]}
    )
    return page[::-1]


async def _listed(calls: StripeCalls, asked: dict[str, Any]) -> list[BalanceTransaction]:
    return await calls.read(
        lambda client: list(client.v1.balance_transactions.list(asked).data),
        list[BalanceTransaction],
    )


def _balance_lines(booked: BalanceTransaction) -> tuple[StatementLine, ...]:
    """The amount as it was asked for, and Stripe's fee apart: what arrives is the difference."""
    source = booked.source if isinstance(booked.source, dict) else {}
    metadata = source.get("metadata") or {}
    line = StatementLine(
        line_id=booked.id,
        booked_at=_at(booked),
        kind=BALANCE_KINDS.get(booked.type, LineKind.OTHER),
        amount=moved(booked.amount, booked.currency),
        item_ref=metadata.get("item_ref"),
        deposit_ref=metadata.get("deposit_ref"),
        provider_ref=source.get("id"),
        raw_code=booked.type,
    )
    if not booked.fee:
        return (line,)
    fee = StatementLine(
        line_id=f"{booked.id}-fee",
        booked_at=line.booked_at,
        kind=LineKind.FEE,
        amount=-moved(booked.fee, booked.currency),
        item_ref=line.item_ref,
        deposit_ref=line.deposit_ref,
        provider_ref=line.provider_ref,
        raw_code=booked.type,
    )
    return (line, fee)


def _entry_lines(entry: TransactionEntry, refs: Mapping[str, str]) -> tuple[StatementLine, ...]:
    """What only moves from available to pending has not left us: no line."""
    amount = _moved_by(entry)
    if not amount.micros:
        return ()
    payment_id = _payment_of(entry)
    category = entry.transaction_details.category
    return (
        StatementLine(
            line_id=entry.id,
            booked_at=datetime.fromisoformat(entry.effective_at),
            kind=ENTRY_KINDS.get(category, LineKind.OTHER),
            amount=amount,
            item_ref=refs.get(payment_id or "") or None,
            provider_ref=payment_id,
            raw_code=category,
        ),
    )


def _moved_by(entry: TransactionEntry) -> Money:
    impact = entry.balance_impact
    return impact.available.money + impact.inbound_pending.money + impact.outbound_pending.money


def _payment_of(entry: TransactionEntry) -> str | None:
    flow = entry.transaction_details.flow
    return flow.outbound_payment if flow is not None else None


def _first(config: StripeConfig) -> datetime | None:
    if config.statement_from is None:
        return None
    return datetime.combine(config.statement_from, time(), UTC)


def _at(booked: BalanceTransaction) -> datetime:
    return datetime.fromtimestamp(booked.created, UTC)
