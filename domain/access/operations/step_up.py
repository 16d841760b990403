"""A consent to one amount and payee: begun, passed with a password, spent with the money."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.access import queries
from domain.access.operations.limits import take
from domain.access.operations.sign_in import WrongCredentials, fresh_token
from domain.access.provider import PasswordHasher
from domain.access.rules import (
    STEP_UP_LIFETIME,
    Method,
    StepUpClaim,
    StepUpPurpose,
    normal_password,
    step_up_limits,
    token_hash,
)
from domain.database import execute, fetch_value, in_transaction, one_transaction
from domain.errors import NotFound, Refused
from domain.given import NewId, NewToken


class StepUpRequired(Refused):
    """The very thing was not confirmed, or too long ago, or is confirmed and done already."""

    code = "STEP_UP_REQUIRED"
    argument = "step_up_id"


_INSERT_STEP_UP: Final = f"""
    insert into step_up_challenge (id, session_id, purpose, bound_hash, created_at, expires_at)
    select $3, s.id, $4, $5, $2, $6 from login_session s where s.id = $1 and {queries.LIVE_SESSION}
"""  # noqa: S608  # our own condition


@one_transaction
async def begin_step_up(
    *, session_id: UUID, purpose: StepUpPurpose, bound: bytes, new_id: NewId, now: datetime
) -> UUID:
    """Note what is about to happen; the member then proves who they are.

    Refuses with `NotFound`.
    """
    step_up_id = new_id()
    expires_at = now + STEP_UP_LIFETIME
    added = await execute(
        _INSERT_STEP_UP, session_id, now, step_up_id, purpose.value, bound, expires_at
    )
    if added == 0:
        raise NotFound("no such session")
    return step_up_id


_OPEN_STEP_UP: Final = """
    select true from step_up_challenge
    where id = $1 and session_id = $2 and passed_at is null and expires_at > $3
"""
_MARK: Final = """
    update step_up_challenge set passed_at = $3, passed_with = $4
    where id = $1 and session_id = $2 and passed_at is null and expires_at > $3
"""
_ROTATE: Final = """
    update login_session s set token_hash = $2 from member_password w
    where s.id = $1 and s.revoked_at is null and w.member_id = s.member_id and w.hash = $3
"""


async def complete_step_up(
    *,
    step_up_id: UUID,
    session_id: UUID,
    password: str,
    hasher: PasswordHasher,
    new_token: NewToken,
    now: datetime,
) -> str:
    """The member is who they say. Answers the session's new token; the old one is dead.

    Refuses with `NotFound` (also when it is passed or expired), `TooManyAttempts` or
    `WrongCredentials`.
    """
    assert not in_transaction()
    known = await queries.credentials_of_session(session_id=session_id, now=now)
    is_open = await fetch_value(_OPEN_STEP_UP, step_up_id, session_id, now)
    if known is None or not is_open:
        raise NotFound("nothing to confirm")
    await take(step_up_limits(account=known.member_id.hex))
    if not await hasher.matches(normal_password(password), known.password_hash):
        raise WrongCredentials("this is not the member's password")
    token = fresh_token(new_token)
    await _pass_step_up(
        claim=StepUpClaim(step_up_id, session_id), credentials=known, token=token, now=now
    )
    return token


@one_transaction
async def _pass_step_up(
    *, claim: StepUpClaim, credentials: queries.CredentialsRecord, token: str, now: datetime
) -> None:
    passed = await execute(_MARK, claim.step_up_id, claim.session_id, now, Method.PASSWORD.value)
    rotated = await execute(_ROTATE, claim.session_id, token_hash(token), credentials.password_hash)
    if passed == 0 or rotated == 0:
        raise NotFound("nothing to confirm")


_SPEND: Final = """
    update step_up_challenge c set spent_at = $5
    where c.id = $1 and c.session_id = $2 and c.purpose = $3 and c.bound_hash = $4
      and c.passed_at is not null and c.spent_at is null and c.expires_at > $5
      and exists (select from login_session s where s.id = c.session_id and s.revoked_at is null)
"""


async def spend_step_up(
    *, claim: StepUpClaim, purpose: StepUpPurpose, bound: bytes, now: datetime
) -> None:
    """Part of the money's transaction: the consent is used up if and only if the money moves.

    `bound` comes from what the operation is about to do, never from the client.
    Refuses with `StepUpRequired`.
    """
    assert in_transaction()
    spent = await execute(_SPEND, claim.step_up_id, claim.session_id, purpose.value, bound, now)
    if spent == 0:
        raise StepUpRequired("confirm exactly this action first")
