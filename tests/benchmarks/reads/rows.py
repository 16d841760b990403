"""Rows to read: made by a few set-based statements, the same in every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from domain.campaigns.rules import Category
from domain.trusted_documents.rules import document_id_of

HERE: Final = Path(__file__).parent
FULL: Final = {
    "employers": 2_000,
    "workers": 20_000,
    "campaigns": 50_000,
    "assignments": 500_000,
    "ratings": 200_000,
}
CATEGORIES: Final = tuple(each.value for each in Category)
BOARD_CAMPAIGNS: Final = 50  # of one employer and category, each with 55 assignments
BOARD_EMPLOYERS: Final = 10
OPEN_CAMPAIGNS: Final = 200
OPEN_PLACES: Final = 90_000

TRUST: Final = "insert into trusted_document (id, text, added_at) values ($1, $2, now())"
HOLD: Final = """
    insert into trusted_document_client (client_name, client_version, document_id, added_at)
    select 'bench', '1', id, now() from trusted_document
"""

MEMBER, CAMPAIGN = 1, 2  # the kinds that ids are made of; fill.sql has the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """`divisor` 1 is the size that the figures are about."""

    divisor: int = 1

    @property
    def employers(self) -> int:
        return FULL["employers"] // self.divisor

    @property
    def workers(self) -> int:
        return FULL["workers"] // self.divisor

    @property
    def campaigns(self) -> int:
        return FULL["campaigns"] // self.divisor

    @property
    def newest(self) -> int:
        """How many of the campaigns have 55 assignments instead of 6 or 7."""
        return self.campaigns * 8 // 100

    @property
    def boards(self) -> int:
        """Pairs of an employer and a category that own the newest campaigns, by turns."""
        return max(1, self.newest // BOARD_CAMPAIGNS)

    @property
    def open_campaigns(self) -> int:
        """The oldest; they have places for the write benchmark."""
        return min(OPEN_CAMPAIGNS, self.campaigns // 10)


def id_of(kind: int, number: int) -> UUID:
    """As `bench.id` in fill.sql: members count from 1, employers first."""
    return UUID(f"01900000-0000-7{kind:03x}-8000-{number:012x}")


def token_of(member: int) -> str:
    """A session that the rows hold."""
    return f"prs_bench_{member}"


def board_of(number: int, size: Size) -> tuple[int, str]:
    """Employer and category of the nth pair."""
    board = number % size.boards
    return board % BOARD_EMPLOYERS + 1, CATEGORIES[board // BOARD_EMPLOYERS % len(CATEGORIES)]


async def fill(
    dsn: str, size: Size, *, trusted: Sequence[str] = (), has_policies: bool = False
) -> None:
    """Into a migrated database without members. Policies need a role of the whole server."""
    names: dict[str, int | str] = {
        "employers": size.employers,
        "workers": size.workers,
        "campaigns": size.campaigns,
        "newest": size.newest,
        "boards": size.boards,
        "board_employers": BOARD_EMPLOYERS,
        "open_campaigns": size.open_campaigns,
        "open_places": OPEN_PLACES,
        "categories": "array[" + ", ".join(f"'{each}'" for each in CATEGORIES) + "]",
    }
    connection = await asyncpg.connect(dsn, timeout=30)
    try:
        await connection.execute("set timezone to 'UTC'")
        await connection.execute("set synchronous_commit to off")
        await connection.execute((HERE / "fill.sql").read_text() % names, timeout=600)
        await connection.executemany(TRUST, [(document_id_of(each), each) for each in trusted])
        await connection.execute(HOLD)
        if has_policies:
            await connection.execute((HERE / "policies.sql").read_text())
        await connection.execute("vacuum analyze", timeout=600)
        await connection.execute("checkpoint")
    finally:
        await connection.close()
