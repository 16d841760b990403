"""Reads of invitations, for the member who sent them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.database import fetch
from domain.filters import Column, Condition, Kind
from domain.invitations.rules import InvitationState
from domain.paging import Count, Listing, Page, count_rows, read_pages
from domain.retention import Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRecord:
    """Its address is given to nobody, not even its member: a missing one would tell them who
    is here.
    """

    id: UUID
    state: InvitationState
    label: str | None = field(repr=False)
    letter_count: int
    created_at: datetime
    ended_at: datetime | None


_COLUMNS: Final = "id, state, label, letter_count, created_at, ended_at"
OF_INVITER: Final = Listing(
    columns=_COLUMNS,
    source="from invitation where inviter_id = parent.id",
    orders={"created_at": ("created_at", "id")},
    filters={"state": Column("state"), "created_at": Column("created_at", Kind.INSTANT)},
    row="invitation",
)
ENDED: Final = Ended(table="invitation", ended_at="t.ended_at", owner="t.inviter_id")
_BY_ID: Final = f"select {_COLUMNS} from invitation where id = any($1) and inviter_id = $2"  # noqa: S608
_COUNTS: Final = """
    select state, count(*) as number from invitation where inviter_id = $1 group by state
"""


async def invitations_by_id(
    *, ids: Sequence[UUID], inviter_id: UUID
) -> dict[UUID, InvitationRecord]:
    rows = await fetch(_BY_ID, list(ids), inviter_id)
    return {row["id"]: _invitation(row) for row in rows}


async def invitations_of(
    *, inviter_id: UUID, page: Page, where: Condition | None = None
) -> list[InvitationRecord]:
    """Newest first."""
    found = await read_pages(OF_INVITER, parent_ids=[inviter_id], page=page, where=where)
    return [_invitation(row) for row in found[inviter_id]]


async def count_invitations(
    *, parent_ids: Sequence[UUID], where: Condition | None = None
) -> dict[UUID, Count]:
    return await count_rows(OF_INVITER, parent_ids=parent_ids, where=where)


async def state_counts(*, inviter_id: UUID) -> dict[InvitationState, int]:
    """All that the member ever sent (P12)."""
    rows = await fetch(_COUNTS, inviter_id)
    return {InvitationState(row["state"]): row["number"] for row in rows}


def _invitation(row: Mapping[str, Any]) -> InvitationRecord:
    return InvitationRecord(
        id=row["id"],
        state=InvitationState(row["state"]),
        label=row["label"],
        letter_count=row["letter_count"],
        created_at=row["created_at"],
        ended_at=row["ended_at"],
    )
