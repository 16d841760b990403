"""A reviewer sees the work and both statements, and not whose they are."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from domain.database import fetch_row
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import REASON
from tests.make.members import add_worker
from tests.make.seats import EMPLOYER_SAYS, WORKER_SAYS, seat
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

_WHOSE = """
    select d.id as dispute, a.id as assignment, a.task_id as task, a.campaign_id as campaign,
           d.worker_id as worker, d.employer_id as employer,
           (select string_agg(p.name, '|') from member_person p
            where p.member_id in (d.worker_id, d.employer_id)) as names
    from panel_seat s join dispute d on d.id = s.dispute_id
    join assignment a on a.id = d.assignment_id
    where s.id = $1
"""
TAGS = {
    "dispute": Tag.DISPUTE,
    "assignment": Tag.ASSIGNMENT,
    "task": Tag.TASK,
    "campaign": Tag.CAMPAIGN,
    "worker": Tag.MEMBER,
    "employer": Tag.MEMBER,
}


async def telling(ask: Ask, seat_id: UUID, answer: object) -> list[str]:
    """What in an answer would tell whose dispute it is."""
    row = await fetch_row(_WHOSE, seat_id)
    assert row is not None
    ids = {name: ask.id(tag, row[name]) for name, tag in TAGS.items()}
    ids |= {f"{name} as it is stored": str(row[name]) for name in TAGS}
    ids |= {each: each for each in row["names"].split("|")}
    said = json.dumps(answer)
    return [name for name, each in ids.items() if each in said]


async def test_a_reviewer_reads_the_case_and_votes_once(ask: Ask) -> None:
    """The reason of the rejection, both statements, the work; then the own vote, and no other."""
    reviewer = await add_worker(ask.world)
    seat_id = await seat(ask.world, reviewer)
    (case,) = (await ask(example("panelCases"), viewer=reviewer)).only()

    assert [each["text"] for each in case["statements"]] == [WORKER_SAYS, EMPLOYER_SAYS]
    assert (case["reason"], case["viewerCanVote"]) == (REASON, True)
    assert case["items"] and case["instructions"]["clauses"]
    assert await telling(ask, seat_id, case) == []

    wish = {"seatId": case["seatId"], "ruling": "EMPLOYER", "text": WORKER_SAYS}
    voted = (await ask(example("disputeVote"), viewer=reviewer, input=wish)).only()
    assert voted["errors"] == []
    assert (voted["case"]["ruling"], voted["case"]["viewerCanVote"]) == ("EMPLOYER", False)
    assert (await ask(example("panelCases"), viewer=reviewer)).only() == []
    again = (await ask(example("disputeVote"), viewer=reviewer, input=wish)).only()
    assert [each["code"] for each in again["errors"]] == ["INVALID_TRANSITION"]


async def test_a_seat_opens_no_other_door(ask: Ask) -> None:
    """Who reviews a dispute finds neither it nor its work by their ids, nor by another's seat."""
    reviewer, other = await add_worker(ask.world), await add_worker(ask.world)
    seat_id = await seat(ask.world, reviewer)
    row = await fetch_row(_WHOSE, seat_id)
    assert row is not None
    for name in ("dispute", "assignment"):
        found = await ask(
            "query ($id: ID!) { node(id: $id) { id } }",
            viewer=reviewer,
            id=ask.id(TAGS[name], row[name]),
        )
        assert found.only() is None, name
    assert (await ask(example("panelCases"), viewer=other)).only() == []
    assert (await ask(example("panelCases"))).only() == []
