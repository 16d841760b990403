"""Reads an instance's statement page by page; lines and cursor are one transaction."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from domain.database import fetch, fetch_row, one_transaction
from domain.given import Clock, NewId
from domain.jobs import JobRequest, enqueue
from domain.provider import CallContext, ProviderError
from domain.provider_inbox.operations.match_lines import insert_lines, match_lines
from domain.provider_inbox.provider import NewsDirectory
from domain.provider_inbox.rules import LINES_LATE
from domain.provider_news import StatementPage

STATEMENT: Final = "statement"

_CURSOR: Final = "select cursor from provider_cursor where instance_id = $1 and kind = $2"
_MOVE: Final = """
    insert into provider_cursor (id, instance_id, kind, cursor, read_until, read_at)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (instance_id, kind) do update
    set cursor = excluded.cursor, read_at = excluded.read_at,
        read_until = greatest(provider_cursor.read_until, excluded.read_until)
    where provider_cursor.cursor = coalesce($7, '')
    returning id
"""
_WITH_OPEN_LINES: Final = """
    select distinct instance_id from provider_statement_line
    where state in ('waiting', 'exception')
"""


@one_transaction
async def ask_for_statements(*, news: NewsDirectory) -> int:
    """A job per instance that tells; and one for those whose open lines may have healed."""
    readers = set(news.statement_readers())
    waiting = {row["instance_id"] for row in await fetch(_WITH_OPEN_LINES)}
    instances = sorted(readers | waiting)
    if instances:
        await enqueue([statement_job(each) for each in instances])
    return len(instances)


async def read_statement(
    *, instance_id: str, news: NewsDirectory, clock: Clock, new_id: NewId
) -> int:
    """How many lines are new. Then every open line is held against the books."""
    count = 0
    if instance_id in news.statement_readers():
        with suppress(ProviderError):  # what came before stays; the rest comes next time
            count = await _read(instance_id=instance_id, news=news, clock=clock, new_id=new_id)
    await match_lines(instance_id=instance_id, now=clock())
    return count


def statement_job(instance_id: str) -> JobRequest:
    return JobRequest(
        name="provider_statement", arguments={"instance_id": instance_id}, once_key=instance_id
    )


async def _read(*, instance_id: str, news: NewsDirectory, clock: Clock, new_id: NewId) -> int:
    row = await fetch_row(_CURSOR, instance_id, STATEMENT)
    cursor: str | None = None if row is None else row["cursor"] or None
    now = clock()
    until = now - LINES_LATE
    context = CallContext(now=now, send_no=1, correlation_id=f"statement:{instance_id}")
    reader = news.statement_reader(instance_id=instance_id)
    count = 0
    async for page in reader.statement(cursor, until, context):
        kept = await _keep(
            instance_id=instance_id,
            page=page,
            before=cursor,
            read_until=None,
            new_id=new_id,
            now=clock(),
        )
        if kept is None:
            return count  # another job worker reads as well, and is ahead of us
        count += kept
        cursor = page.cursor
    end = StatementPage(lines=(), cursor=cursor or "")
    await _keep(
        instance_id=instance_id,
        page=end,
        before=cursor,
        read_until=until,
        new_id=new_id,
        now=clock(),
    )
    return count


@one_transaction
async def _keep(
    *,
    instance_id: str,
    page: StatementPage,
    before: str | None,
    read_until: datetime | None,
    new_id: NewId,
    now: datetime,
) -> int | None:
    """None when somebody else has moved the cursor meanwhile."""
    moved = await fetch_row(
        _MOVE,
        new_id(),
        instance_id,
        STATEMENT,
        page.cursor,
        read_until or now - timedelta(days=36_500),
        now,
        before,
    )
    if moved is None:
        return None
    return await insert_lines(page.lines, instance_id=instance_id, new_id=new_id, now=now)
