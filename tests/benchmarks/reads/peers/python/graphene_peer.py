"""Graphene over SQLAlchemy's objects, with DataLoaders; Starlette takes the requests.

Runs in the peers' own environment; nothing of ours can be imported here.
"""

# mypy: ignore-errors
# mypy sees our environment, which is another one.

from __future__ import annotations

from typing import Any

import graphene
import tables
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from tables import Asking


class Member(graphene.ObjectType):
    id = graphene.ID(required=True)
    country = graphene.String(required=True)


class Rating(graphene.ObjectType):
    stars = graphene.Int(required=True)
    comment = graphene.String()


class Assignment(graphene.ObjectType):
    id = graphene.ID(required=True)
    state = graphene.String(required=True)
    claimed_at = graphene.String(required=True)
    deadline_at = graphene.String(required=True)
    reward_micros = graphene.String(required=True)
    currency = graphene.String(required=True)
    worker = graphene.Field(Member)
    ratings = graphene.List(graphene.NonNull(Rating), required=True)

    @staticmethod
    def resolve_claimed_at(row: tables.Assignment, _: Any) -> str:
        return row.claimed_at.isoformat()

    @staticmethod
    def resolve_deadline_at(row: tables.Assignment, _: Any) -> str:
        return row.deadline_at.isoformat()

    @staticmethod
    async def resolve_worker(row: tables.Assignment, info: Any) -> tables.Member | None:
        return await info.context.members.load(row.worker_id)

    @staticmethod
    async def resolve_ratings(row: tables.Assignment, info: Any) -> list[tables.Rating]:
        return await info.context.ratings.load(row.id)


class Campaign(graphene.ObjectType):
    id = graphene.ID(required=True)
    title = graphene.String(required=True)
    category = graphene.String(required=True)
    state = graphene.String(required=True)
    created_at = graphene.String(required=True)
    reward_micros = graphene.String(required=True)
    currency = graphene.String(required=True)
    employer = graphene.Field(Member)
    assignments = graphene.List(
        graphene.NonNull(Assignment), required=True, first=graphene.Int(required=True)
    )

    @staticmethod
    def resolve_created_at(row: tables.Campaign, _: Any) -> str:
        return row.created_at.isoformat()

    @staticmethod
    async def resolve_employer(row: tables.Campaign, info: Any) -> tables.Member | None:
        return await info.context.members.load(row.employer_id)

    @staticmethod
    async def resolve_assignments(
        row: tables.Campaign, info: Any, *, first: int
    ) -> list[tables.Assignment]:
        return await info.context.assignments.load((row.id, first))


class Query(graphene.ObjectType):
    campaign = graphene.Field(Campaign, id=graphene.ID(required=True))
    board = graphene.List(
        graphene.NonNull(Campaign),
        required=True,
        category=graphene.String(required=True),
        first=graphene.Int(required=True),
    )

    @staticmethod
    async def resolve_campaign(_: object, info: Any, *, id: str) -> tables.Campaign | None:  # noqa: A002  # the argument's public name
        return await info.context.campaign(id)

    @staticmethod
    async def resolve_board(
        _: object, info: Any, *, category: str, first: int
    ) -> list[tables.Campaign]:
        return await info.context.board(category, first)


class Claim(graphene.Mutation):
    class Arguments:
        campaign_id = graphene.ID(required=True)

    Output = Assignment

    @staticmethod
    async def mutate(_: object, info: Any, *, campaign_id: str) -> tables.Assignment | None:
        return await info.context.claim(campaign_id)


class Mutation(graphene.ObjectType):
    claim = Claim.Field()


SCHEMA = graphene.Schema(query=Query, mutation=Mutation)


async def answered(request: Request) -> JSONResponse:
    asked = await request.json()
    result = await SCHEMA.execute_async(
        asked["query"],
        variable_values=asked.get("variables"),
        context_value=Asking(request.headers["x-viewer"]),
    )
    return JSONResponse(result.formatted)


app = Starlette(routes=[Route("/graphql", answered, methods=["POST"])])
