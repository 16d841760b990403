"""What waits for people, and what they need to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.given import Vault
from domain.verification.queries.standing import (
    CHECK_COLUMNS,
    CheckRow,
    VerificationRow,
    check_row,
    verifications_by_id,
)

QUEUE_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRecord:
    list_id: str
    entry_id: str
    entry_name: str = field(repr=False)
    score: int
    programmes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRecord:
    id: UUID
    name: str
    media_type: str
    byte_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A check that waits for people, with what they need to decide and nothing else."""

    check: CheckRow
    verification: VerificationRow
    staff_details: tuple[str, ...]
    accepted_by: tuple[UUID, ...]
    hits: tuple[HitRecord, ...]
    uploads: tuple[UploadRecord, ...]


# A hit holds whatever becomes of its verification; of the rest only what still changes something.
_QUEUE: Final = f"""
    select {CHECK_COLUMNS} from verification_check c
    where is_for_people and (state = 'hit' or exists (
        select from verification v
        where v.id = c.verification_id and v.attempt_no = c.attempt_no
          and v.state in ('started', 'pending', 'needs_input', 'verified')))
    order by changed_at, id limit $1
"""  # noqa: S608  # our own columns
_DETAILS: Final = """
    select distinct on (check_id) check_id, staff_details from verification_answer
    where check_id = any($1) order by check_id, answered_at desc, id desc
"""
_ACCEPTED: Final = """
    select d.check_id, d.decided_by
    from verification_decision d join verification_check c on c.id = d.check_id
    where d.check_id = any($1) and d.ask_no = c.ask_count and d.action = 'accept'
    order by d.decided_at
"""
_HITS: Final = """
    select check_id, list_id, entry_id, entry_name, score, programmes from verification_hit
    where check_id = any($1) and state = 'open' order by score desc, id
"""
_UPLOADS: Final = """
    select check_id, id, name, media_type, byte_count from verification_upload
    where check_id = any($1) and content is not null order by name
"""


def hit_context(member_id: UUID) -> bytes:
    return f"verification_hit:{member_id}:entry_name".encode()


async def queue(*, vault: Vault) -> list[Case]:
    """What waits for people, the oldest first, at most 100."""
    checks = [check_row(row) for row in await fetch(_QUEUE, QUEUE_MAX)]
    ids = [each.id for each in checks]
    verifications = await verifications_by_id(ids=[each.verification_id for each in checks])
    details, accepted, hits, uploads = [
        await _by_check(statement, ids) for statement in (_DETAILS, _ACCEPTED, _HITS, _UPLOADS)
    ]
    return [
        Case(
            check=check,
            verification=verification,
            staff_details=tuple(
                said for row in details[check.id] for said in row["staff_details"] or ()
            ),
            accepted_by=tuple(row["decided_by"] for row in accepted[check.id]),
            hits=tuple(_hit(row, verification, vault=vault) for row in hits[check.id]),
            uploads=tuple(_upload(row) for row in uploads[check.id]),
        )
        for check in checks
        for verification in [verifications[check.verification_id]]
    ]


async def _by_check(statement: str, ids: Sequence[UUID]) -> dict[UUID, list[Mapping[str, Any]]]:
    found: dict[UUID, list[Mapping[str, Any]]] = {each: [] for each in ids}
    for row in await fetch(statement, list(ids)):
        found[row["check_id"]].append(row)
    return found


def _hit(row: Mapping[str, Any], of: VerificationRow, *, vault: Vault) -> HitRecord:
    context = hit_context(of.member_id)
    return HitRecord(
        list_id=row["list_id"],
        entry_id=row["entry_id"],
        entry_name=vault.unseal(row["entry_name"], context=context).decode(),
        score=row["score"],
        programmes=tuple(row["programmes"]),
    )


def _upload(row: Mapping[str, Any]) -> UploadRecord:
    return UploadRecord(**{name: row[name] for name in UploadRecord.__slots__})
