"""Posts versions of policies, takes members' consents, and tells of what is to come."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.consents import queries
from domain.consents.rules import PolicyDraft, PolicyKind, draft_problem, is_too_soon
from domain.database import execute, fetch_row, one_transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound, Refused, SecondPersonNeeded
from domain.given import NewId
from domain.jobs import JobRequest, enqueue
from domain.members.queries import require_role
from domain.members.rules import Role

TOLD_MAX: Final = 1_000  # in one transaction


class PolicyTooSoon(Refused):
    """A material change is posted at least 30 days before it takes effect."""

    code = "POLICY_TOO_SOON"
    argument = "effective_at"


class PolicyOutdated(Refused):
    """The member read a version that a newer one has replaced."""

    code = "POLICY_OUTDATED"
    argument = "version_id"


class ConsentRequired(Refused):
    """A policy is in force that the member has not agreed to."""

    code = "CONSENT_REQUIRED"


_LOCK: Final = "lock table policy_version in share row exclusive mode"
_FORGET_DRAFT: Final = "delete from policy_version where kind = $1 and posted_at is null"
_LAST: Final = """
    select version, effective_at from policy_version
    where kind = $1 and posted_at is not null and version < $2 order by version desc limit 1
"""
_DRAFT: Final = """
    insert into policy_version (id, kind, version, languages, texts, note, is_material,
                                data_regions, effective_at, drafted_by, drafted_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_NEWEST: Final = 2**31 - 1


@one_transaction
async def draft_policy(
    *, staff_id: UUID, kind: PolicyKind, draft: PolicyDraft, new_id: NewId, now: datetime
) -> UUID:
    """The next version, in place of a draft that nobody has posted; a first version is always
    to be agreed to. Refuses with `NotAllowed`, `InvalidInput` or `PolicyTooSoon`.
    """
    await require_role(member_id=staff_id, role=Role.STAFF)
    problem = draft_problem(draft)
    if problem is not None:
        raise InvalidInput(problem.message, path=(problem.field,))
    await execute(_LOCK)
    await execute(_FORGET_DRAFT, kind.value)
    last = await fetch_row(_LAST, kind.value, _NEWEST)
    is_material = draft.is_material or last is None
    _refuse_too_soon(last, is_material=is_material, effective_at=draft.effective_at, now=now)
    version_id = new_id()
    await execute(
        _DRAFT,
        version_id,
        kind.value,
        1 if last is None else last["version"] + 1,
        [each.language for each in draft.texts],
        [each.text.strip() for each in draft.texts],
        draft.note.strip(),
        is_material,
        sorted(draft.data_regions),
        draft.effective_at,
        staff_id,
        now,
    )
    return version_id


_DRAFTED: Final = """
    select kind, version, is_material, effective_at, drafted_by, posted_at
    from policy_version where id = $1
"""
_POST: Final = "update policy_version set posted_by = $2, posted_at = $3 where id = $1"


@one_transaction
async def post_policy(*, staff_id: UUID, version_id: UUID, now: datetime) -> None:
    """A second person lets the draft out as it is; members are told of a material change.

    Refuses with `NotAllowed`, `NotFound`, `InvalidTransition`, `SecondPersonNeeded` or
    `PolicyTooSoon`.
    """
    await require_role(member_id=staff_id, role=Role.STAFF)
    await execute(_LOCK)
    row = await fetch_row(_DRAFTED, version_id)
    if row is None:
        raise NotFound("no such version")
    if row["posted_at"] is not None:
        raise InvalidTransition(subject="the version", state="posted", event="post")
    if row["drafted_by"] == staff_id:
        raise SecondPersonNeeded("another person posts what you have written")
    last = await fetch_row(_LAST, row["kind"], row["version"])
    _refuse_too_soon(
        last, is_material=row["is_material"], effective_at=row["effective_at"], now=now
    )
    await execute(_POST, version_id, staff_id, now)
    if row["is_material"]:
        await enqueue([JobRequest(name="policy_tell", arguments={"version_id": str(version_id)})])


def _refuse_too_soon(
    last: Any, *, is_material: bool, effective_at: datetime, now: datetime
) -> None:
    """One version follows the other, or a reader would not know which one holds."""
    if is_too_soon(
        is_first=last is None, is_material=is_material, posted_at=now, effective_at=effective_at
    ):
        raise PolicyTooSoon("a material change is posted 30 days ahead, and none in the past")
    if last is not None and effective_at < last["effective_at"]:
        raise PolicyTooSoon("the version before it takes effect later")


_AGREED: Final = """
    select p.posted_at is not null as is_posted, p.languages, p.data_regions,
           exists (select from policy_version n
                   where n.kind = p.kind and n.version > p.version and n.posted_at is not null
                     and n.is_material and n.effective_at <= $2) as is_outdated
    from policy_version p where p.id = $1
"""
_CONSENT: Final = """
    insert into consent (member_id, version_id, language, data_regions, given_at)
    values ($1, $2, $3, $4, $5)
    on conflict (member_id, version_id) do nothing
"""


@one_transaction
async def give_consent(*, member_id: UUID, version_id: UUID, language: str, now: datetime) -> None:
    """Also ahead of its effect; once is enough. `language` is that of the text which was read.

    Refuses with `NotFound`, `InvalidInput` or `PolicyOutdated`.
    """
    row = await fetch_row(_AGREED, version_id, now)
    if row is None or not row["is_posted"]:
        raise NotFound("no such version")
    if language not in row["languages"]:
        raise InvalidInput("the version has no text in this language", path=("language",))
    if row["is_outdated"]:
        raise PolicyOutdated("a newer version is in force: read that one")
    await execute(_CONSENT, member_id, version_id, language, row["data_regions"], now)


async def require_consents(*, member_id: UUID, now: datetime) -> None:
    """Before new work is offered; what has begun goes on. Refuses with `ConsentRequired`."""
    if await queries.lacks_consent(member_id=member_id, now=now):
        raise ConsentRequired("read the policies that are in force, and agree to them")


_TELL: Final = """
    insert into policy_notice (version_id, member_id, told_at)
    select p.id, m.id, $2 from policy_version p cross join member m
    where p.id = $1 and m.state not in ('closed', 'erased', 'frozen')
      and m.registered_at < p.posted_at
      and not exists (select from policy_notice n where n.version_id = p.id and n.member_id = m.id)
    order by m.id limit $3
    on conflict do nothing
"""


@one_transaction
async def tell_of_policy(*, version_id: UUID, now: datetime) -> int:
    """How many members were told; 0 once everybody is who was there when it was posted."""
    return await execute(_TELL, version_id, now, TOLD_MAX)
