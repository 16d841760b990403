"""Stock Strawberry: resolvers, DataLoaders, asyncpg.

Runs in the peers' own environment; nothing of ours can be imported here.
"""

# mypy: ignore-errors
# mypy sees our environment, which is another one.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import strawberry
from statements import ASSIGNMENTS, BOARD, CAMPAIGNS, CLAIM, MEMBERS, RATINGS, grouped
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader


class Database:
    pool: Any = None

    async def fetch(self, sql: str, *values: object) -> Sequence[Mapping[str, Any]]:
        if self.pool is None:
            self.pool = await asyncpg.create_pool(min_size=10, max_size=10)
        return await self.pool.fetch(sql, *values)


DATABASE = Database()


class Loaders:
    """Of one request."""

    def __init__(self, viewer: str) -> None:
        self.viewer = viewer
        self.members = DataLoader(load_fn=self._members)
        self.assignments = DataLoader(load_fn=self._assignments)
        self.ratings = DataLoader(load_fn=self._ratings)

    async def _members(self, keys: list[Any]) -> list[Any]:
        found = {row["id"]: row for row in await DATABASE.fetch(MEMBERS, keys)}
        return [found.get(key) for key in keys]

    async def _assignments(self, keys: list[Any]) -> list[Any]:
        """By campaign and page size; all ask for the same size."""
        ids = [key for key, _ in keys]
        rows = await DATABASE.fetch(ASSIGNMENTS, ids, self.viewer, keys[0][1])
        return grouped(ids, rows, key="campaignId")

    async def _ratings(self, keys: list[Any]) -> list[Any]:
        rows = await DATABASE.fetch(RATINGS, keys, self.viewer)
        return grouped(keys, rows, key="assignmentId")


@strawberry.type
class Member:
    id: strawberry.ID
    country: str


@strawberry.type
class Rating:
    stars: int
    comment: str | None


@strawberry.type
class Assignment:
    id: strawberry.ID
    state: str
    claimed_at: str
    deadline_at: str
    reward_micros: str
    currency: str
    worker_id: strawberry.Private[Any]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Assignment:
        return cls(
            id=row["id"],
            state=row["state"],
            claimed_at=row["claimedAt"].isoformat(),
            deadline_at=row["deadlineAt"].isoformat(),
            reward_micros=row.get("rewardMicros", ""),
            currency=row.get("currency", ""),
            worker_id=row.get("workerId"),
        )

    @strawberry.field
    async def worker(self, info: strawberry.Info) -> Member | None:
        row = await info.context["loaders"].members.load(self.worker_id)
        return None if row is None else Member(id=row["id"], country=row["country"])

    @strawberry.field
    async def ratings(self, info: strawberry.Info) -> list[Rating]:
        rows = await info.context["loaders"].ratings.load(self.id)
        return [Rating(stars=row["stars"], comment=row["comment"]) for row in rows]


@strawberry.type
class Campaign:
    id: strawberry.ID
    title: str
    category: str
    state: str
    created_at: str
    reward_micros: str
    currency: str
    employer_id: strawberry.Private[Any]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Campaign:
        return cls(
            id=row["id"],
            title=row["title"],
            category=row["category"],
            state=row["state"],
            created_at=row["createdAt"].isoformat(),
            reward_micros=row["rewardMicros"],
            currency=row["currency"],
            employer_id=row["employerId"],
        )

    @strawberry.field
    async def employer(self, info: strawberry.Info) -> Member | None:
        row = await info.context["loaders"].members.load(self.employer_id)
        return None if row is None else Member(id=row["id"], country=row["country"])

    @strawberry.field
    async def assignments(self, info: strawberry.Info, first: int) -> list[Assignment]:
        rows = await info.context["loaders"].assignments.load((self.id, first))
        return [Assignment.of(row) for row in rows]


@strawberry.type
class Query:
    @strawberry.field
    async def campaign(self, info: strawberry.Info, id: strawberry.ID) -> Campaign | None:  # noqa: A002  # the argument's public name
        rows = await DATABASE.fetch(CAMPAIGNS, [id], info.context["viewer"])
        return Campaign.of(rows[0]) if rows else None

    @strawberry.field
    async def board(self, info: strawberry.Info, category: str, first: int) -> list[Campaign]:
        rows = await DATABASE.fetch(BOARD, info.context["viewer"], category, first)
        return [Campaign.of(row) for row in rows]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def claim(self, info: strawberry.Info, campaign_id: strawberry.ID) -> Assignment | None:
        rows = await DATABASE.fetch(CLAIM, campaign_id, info.context["viewer"])
        return Assignment.of(rows[0]) if rows else None


class Server(GraphQL):
    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:  # noqa: ARG002  # Strawberry's signature
        viewer = request.headers["x-viewer"]
        return {"request": request, "viewer": viewer, "loaders": Loaders(viewer)}


app = Server(strawberry.Schema(query=Query, mutation=Mutation))
