"""A thousand verdicts in one request, as an employer's program sends them."""

from __future__ import annotations

from typing import Final

import pytest

from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.members import add_employer
from tests.make.world import World

pytestmark = pytest.mark.asyncio

REVIEW: Final = """
    mutation Review($input: AssignmentReviewAllInput!) {
      assignmentReviewAll(input: $input) { outcomes { isDone errors { code } } errors { code } }
    }
"""
REASON: Final = "The picture is not the one that clause 2 asks for. " * 4


async def test_a_thousand_verdicts_with_reasons_are_taken_over_http(ask: Ask, world: World) -> None:
    """R28: neither size nor count of values refuses a thousand verdicts with all they may hold."""
    employer = await add_employer(world)
    verdicts = [
        {
            "assignmentId": ask.id(Tag.ASSIGNMENT, world.new_id()),
            "rejection": {"reasonCode": "SPAM", "text": REASON, "clauseId": "2", "askStaff": True},
            "comment": None,
        }
        for _ in range(1_000)
    ]
    answer = await ask(
        REVIEW,
        viewer=employer,
        input={"idempotencyKey": "a thousand of them", "verdicts": verdicts},
    )
    payload = answer.only()
    assert payload["errors"] == []
    assert [each["errors"] for each in payload["outcomes"]] == [[{"code": "INVALID_ID"}]] * 1_000
