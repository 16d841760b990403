"""Everything that changes an invitation: its member, its friend, the clock and the mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from re import fullmatch
from typing import Any, Final
from uuid import UUID

from domain.access.operations.limits import take
from domain.database import (
    execute,
    fetch,
    fetch_row,
    fetch_value,
    in_transaction,
    one_transaction,
    transaction,
)
from domain.errors import InvalidInput, Refused
from domain.given import NewId, NewToken, Vault
from domain.invitations.rules import (
    LIVE,
    AddressRefused,
    InvitationEvent,
    InvitationLetter,
    InvitationMailer,
    InvitationState,
    invitation_limits,
    is_label,
    name_in_letter,
    next_at,
    next_state,
)
from domain.jobs import JobRequest, enqueue
from domain.members import queries as members
from domain.members.rules import email_address, email_key
from domain.referrals.operations import open_link
from domain.referrals.queries import link_code_of

SWEEP_COUNT_MAX: Final = 200
HASH_FIELD: Final = "invitation.address"
DEFAULT_LANGUAGE: Final = "en"


class AlreadyInvited(Refused):
    """By the same member, and that invitation is not over yet."""

    code = "ALREADY_INVITED"
    argument = "email"


_LOCK_ADDRESS: Final = "select pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 52))"
_IS_SILENT: Final = """
    select exists (select from invitation_suppression where address_hash = $1)
        or exists (select from member_person where email_key = $2)
"""
_INSERT: Final = """
    insert into invitation (id, inviter_id, state, label, is_silent, address, address_key,
                            address_hash, token, letter_count, is_letter_due, created_at, next_at)
    values ($1, $2, 'created', $3, $4, $5, $6, $7, $8, 0, false, $9, $9)
    on conflict (inviter_id, address_hash) where ended_at is null do nothing
"""
_END: Final = """
    update invitation set state = $2, address = null, address_key = null, token = null,
        is_letter_due = false, next_at = null, ended_at = $3
    where id = $1
"""
_HASH_OF: Final = "select address_hash from invitation where token = $1"
_REFUSED: Final = "select id, state from invitation where token = $1 for update"
_SUPPRESS: Final = """
    insert into invitation_suppression (address_hash, since) values ($1, $2) on conflict do nothing
"""
_SILENCE: Final = """
    update invitation
    set is_silent = true, address = null, address_key = null, token = null, is_letter_due = false
    where id = any($1)
"""
_LIVE_OF_ADDRESS: Final = """
    select id from invitation where address_hash = $1 and ended_at is null and not is_silent
    order by id for update
"""
_JOINED: Final = """
    select i.id, i.state, p.member_id, r.referrer_id is not null as is_accepted
    from invitation i join member_person p on p.email_key = i.address_key
    left join referral r on r.referee_id = p.member_id and r.referrer_id = i.inviter_id
    where i.address_key is not null and i.state <> 'created'
    order by i.id limit $1 for update of i skip locked
"""
_DUE: Final = """
    select id, state, created_at, is_silent from invitation where next_at <= $1
    order by next_at, id limit $2 for update skip locked
"""
_WRITE: Final = """
    update invitation set state = $2, next_at = $3, letter_count = letter_count + 1,
        is_letter_due = not is_silent
    where id = $1
"""
_LETTER: Final = """
    select i.inviter_id, i.address, i.token, i.letter_count, i.state, d.language
    from invitation i left join document_preference d on d.member_id = i.inviter_id
    where i.id = $1 and i.is_letter_due and i.address is not null
"""
_SENT: Final = "update invitation set is_letter_due = false where id = $1 and letter_count = $2"


async def create_invitation(
    *,
    inviter_id: UUID,
    email: str,
    label: str | None,
    vault: Vault,
    new_token: NewToken,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """The first letter goes out soon; none, and nobody is told, where the friend is a member
    or has refused. Refuses with `InvalidInput`, `AlreadyInvited` or `TooManyAttempts`.
    """
    address = email_address(email)
    if address is None:
        raise InvalidInput("this is no e-mail address", path=("email",))
    if label is not None and not is_label(label):
        raise InvalidInput("1 to 60 characters and no address", path=("label",))
    await take(invitation_limits(inviter_id.hex))
    await open_link(member_id=inviter_id, new_token=new_token, now=now)
    key = email_key(address)
    invitation_id = new_id()
    await _insert(
        invitation_id,
        inviter_id,
        label,
        contact=(address, key, new_token()),
        address_hash=vault.blind_index(HASH_FIELD, key.encode()),
        now=now,
    )
    return invitation_id


@one_transaction
async def _insert(
    invitation_id: UUID,
    inviter_id: UUID,
    label: str | None,
    *,
    contact: tuple[str, str, str],
    address_hash: bytes,
    now: datetime,
) -> None:
    await fetch(_LOCK_ADDRESS, address_hash)  # against an opt-out in this moment
    is_silent = await fetch_value(_IS_SILENT, address_hash, contact[1])
    address, key, token = (None, None, None) if is_silent else contact
    is_new = await execute(
        _INSERT,
        invitation_id,
        inviter_id,
        label,
        is_silent,
        address,
        key,
        address_hash,
        token,
        now,
    )
    if not is_new:
        raise AlreadyInvited("a letter to this address is on its way")


@one_transaction
async def opt_out(*, token: str, now: datetime) -> None:
    """P13: nobody's letters go to the address again; what is left of it is a hash.

    Who sent this letter reads that it was refused; for others who wrote, nothing changes that
    they could see. An unknown token is answered in the same way.
    """
    hash_ = await fetch_value(_HASH_OF, token) if fullmatch(r"[\w-]{1,128}", token) else None
    if hash_ is None:
        return
    await fetch(_LOCK_ADDRESS, hash_)
    live = [each["id"] for each in await fetch(_LIVE_OF_ADDRESS, hash_)]
    row = await fetch_row(_REFUSED, token)
    if row is not None:
        await _end(row, InvitationEvent.OPT_OUT, now=now)
        live.remove(row["id"])
    await execute(_SILENCE, live)
    await execute(_SUPPRESS, hash_, now)


@one_transaction
async def advance_invitations(*, now: datetime) -> int:
    """What the clock does: who joined, what has expired, which letters are due."""
    joined = await fetch(_JOINED, SWEEP_COUNT_MAX)
    for row in joined:
        if row["is_accepted"]:
            await _end(row, InvitationEvent.ACCEPT, now=now)
    await execute(_SILENCE, [row["id"] for row in joined if not row["is_accepted"]])
    due = await fetch(_DUE, now, SWEEP_COUNT_MAX)
    jobs = []
    for row in due:
        state = InvitationState(row["state"])
        at = next_at(state, created_at=row["created_at"], now=now)
        target = next_state(state, InvitationEvent.WRITE)
        if target is None or (state is not InvitationState.CREATED and at <= now):
            await _end(row, InvitationEvent.EXPIRE, now=now)
            continue
        following = next_at(target, created_at=row["created_at"], now=now)
        await execute(_WRITE, row["id"], target.value, following)
        if not row["is_silent"]:
            jobs.append(_mail_job(row["id"]))
    await enqueue(jobs)
    return len(joined) + len(due)


async def mail_invitation(
    *, invitation_id: UUID, mailer: InvitationMailer, now: datetime
) -> InvitationState | None:
    """None when nothing is due. The state moved before, so no crash sends a third reminder."""
    row = await fetch_row(_LETTER, invitation_id)
    if row is None:
        return None
    inviter_id = row["inviter_id"]
    person = (await members.persons_by_id(ids=[inviter_id])).get(inviter_id)
    code = await link_code_of(member_id=inviter_id)
    if person is None or code is None:
        return await _end_alone(invitation_id, InvitationEvent.EXPIRE, now=now)
    letter = InvitationLetter(
        number=row["letter_count"],
        inviter=name_in_letter(person.name),
        code=code,
        token=row["token"],
        to=row["address"],
        language=row["language"] or DEFAULT_LANGUAGE,
    )
    try:
        await mailer.invite(letter, invitation_id=invitation_id)
    except AddressRefused:
        return await _end_alone(invitation_id, InvitationEvent.BOUNCE, now=now)
    async with transaction():
        await execute(_SENT, invitation_id, letter.number)
    return InvitationState(row["state"])


@one_transaction
async def _end_alone(
    invitation_id: UUID, event: InvitationEvent, *, now: datetime
) -> InvitationState | None:
    row = await fetch_row(
        "select id, state from invitation where id = $1 for update", invitation_id
    )
    assert row is not None
    return await _end(row, event, now=now)


async def _end(
    row: Mapping[str, Any], event: InvitationEvent, *, now: datetime
) -> InvitationState | None:
    """One that was never sent ends as expired: nobody has heard of it."""
    state = InvitationState(row["state"])
    if state not in LIVE:
        return None
    target = next_state(state, event) or InvitationState.EXPIRED
    await execute(_END, row["id"], target.value, now)
    return target


def _mail_job(invitation_id: UUID) -> JobRequest:
    return JobRequest(
        name="invitation_mail",
        arguments={"invitation_id": str(invitation_id)},
        once_key=str(invitation_id),
    )


_FORGET: Final = "delete from invitation where inviter_id = $1"


async def forget_invitations(*, member_id: UUID) -> dict[str, int]:
    """Whoever refused stays refused. Part of the erasure; rows gone, by table."""
    assert in_transaction()
    return {"invitation": await execute(_FORGET, member_id)}
