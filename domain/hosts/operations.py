"""Staff block hosts, and open them again."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.errors import InvalidInput
from domain.hosts import queries
from domain.links import LABEL_COUNT_MAX, host_of, is_web_address, plain_host
from domain.members import queries as members
from domain.members.rules import Role
from domain.texts import has_unprintable, require_text

REASON_LENGTH_MAX: Final = 500
_HOST: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+", re.ASCII)
# One writer at a time: positions are counted on, and nobody does this often.
_LOCK: Final = "select pg_advisory_xact_lock(hashtext('blocked_host'))"
_DECIDE: Final = """
    insert into blocked_host (host, position, is_blocked, reason, actor_id, at)
    select $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5 from blocked_host where host = $1
"""


class HostBlocked(InvalidInput):
    """A text or a task leads to a host that staff have blocked."""

    code = "HOST_BLOCKED"

    def __init__(self, host: str, *, path: str) -> None:
        super().__init__(f"no campaign may lead to {host}", path=(path,))
        self.host = host


@one_transaction
async def set_blocked_host(
    *, staff_id: UUID, host: str, is_blocked: bool, reason: str, now: datetime
) -> str:
    """Blocks a host with all below it, or opens it again; gives its plain spelling.

    What is published stays. Refuses with `NotAllowed` or `InvalidInput`.
    """
    await members.require_role(member_id=staff_id, role=Role.STAFF)
    require_text(reason, path="reason", most=REASON_LENGTH_MAX)
    plain = (host_of(host) if is_web_address(host) else None) or plain_host(host.strip())
    is_host = _HOST.fullmatch(plain) and not has_unprintable(host)
    if not is_host or plain.count(".") >= LABEL_COUNT_MAX:
        raise InvalidInput("a host such as example.org", path=("host",))
    await execute(_LOCK)
    await execute(_DECIDE, plain, is_blocked, reason.strip(), staff_id, now)
    return plain


async def require_open(*, hosts: Collection[str], path: str) -> None:
    """Refuses with `HostBlocked`, which names the first one that is blocked, or is below one."""
    blocked = await queries.first_blocked(hosts) if hosts else None
    if blocked is not None:
        raise HostBlocked(blocked, path=path)
