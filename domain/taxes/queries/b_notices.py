"""Reads of B-notices that nobody has answered yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.taxes.rules.b_notices import Notice

NOTICE_COUNT_MAX: Final = 100

_OPEN: Final = """
    select n.member_id, n.notice, n.received_on, n.tax_year, n.letter_by, n.withhold_from,
           l.sent_on as letter_sent_on
    from b_notice n left join b_notice_letter l on l.notice_id = n.id
    where n.letter_by is not null and ($1::uuid is null or n.member_id = $1)
      and not exists (select from b_notice_end e where e.notice_id = n.id)
    order by n.letter_by, n.id limit $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRecord:
    """Payouts are held from `withhold_from` on."""

    member_id: UUID
    notice: Notice
    received_on: date
    tax_year: int
    letter_by: date
    letter_sent_on: date | None
    withhold_from: date


async def open_b_notices(*, member_id: UUID | None = None) -> list[NoticeRecord]:
    """Of everybody, or of one member; the soonest letter first."""
    rows = await fetch(_OPEN, member_id, NOTICE_COUNT_MAX)
    told = [{name: row[name] for name in NoticeRecord.__slots__} for row in rows]
    return [NoticeRecord(**(each | {"notice": Notice(each["notice"])})) for each in told]
