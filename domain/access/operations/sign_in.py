"""Sessions begin with a password and end by log-out or revocation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.access import queries
from domain.access.operations.limits import network_digest, take, text_digest
from domain.access.provider import PasswordHasher
from domain.access.rules import (
    TOKEN_PREFIX,
    Method,
    Surface,
    lifetime,
    log_in_limits,
    normal_password,
    token_hash,
)
from domain.database import execute, in_transaction, one_transaction
from domain.errors import NotFound, Refused
from domain.given import NewId, NewToken
from domain.members.rules import email_address, email_key


class WrongCredentials(Refused):
    """The same for an unknown address, a wrong password and a member who may not sign in."""

    code = "WRONG_CREDENTIALS"


@dataclass(frozen=True, slots=True)
class LoggedIn:
    member_id: UUID
    session_id: UUID
    token: str = field(repr=False)  # told once, stored nowhere


# A password changed, or a member suspended, since the comparison: then no row comes out.
_INSERT_SESSION: Final = """
    insert into login_session
        (id, member_id, token_hash, surface, authenticated_with, created_at, last_seen_at,
         idle_expires_at, absolute_expires_at, is_remembered)
    select $1, m.id, $2, $3, $4, $5, $5, $6, $7, $8
    from member m join member_password w on w.member_id = m.id
    where m.id = $9 and w.hash = $10 and m.state = any($11)
"""


async def log_in(
    *,
    email: str,
    password: str,
    hasher: PasswordHasher,
    new_token: NewToken,
    new_id: NewId,
    now: datetime,
    network: str | None = None,
    surface: Surface = Surface.API,
    is_remembered: bool = True,
) -> LoggedIn:
    """A fresh session with a fresh token, whatever token the client brought; for a few hours only
    where it is not to be remembered.

    Refuses with `TooManyAttempts` or `WrongCredentials`.
    """
    assert not in_transaction()
    key = email_key(email)
    await take(log_in_limits(account=text_digest(key), network=network_digest(network)))
    known = None
    if email_address(email) is not None:  # else the text may be one that no database takes
        known = await queries.credentials_of(email_key=key)
    stored = None if known is None else known.password_hash
    matches = await hasher.matches(normal_password(password), stored)
    if known is None or not matches:
        raise WrongCredentials("no member has this address and this password")
    return await _begin_session(
        credentials=known,
        surface=surface,
        is_remembered=is_remembered,
        token=fresh_token(new_token),
        new_id=new_id,
        now=now,
    )


@one_transaction
async def _begin_session(
    *,
    credentials: queries.CredentialsRecord,
    surface: Surface,
    is_remembered: bool,
    token: str,
    new_id: NewId,
    now: datetime,
) -> LoggedIn:
    lasts = lifetime(surface, is_remembered=is_remembered)
    session_id = new_id()
    added = await execute(
        _INSERT_SESSION,
        session_id,
        token_hash(token),
        surface.value,
        [Method.PASSWORD.value],
        now,
        now + lasts.idle,
        now + lasts.absolute,
        is_remembered,
        credentials.member_id,
        credentials.password_hash,
        queries.SIGN_IN_STATE_VALUES,
    )
    if added == 0:
        raise WrongCredentials("no member has this address and this password")
    return LoggedIn(credentials.member_id, session_id, token)


@one_transaction
async def log_out(*, session_id: UUID, now: datetime) -> None:
    """The session of the request itself; doing it twice is fine."""
    await execute(
        "update login_session set revoked_at = $2, revoke_reason = 'logged_out'"
        " where id = $1 and revoked_at is null",
        session_id,
        now,
    )


@one_transaction
async def revoke_session(*, member_id: UUID, session_id: UUID, now: datetime) -> None:
    """One of the member's own, perhaps on a lost phone. Refuses with `NotFound`."""
    touched = await execute(
        "update login_session set revoked_at = coalesce(revoked_at, $3),"
        " revoke_reason = coalesce(revoke_reason, 'revoked') where id = $1 and member_id = $2",
        session_id,
        member_id,
        now,
    )
    if touched == 0:
        raise NotFound("no such session")


@one_transaction
async def revoke_all_sessions(
    *, member_id: UUID, except_session_id: UUID | None, now: datetime
) -> int:
    """All the member's own, perhaps but the one that asks; how many were live."""
    return await execute(
        "update login_session set revoked_at = $3, revoke_reason = 'revoked'"
        " where member_id = $1 and id is distinct from $2 and revoked_at is null"
        " and idle_expires_at > $3 and absolute_expires_at > $3",
        member_id,
        except_session_id,
        now,
    )


@one_transaction
async def revoke_token(*, token: str, surface: Surface = Surface.API, now: datetime) -> None:
    """What a browser brought to a new sign-in is worthless afterwards, whoever chose it."""
    await execute(
        "update login_session set revoked_at = $3, revoke_reason = 'replaced'"
        " where token_hash = $1 and surface = $2 and revoked_at is null",
        token_hash(token),
        surface.value,
        now,
    )


def fresh_token(new_token: NewToken) -> str:
    return TOKEN_PREFIX + new_token()
