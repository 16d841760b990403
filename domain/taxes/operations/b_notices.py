"""B-notices: recorded by finance, answered by a W-9 or a letter, and holding payouts until then."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch, fetch_value, in_transaction, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.members import queries as members
from domain.members.rules import Role
from domain.taxes.rules.b_notices import Notice, NoticeEnd, Received, is_ended_by, notice_of
from domain.texts import require_text

NOTE_LENGTH_MIN: Final = 10
NOTE_LENGTH_MAX: Final = 500
YEARS_MAX: Final = 10  # the IRS does not go back further

_LOCK_MEMBER: Final = "select true from member where id = $1 for no key update"
_EARLIER: Final = "select received_on, tax_year from b_notice where member_id = $1"
_INSERT: Final = """
    insert into b_notice
        (id, member_id, notice, received_on, tax_year, letter_by, withhold_from, recorded_by,
         recorded_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_OPEN: Final = """
    select n.id, n.notice, l.sent_on from b_notice n
    left join b_notice_letter l on l.notice_id = n.id
    where n.member_id = $1 and n.notice <> 'repeated'
      and not exists (select from b_notice_end e where e.notice_id = n.id)
    order by n.received_on, n.id
"""
_SEND: Final = """
    insert into b_notice_letter (notice_id, sent_on, noted_by, noted_at)
    select id, $2, $3, $4 from unnest($1::uuid[]) as id
"""
_END: Final = """
    insert into b_notice_end (notice_id, way, note, ended_by, ended_at)
    select id, $2, $3, $4, $5 from unnest($1::uuid[]) as id
"""


@one_transaction
async def record_b_notice(
    *,
    actor_id: UUID,
    member_id: UUID,
    received_on: date,
    tax_year: int,
    new_id: NewId,
    now: datetime,
) -> Notice:
    """A CP2100 names this member; which notice it is follows from those before.

    Holidays of banks are not known here: the days may come a little early, never late. Refuses
    with `NotAllowed`, `NotFound` or `InvalidInput`.
    """
    await members.require_role(member_id=actor_id, role=Role.FINANCE)
    if received_on > now.date():
        raise InvalidInput("not a day to come", path=("received_on",))
    if not received_on.year - YEARS_MAX <= tax_year < received_on.year:
        raise InvalidInput("a year that was over, at most 10 back", path=("tax_year",))
    if await fetch_value(_LOCK_MEMBER, member_id) is None:
        raise NotFound("no such member")
    earlier = [
        Received(on=row["received_on"], tax_year=row["tax_year"])
        for row in await fetch(_EARLIER, member_id)
    ]
    due = notice_of(Received(on=received_on, tax_year=tax_year), earlier=earlier)
    await execute(
        _INSERT,
        new_id(),
        member_id,
        due.notice.value,
        received_on,
        tax_year,
        due.letter_by,
        due.withhold_from,
        actor_id,
        now,
    )
    return due.notice


@one_transaction
async def note_b_notice_letter(
    *, actor_id: UUID, member_id: UUID, sent_on: date, now: datetime
) -> None:
    """The letter about what is open went out.

    Refuses with `NotAllowed`, `InvalidInput`, or `InvalidTransition` when none is to be sent.
    """
    await members.require_role(member_id=actor_id, role=Role.FINANCE)
    if sent_on > now.date():
        raise InvalidInput("not a day to come", path=("sent_on",))
    unsent = [row["id"] for row in await _open(member_id) if row["sent_on"] is None]
    if not unsent:
        raise InvalidTransition(subject="the notice", state="missing or sent", event="send")
    await execute(_SEND, unsent, sent_on, actor_id, now)


@one_transaction
async def end_b_notice(*, actor_id: UUID, member_id: UUID, note: str, now: datetime) -> None:
    """Finance has seen the letter of the SSA or of the IRS; what was held goes on.

    Refuses with `NotAllowed`, `InvalidInput`, or `InvalidTransition` when none is open.
    """
    await members.require_role(member_id=actor_id, role=Role.FINANCE)
    require_text(note, path="note", least=NOTE_LENGTH_MIN, most=NOTE_LENGTH_MAX)
    found = [row["id"] for row in await _open(member_id)]
    if not found:
        raise InvalidTransition(subject="the notice", state="missing", event="end")
    await execute(_END, found, NoticeEnd.LETTER.value, note.strip(), actor_id, now)
    await _tell(member_id)


async def answer_by_w9(*, member_id: UUID, now: datetime) -> None:
    """Inside the caller's transaction, which has locked the member and taken a new form."""
    assert in_transaction()
    ended = [
        row["id"]
        for row in await _open(member_id)
        if is_ended_by(Notice(row["notice"]), NoticeEnd.W9)
    ]
    if ended:
        await execute(_END, ended, NoticeEnd.W9.value, "", None, now)
        await _tell(member_id)


async def _open(member_id: UUID) -> list[Any]:
    await fetch_value(_LOCK_MEMBER, member_id)
    return list(await fetch(_OPEN, member_id))


async def _tell(member_id: UUID) -> None:
    """Payouts that were held for it are routed again."""
    await enqueue([JobRequest(name="payout_standing", arguments={"member_id": str(member_id)})])
