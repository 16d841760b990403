"""Our tables as SQLAlchemy sees them, and loaders of its objects, for Ariadne and Graphene.

Runs in the peers' own environment; nothing of ours can be imported here.
"""

# mypy: ignore-errors
# mypy sees our environment, which is another one.

from __future__ import annotations

import os
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import ARRAY, BigInteger, Uuid, bindparam, func, or_, select, text, true
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column

HIDDEN_STATES: Final = ("draft", "funded")
CLAIM: Final = text("select * from bench.claim(:campaign_id, :viewer)")


class Base(DeclarativeBase):
    pass


class Member(Base):
    __tablename__ = "member"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    country: Mapped[str]


class Money:
    """Of campaigns and assignments alike."""

    currency: Mapped[str]
    reward_micros: Mapped[int] = mapped_column(BigInteger)


class Campaign(Money, Base):
    __tablename__ = "campaign"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    employer_id: Mapped[UUID]
    title: Mapped[str]
    category: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class Assignment(Money, Base):
    __tablename__ = "assignment"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    worker_id: Mapped[UUID]
    state: Mapped[str]
    claimed_at: Mapped[datetime]
    deadline_at: Mapped[datetime]


class Rating(Base):
    __tablename__ = "rating"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    assignment_id: Mapped[UUID]
    author_id: Mapped[UUID]
    stars: Mapped[int]
    comment: Mapped[str | None]
    state: Mapped[str]
    given_at: Mapped[datetime]


ENGINE: Final = create_async_engine(
    os.environ.get("PEER_SQLALCHEMY_URL", "postgresql+asyncpg://"), pool_size=10
)
SESSIONS: Final = async_sessionmaker(ENGINE, expire_on_commit=False)


class Asking:
    """One request: its viewer and its loaders. A session per statement, since they run at once."""

    def __init__(self, viewer: str) -> None:
        self.viewer = UUID(viewer)
        self.members = DataLoader(self._members)
        self.assignments = DataLoader(self._assignments)
        self.ratings = DataLoader(self._ratings)

    async def campaign(self, key: str) -> Campaign | None:
        is_public = Campaign.state.not_in(HIDDEN_STATES) & Campaign.published_at.is_not(None)
        found = await self._all(
            select(Campaign).where(
                Campaign.id == UUID(key), or_(is_public, Campaign.employer_id == self.viewer)
            )
        )
        return found[0] if found else None

    async def board(self, category: str, first: int) -> list[Campaign]:
        return await self._all(
            select(Campaign)
            .where(Campaign.employer_id == self.viewer, Campaign.category == category)
            .order_by(Campaign.created_at.desc(), Campaign.id.desc())
            .limit(first)
        )

    async def claim(self, campaign_id: str) -> Assignment | None:
        statement = select(Assignment).from_statement(CLAIM)
        values = {"campaign_id": UUID(campaign_id), "viewer": self.viewer}
        async with SESSIONS.begin() as session:
            return (await session.scalars(statement, values)).first()

    async def _members(self, keys: list[UUID]) -> list[Member | None]:
        found = {each.id: each for each in await self._all(_among(Member, Member.id, keys))}
        return [found.get(key) for key in keys]

    async def _assignments(self, keys: list[tuple[UUID, int]]) -> list[list[Assignment]]:
        """By campaign and page size; all ask for the same size."""
        ids = func.unnest(_ids([key for key, _ in keys]))
        parent = ids.table_valued("id", name="parent").render_derived()
        newest = (
            select(Assignment)
            .join(Campaign, Campaign.id == Assignment.campaign_id)
            .where(Assignment.campaign_id == parent.c.id, Campaign.employer_id == self.viewer)
            .order_by(Assignment.claimed_at.desc(), Assignment.id.desc())
            .limit(keys[0][1])
            .lateral()
        )
        rows = await self._all(
            select(aliased(Assignment, newest)).select_from(parent).join(newest, true())
        )
        return _grouped([key for key, _ in keys], rows, "campaign_id")

    async def _ratings(self, keys: list[UUID]) -> list[list[Rating]]:
        rows = await self._all(
            _among(Rating, Rating.assignment_id, keys)
            .where(or_(Rating.state == "visible", Rating.author_id == self.viewer))
            .order_by(Rating.given_at, Rating.id)
        )
        return _grouped(keys, rows, "assignment_id")

    async def _all(self, statement: Any) -> list[Any]:
        async with SESSIONS() as session:
            return list(await session.scalars(statement))


def _ids(keys: list[UUID]) -> Any:
    return bindparam("keys", keys, ARRAY(Uuid), unique=True)


def _among(kind: Any, column: Any, keys: list[UUID]) -> Any:
    """`= any`, since a new text per length would not be prepared twice."""
    return select(kind).where(column == func.any(_ids(keys)))


def _grouped(keys: list[UUID], rows: list[Any], key: str) -> list[list[Any]]:
    found: dict[UUID, list[Any]] = {each: [] for each in keys}
    for row in rows:
        found[getattr(row, key)].append(row)
    return [found[each] for each in keys]
