"""Which hosts are blocked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.database import fetch, fetch_value
from domain.links import with_parents

LISTED_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedHostRecord:
    host: str
    is_blocked: bool
    reason: str
    at: datetime


_LAST: Final = """
    select distinct on (host) host, is_blocked, reason, at from blocked_host
    where {which} order by host, position desc
"""
_FIRST_BLOCKED: Final = f"""
    select host from ({_LAST.format(which="host = any($1)")}) b where is_blocked
    order by host limit 1
"""  # noqa: S608  # our own condition
_LISTED: Final = f"""
    select * from ({_LAST.format(which="strpos(host, $1) > 0")}) b where is_blocked
    order by at desc, host limit {LISTED_MAX}
"""  # noqa: S608
_ONE: Final = _LAST.format(which="host = $1")


async def first_blocked(hosts: Collection[str]) -> str | None:
    """Of these and all above them."""
    asked = {above for host in hosts for above in with_parents(host)}
    found: str | None = await fetch_value(_FIRST_BLOCKED, sorted(asked))
    return found


async def blocked_hosts(*, within: str = "") -> list[BlockedHostRecord]:
    """Whose names hold this, those blocked last first."""
    return [BlockedHostRecord(**dict(row)) for row in await fetch(_LISTED, within)]


async def host_decision(*, host: str) -> BlockedHostRecord | None:
    """What was decided last about this host alone."""
    rows = await fetch(_ONE, host)
    return BlockedHostRecord(**dict(rows[0])) if rows else None
