"""Ariadne over SQLAlchemy's objects, with DataLoaders.

Runs in the peers' own environment; nothing of ours can be imported here.
"""

# mypy: ignore-errors
# mypy sees our environment, which is another one.

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ariadne import MutationType, ObjectType, QueryType, make_executable_schema
from ariadne.asgi import GraphQL
from tables import Asking, Assignment, Campaign, Member, Rating

query = QueryType()
mutation = MutationType()
campaign = ObjectType("Campaign")
assignment = ObjectType("Assignment")


@query.field("campaign")
async def resolve_campaign(_: object, info: Any, *, id: str) -> Campaign | None:  # noqa: A002  # the argument's public name
    return await info.context["asking"].campaign(id)


@query.field("board")
async def resolve_board(_: object, info: Any, *, category: str, first: int) -> list[Campaign]:
    return await info.context["asking"].board(category, first)


@mutation.field("claim")
async def resolve_claim(_: object, info: Any, **arguments: str) -> Assignment | None:
    return await info.context["asking"].claim(arguments["campaignId"])


@campaign.field("createdAt")
def resolve_created_at(row: Campaign, _: Any) -> str:
    return row.created_at.isoformat()


@campaign.field("employer")
async def resolve_employer(row: Campaign, info: Any) -> Member | None:
    return await info.context["asking"].members.load(row.employer_id)


@campaign.field("assignments")
async def resolve_assignments(row: Campaign, info: Any, *, first: int) -> list[Assignment]:
    return await info.context["asking"].assignments.load((row.id, first))


@campaign.field("rewardMicros")
@assignment.field("rewardMicros")
def resolve_reward_micros(row: Campaign | Assignment, _: Any) -> str:
    return str(row.reward_micros)


@assignment.field("claimedAt")
def resolve_claimed_at(row: Assignment, _: Any) -> str:
    return row.claimed_at.isoformat()


@assignment.field("deadlineAt")
def resolve_deadline_at(row: Assignment, _: Any) -> str:
    return row.deadline_at.isoformat()


@assignment.field("worker")
async def resolve_worker(row: Assignment, info: Any) -> Member | None:
    return await info.context["asking"].members.load(row.worker_id)


@assignment.field("ratings")
async def resolve_ratings(row: Assignment, info: Any) -> list[Rating]:
    return await info.context["asking"].ratings.load(row.id)


def context(request: Any, _: Any) -> dict[str, Any]:
    return {"request": request, "asking": Asking(request.headers["x-viewer"])}


app = GraphQL(
    make_executable_schema(
        Path(os.environ["PEER_SCHEMA"]).read_text(), query, mutation, campaign, assignment
    ),
    context_value=context,
)
