"""Reads of sessions: who a token belongs to, and what a member may revoke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.access.rules import (
    SEEN_EVERY,
    Method,
    Origin,
    Surface,
    lifetime,
    origin_context,
    token_hash,
)
from domain.database import change_value, fetch, fetch_row, fetch_value
from domain.given import Vault
from domain.members.rules import BOUND_STATES, FIRST_ROLES, SIGN_IN_STATES, Role
from domain.paging import Count, Listing, Page, count_rows, read_pages
from domain.retention import Ended


@dataclass(frozen=True, slots=True)
class Viewer:
    """The member who is asking right now."""

    member_id: UUID
    session_id: UUID
    roles: frozenset[Role]
    country: str


@dataclass(frozen=True, slots=True)
class LiveSession:
    """Of a token; inside the domain and where requests are let in only."""

    viewer: Viewer
    last_seen_at: datetime
    is_remembered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    id: UUID
    surface: Surface
    authenticated_with: tuple[Method, ...]
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CredentialsRecord:
    """Inside the domain only."""

    member_id: UUID
    password_hash: str = field(repr=False)


SIGN_IN_STATE_VALUES: Final = sorted(state.value for state in SIGN_IN_STATES)
LIVE: Final = """
    s.revoked_at is null and s.idle_expires_at > {now} and s.absolute_expires_at > {now}
"""
LIVE_SESSION: Final = LIVE.format(now="$2")
ENDS_AT: Final = "least(s.idle_expires_at, s.absolute_expires_at)"
_VIEWER_COLUMNS: Final = """
    s.token_hash, s.id, s.member_id, s.last_seen_at, s.is_remembered, m.state, m.roles, m.country
"""
# The states stand in the text: as an array they would cost more than the other parameters.
_MAY_SIGN_IN: Final = "m.state in ({})".format(
    ", ".join(f"'{each}'" for each in SIGN_IN_STATE_VALUES)
)
_IS_VIEWER: Final = f"{LIVE_SESSION} and s.surface = $3 and {_MAY_SIGN_IN}"
# The hottest statement of all; the one that notes the visit is needed once a minute at most.
_VIEWER: Final = f"""
    select {_VIEWER_COLUMNS}
    from login_session s join member m on m.id = s.member_id
    where s.token_hash = $1 and {_IS_VIEWER}
"""  # noqa: S608  # our own condition
# Its plan fits any number of tokens: each is looked up in the index.
_VIEWERS: Final = f"""
    select {_VIEWER_COLUMNS}
    from unnest($1::bytea[]) as asked (token_hash)
    join login_session s on s.token_hash = asked.token_hash
    join member m on m.id = s.member_id
    where {_IS_VIEWER}
"""  # noqa: S608  # our own condition
_SEEN: Final = """
    update login_session s
    set last_seen_at = $2, idle_expires_at = least($2 + $3::interval, s.absolute_expires_at)
    where s.id = $1 and s.last_seen_at <= $2::timestamptz - $4::interval
"""
_VIEWER_OF_SESSION: Final = f"""
    select s.id, s.member_id, m.state, m.roles, m.country
    from login_session s join member m on m.id = s.member_id
    where s.id = $1 and {LIVE_SESSION} and m.state = any($3)
"""  # noqa: S608  # our own condition
_SESSION_COLUMNS: Final = f"""
    s.id, s.surface, s.authenticated_with, s.created_at, s.last_seen_at, {ENDS_AT} as expires_at
"""
SESSIONS: Final = Listing(
    columns=_SESSION_COLUMNS,
    source=f"from login_session s where s.member_id = parent.id and {LIVE_SESSION}",
    orders={"created_at": ("s.created_at", "s.id")},
    row="s",
)
_SESSIONS_BY_ID: Final = f"""
    select {_SESSION_COLUMNS}
    from login_session s where s.member_id = $1 and {LIVE_SESSION} and s.id = any($3)
"""  # noqa: S608
# Step-ups first: a session goes once none of its own is left.
# Who is looked at is kept longer, by the dated rate of a class of its own.
_IN_CASE: Final = """exists (select from risk_case c where c.member_id = t.member_id
    and c.state in ('open', 'in_review'))"""
_CASE_TIME: Final = """make_interval(days => (
    select number from rate where kind = 'retention' and scope = 'fingerprints_in_cases'
      and valid_from <= ($1::timestamptz at time zone 'UTC')::date
    order by valid_from desc limit 1))"""
ENDED: Final = (
    Ended(
        table="step_up_challenge",
        ended_at="t.expires_at",
        owner="(select s.member_id from login_session s where s.id = t.session_id)",
    ),
    Ended(
        table="login_session",
        ended_at="least(t.revoked_at, t.idle_expires_at, t.absolute_expires_at)",
        owner="t.member_id",
        is_over="not exists (select from step_up_challenge c where c.session_id = t.id)",
    ),
    Ended(
        table="login_fingerprint",
        ended_at="t.seen_at",
        owner="t.member_id",
        is_over=f"(not {_IN_CASE} or t.seen_at <= $1::timestamptz - {_CASE_TIME})",
    ),
)
_CREDENTIALS: Final = """
    select w.member_id, w.hash from member_person p
    join member m on m.id = p.member_id
    join member_password w on w.member_id = p.member_id
    where p.email_key = $1 and m.state = any($2)
"""
_CREDENTIALS_OF_SESSION: Final = f"""
    select w.member_id, w.hash from login_session s
    join member m on m.id = s.member_id
    join member_password w on w.member_id = s.member_id
    where s.id = $1 and {LIVE_SESSION} and m.state = any($3)
"""  # noqa: S608


async def viewer_of(*, token: str, now: datetime, surface: Surface = Surface.API) -> Viewer | None:
    """None for a token that is unknown, revoked or expired, or whose member may not sign in."""
    found = await live_sessions(tokens=[token], now=now, surface=surface)
    return await viewer_seen(found.get(token), now=now, surface=surface)


async def live_sessions(
    *, tokens: Sequence[str], now: datetime, surface: Surface = Surface.API
) -> dict[str, LiveSession]:
    """By token, in one statement; what `viewer_of` gives nobody for is not there."""
    by_hash = {token_hash(token): token for token in tokens}
    which: object = list(by_hash) if len(by_hash) > 1 else next(iter(by_hash))
    rows = await fetch(
        _VIEWERS if len(by_hash) > 1 else _VIEWER,
        which,
        now,
        surface.value,
    )
    return {
        by_hash[row["token_hash"]]: LiveSession(
            _viewer(row), last_seen_at=row["last_seen_at"], is_remembered=row["is_remembered"]
        )
        for row in rows
    }


async def viewer_seen(
    session: LiveSession | None, *, now: datetime, surface: Surface = Surface.API
) -> Viewer | None:
    """Whose session it is. Notes that the member was here, once a minute at most."""
    if session is None:
        return None
    if session.last_seen_at <= now - SEEN_EVERY:
        idle = lifetime(surface, is_remembered=session.is_remembered).idle
        await change_value(_SEEN, session.viewer.session_id, now, idle, SEEN_EVERY)
    return session.viewer


async def viewer_of_session(*, session_id: UUID, now: datetime) -> Viewer | None:
    """For streams, which ask again and again; None once the session has ended."""
    row = await fetch_row(_VIEWER_OF_SESSION, session_id, now, SIGN_IN_STATE_VALUES)
    return None if row is None else _viewer(row)


async def cookie_lifetime(*, session_id: UUID, now: datetime) -> timedelta | None:
    """How long a browser may keep the session; None where it ends with the browser."""
    lasts: timedelta | None = await fetch_value(
        "select absolute_expires_at - $2 from login_session where id = $1 and is_remembered",
        session_id,
        now,
    )
    return lasts


def _viewer(row: Mapping[str, Any]) -> Viewer:
    return Viewer(
        member_id=row["member_id"],
        session_id=row["id"],
        roles=_roles(tuple(row["roles"]), row["state"]),
        country=row["country"],
    )


@lru_cache(maxsize=100)
def _roles(names: tuple[str, ...], state: str) -> frozenset[Role]:
    """Who is suspended may still be paid and appeal, but decides about nobody else."""
    roles = frozenset(map(Role, names))
    return roles & frozenset(FIRST_ROLES) if state in BOUND_STATES else roles


async def sessions_of(*, member_id: UUID, page: Page, now: datetime) -> list[SessionRecord]:
    """The member's own live sessions, newest first."""
    found = await read_pages(SESSIONS, parent_ids=[member_id], page=page, arguments=[now])
    return [_session(row) for row in found[member_id]]


async def sessions_by_id(
    *, ids: Sequence[UUID], member_id: UUID, now: datetime
) -> dict[UUID, SessionRecord]:
    """Those of the member's own that live."""
    rows = await fetch(_SESSIONS_BY_ID, member_id, now, list(ids))
    return {row["id"]: _session(row) for row in rows}


async def count_sessions(*, parent_ids: Sequence[UUID], now: datetime) -> dict[UUID, Count]:
    return await count_rows(SESSIONS, parent_ids=parent_ids, arguments=[now])


async def credentials_of(*, email_key: str) -> CredentialsRecord | None:
    """None too for a member who may not sign in: outside nobody can tell the difference."""
    row = await fetch_row(_CREDENTIALS, email_key, SIGN_IN_STATE_VALUES)
    return None if row is None else CredentialsRecord(row["member_id"], row["hash"])


async def credentials_of_session(*, session_id: UUID, now: datetime) -> CredentialsRecord | None:
    row = await fetch_row(_CREDENTIALS_OF_SESSION, session_id, now, SIGN_IN_STATE_VALUES)
    return None if row is None else CredentialsRecord(row["member_id"], row["hash"])


_ORIGINS: Final = """
    select id, content from login_fingerprint where member_id = $1 order by seen_at desc, id
"""


async def origins_of(*, member_id: UUID, vault: Vault) -> dict[UUID, Origin]:
    """By session. For the member's own archive alone."""
    return {
        row["id"]: msgspec.json.decode(
            vault.unseal(row["content"], context=origin_context(row["id"])), type=Origin
        )
        for row in await fetch(_ORIGINS, member_id)
    }


def _session(row: Mapping[str, Any]) -> SessionRecord:
    return SessionRecord(
        id=row["id"],
        surface=Surface(row["surface"]),
        authenticated_with=tuple(Method(method) for method in row["authenticated_with"]),
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
        expires_at=row["expires_at"],
    )
