"""Members ask staff about what they can see; staff answer, and keep their notes to themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch, transaction
from domain.errors import InvalidTransition
from domain.members.rules import Role
from domain.tickets.operations import forget_tickets, reply_to_ticket
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import draft, rich_employer, running
from tests.make.events import all_readable
from tests.make.members import add_staff, add_worker
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

SEEN: Final = "query ($id: ID!) { node(id: $id) { ... on Ticket { state notes { text } } } }"


async def do(ask: Ask, mutation: str, viewer: UUID, **wish: Any) -> Any:
    return (await ask(example(mutation), viewer=viewer, input=wish)).only()


async def opened(ask: Ask, worker_id: UUID, *ids: str, **wish: Any) -> Any:
    wish = {"category": "MISUSE", "text": "Write to x@y.zz, they say.", "aboutIds": ids} | wish
    return await do(ask, "ticketOpen", worker_id, **wish)


async def queue(ask: Ask, staff_id: UUID, about_id: str, **filters: Any) -> list[str]:
    asked = await ask(example("ticketQueue"), viewer=staff_id, aboutId=about_id, **filters)
    return [each["id"] for each in asked.only()]


async def test_a_ticket_about_a_campaign_is_in_the_queue_of_staff(ask: Ask, world: World) -> None:
    """P31: with the campaign's id, found by it and by its category, with the text as it was."""
    worker_id, staff_id = await add_worker(world), await add_staff(world, Role.STAFF)
    campaign_id = ask.id(Tag.CAMPAIGN, await running(world, await rich_employer(world)))
    ticket = (await opened(ask, worker_id, campaign_id, campaign_id))["ticket"]

    (case,) = (await ask(example("ticketQueue"), viewer=staff_id, aboutId=campaign_id)).only()
    assert case["id"] == ticket["id"] and case["aboutIds"] == [campaign_id]
    assert [each["text"] for each in case["replies"]] == ["Write to x@y.zz, they say."]
    assert case["availableTransitions"] == ["ANSWER", "RESOLVE"]
    assert await queue(ask, staff_id, campaign_id, category="MISUSE") == [ticket["id"]]
    assert await queue(ask, staff_id, campaign_id, category="WORK") == []
    assert await queue(ask, staff_id, campaign_id, state="RESOLVED") == []
    assert await queue(ask, staff_id, ticket["id"]) == []
    assert (await ask(example("ticketQueue"), viewer=worker_id)).code == "FORBIDDEN"


async def test_a_ticket_goes_from_side_to_side(ask: Ask, world: World) -> None:
    """Each word of staff is told; a reply opens again what was resolved, for 30 days."""
    worker_id, staff_id = await add_worker(world), await add_staff(world, Role.STAFF)
    id_ = (await opened(ask, worker_id))["ticket"]["id"]
    states = [
        (await do(ask, mutation, viewer, ticketId=id_, **words))["ticket"]["state"]
        for mutation, viewer, words in (
            ("ticketAnswer", staff_id, {"text": "Which one?"}),
            ("ticketReply", worker_id, {"text": "The first."}),
            ("ticketResolve", staff_id, {}),
            ("ticketReply", worker_id, {"text": "Not yet."}),
            ("ticketResolve", worker_id, {}),
        )
    ]
    assert states == ["WAITING_FOR_MEMBER", "OPEN", "RESOLVED", "OPEN", "RESOLVED"]
    await all_readable()
    rows = await fetch("select kind from event where member_id = $1 order by seq", worker_id)
    told = [row["kind"] for row in rows if row["kind"].startswith("ticket_")]
    assert told == ["ticket_opened", "ticket_answered", "ticket_resolved"]

    late = world.now + timedelta(days=30, seconds=1)
    key = ask.key(Tag.TICKET, id_)
    with pytest.raises(InvalidTransition):
        await reply_to_ticket(member_id=worker_id, ticket_id=key, text="Once more.", now=late)


async def test_notes_of_staff_are_read_by_staff_alone(ask: Ask, world: World) -> None:
    """Neither that there are any; and what was said goes with the member."""
    worker_id, staff_id = await add_worker(world), await add_staff(world, Role.STAFF)
    id_ = (await opened(ask, worker_id))["ticket"]["id"]
    noted = await do(ask, "ticketNote", staff_id, ticketId=id_, text="Third report.")
    assert [each["text"] for each in noted["ticket"]["notes"]] == ["Third report."]
    mine = (await ask(SEEN, viewer=worker_id, id=id_)).only()
    assert mine == {"state": "OPEN", "notes": []}
    assert (await ask(SEEN, viewer=await add_worker(world), id=id_)).only() is None

    async with transaction():
        gone = await forget_tickets(member_id=worker_id)
    assert gone == {"ticket_reply": 1, "ticket_note": 1, "ticket": 1}


async def test_a_ticket_is_about_what_its_member_can_see(ask: Ask, world: World) -> None:
    """An id that somebody got hold of is answered as one of nothing; a text that turns a page
    around is refused, and nobody answers their own ticket.
    """
    employer_id, worker_id = await rich_employer(world), await add_worker(world)
    hidden = ask.id(Tag.CAMPAIGN, await draft(world, employer_id))
    other = ask.id(Tag.MEMBER, employer_id)
    for id_ in (hidden, other, "nothing"):
        (error,) = (await opened(ask, worker_id, id_))["errors"]
        assert (error["code"], error["path"]) == ("INVALID_ID", ["aboutIds"])
    (error,) = (await opened(ask, worker_id, text="Turned \u202e around"))["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["text"])
    assert (await opened(ask, employer_id, hidden))["errors"] == []

    staff_id = await add_staff(world, Role.STAFF)
    own = (await opened(ask, staff_id))["ticket"]["id"]
    answered = await do(ask, "ticketAnswer", staff_id, ticketId=own, text="Yes.")
    assert answered["errors"][0]["code"] == "SECOND_PERSON_NEEDED"


async def test_what_was_said_is_not_edited(ask: Ask, world: World) -> None:
    """Neither side can say later that it wrote something else."""
    id_ = (await opened(ask, await add_worker(world)))["ticket"]["id"]
    edit = "update ticket_reply set text = 'x' where ticket_id = $1"
    async with transaction():
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(edit, ask.key(Tag.TICKET, id_))
