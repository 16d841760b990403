"""Tells operators of fees that nobody expected. The payments are done; people ask the provider."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from domain.payouts import queries

log = structlog.get_logger(__name__)

LOOKED_BACK: Final = timedelta(hours=25)  # a night's run, and an hour that it may be late


async def watch_fees(*, now: datetime) -> None:
    for each in await queries.high_fees(since=now - LOOKED_BACK):
        log.warning(
            "payout.fee.high",
            instance=each.instance_id,
            attempt=str(each.attempt_id),
            item_ref=each.item_ref,
            fee=str(each.fee),
            quoted=None if each.quoted is None else str(each.quoted),
        )
