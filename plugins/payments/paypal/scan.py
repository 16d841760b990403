"""Finds a batch that we know only by our own reference: PayPal cannot be asked for one.

First among the events PayPal keeps, then in its report of transactions. The report runs
hours behind, so the window that was really read goes back with the answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from domain.payouts.provider import Observation, ObservedState, PayoutBatch
from domain.provider import NoAnswer, OutcomeUnknown
from plugins.payments.paypal.account import Account
from plugins.payments.paypal.currencies import money_of
from plugins.payments.paypal.reports import PAYOUT_CODE, report, stamp
from plugins.payments.paypal.said import Answered
from plugins.payments.paypal.webhooks import BATCH_EVENT, ITEM_EVENT, instant

EVENTS_PATH: Final = "/v1/notifications/webhooks-events"
EVENTS_PAGE: Final = 100
EVENT_PAGES_MAX: Final = 50
EVENT_TYPES: Final = tuple(f"{BATCH_EVENT}{each}" for each in ("PROCESSING", "SUCCESS", "DENIED"))
BEFORE: Final = timedelta(days=1)  # PayPal's clock is not ours
REPORTED: Final[Mapping[str, ObservedState]] = {
    "S": ObservedState.PAID,
    "P": ObservedState.PENDING,
    "D": ObservedState.FAILED,
    "V": ObservedState.RETURNED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """The batch's id; or what the report says of its items, and how far it was read."""

    batch_id: str | None = None
    reported: tuple[Observation, ...] = ()
    searched_from: datetime | None = None
    searched_until: datetime | None = None


@dataclass(slots=True)
class _Report:
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    until: datetime | None = None


async def scan(account: Account, batch: PayoutBatch, *, now: datetime) -> Scanned:
    """Raises `NoAnswer` where the search could not be finished: then it has found nothing out."""
    since = (batch.first_sent_at or now) - BEFORE
    for kind in EVENT_TYPES:
        async for event in events(account, since=since, until=now, event_type=kind):
            if _batch_ref(event) == batch.batch_ref:
                return Scanned(batch_id=_batch_id(event))
    found = await _search_report(account, batch, since=since, until=now)
    for row in found.rows:
        batch_id = await _batch_of_transaction(account, str(row.get("transaction_id")))
        if batch_id is not None:
            return Scanned(batch_id=batch_id)
    return Scanned(
        reported=tuple(_reported(row) for row in found.rows),
        searched_from=since,
        searched_until=found.until,
    )


async def events(
    account: Account, *, since: datetime, until: datetime, event_type: str
) -> AsyncIterator[Mapping[str, Any]]:
    query = {"start_time": stamp(since), "end_time": stamp(until), "event_type": event_type}
    said = await _asked(account, **query, page_size=EVENTS_PAGE)
    for _ in range(EVENT_PAGES_MAX):
        for each in said.get("events") or ():
            yield each
        following = _next(said)
        if following is None:
            return
        try:
            said = await account.follow(following)
        except Answered as answered:
            raise answered.as_problem() from None
    raise NoAnswer("more events than can be read")


async def _search_report(
    account: Account, batch: PayoutBatch, *, since: datetime, until: datetime
) -> _Report:
    """One row per item of ours, the latest; `until` as far as the report is complete."""
    refs = {item.item_ref for item in batch.items}
    found: dict[str, Mapping[str, Any]] = {}
    complete_until = since
    async for page in report(account, since=since, until=until):
        for row in page.rows:
            is_payout = row.get("transaction_event_code") == PAYOUT_CODE
            if is_payout and row.get("custom_field") in refs:
                found[row["custom_field"]] = row
        complete_until = page.complete_until
    return _Report(rows=list(found.values()), until=complete_until)


async def _batch_of_transaction(account: Account, transaction_id: str) -> str | None:
    said = await _asked(account, transaction_id=transaction_id, page_size=EVENTS_PAGE)
    for event in said.get("events") or ():
        batch_id = _batch_id(event)
        if batch_id is not None:
            return batch_id
    return None


def _reported(row: Mapping[str, Any]) -> Observation:
    """What left us is below zero in the report."""
    status = row.get("transaction_status")
    return Observation(
        item_ref=row["custom_field"],
        state=REPORTED.get(str(status)),
        provider_code=f"REPORT_{status}",
        amount=-money_of(row.get("transaction_amount")),
        occurred_at=instant(row.get("transaction_initiation_date")),
    )


async def _asked(account: Account, **query: str | int) -> Any:
    try:
        said = await account.get(EVENTS_PATH, **query)
    except Answered as answered:
        if answered.status == HTTPStatus.NOT_FOUND:
            return {}  # no webhook, no events
        raise answered.as_problem() from None
    if not isinstance(said, dict):
        raise OutcomeUnknown("events that cannot be read")
    return said


def _next(said: Mapping[str, Any]) -> str | None:
    for link in said.get("links") or ():
        if isinstance(link, Mapping) and link.get("rel") == "next":
            return str(link.get("href"))
    return None


def _batch_ref(event: Mapping[str, Any]) -> str | None:
    header = _header(event)
    given = header.get("sender_batch_header")
    return given.get("sender_batch_id") if isinstance(given, Mapping) else None


def _batch_id(event: Mapping[str, Any]) -> str | None:
    resource = event.get("resource")
    is_item = str(event.get("event_type")).startswith(ITEM_EVENT)
    said = resource if is_item and isinstance(resource, Mapping) else _header(event)
    batch_id = said.get("payout_batch_id")
    return batch_id if isinstance(batch_id, str) and batch_id else None


def _header(event: Mapping[str, Any]) -> Mapping[str, Any]:
    resource = event.get("resource")
    header = resource.get("batch_header") if isinstance(resource, Mapping) else None
    return header if isinstance(header, Mapping) else {}
