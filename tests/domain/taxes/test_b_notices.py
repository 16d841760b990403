"""The way of a B-notice: recorded, sent, answered."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.taxes import operations, queries
from domain.taxes.rules.b_notices import Notice
from tests.make.members import add_finance_member, add_worker
from tests.make.taxes import W9_FORM, submitted_form
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def record(
    world: World, member_id: UUID, *, year: int | None = None, actor_id: UUID | None = None
) -> Notice:
    today = world.now.date()
    return await operations.record_b_notice(
        actor_id=actor_id or await add_finance_member(world),
        member_id=member_id,
        received_on=today,
        tax_year=year or today.year - 1,
        new_id=world.new_id,
        now=world.now,
    )


async def end(world: World, member_id: UUID) -> None:
    await operations.end_b_notice(
        actor_id=await add_finance_member(world),
        member_id=member_id,
        note="Letter 147C seen",
        now=world.now,
    )


async def kinds(member_id: UUID) -> list[Notice]:
    return [each.notice for each in await queries.open_b_notices(member_id=member_id)]


async def test_a_first_notice_ends_with_a_form_and_a_second_with_a_letter(world: World) -> None:
    """Within three calendar years; the same once more sends nothing new."""
    worker, clerk = await add_worker(world), await add_finance_member(world)
    told = [await record(world, worker), await record(world, worker, year=2024)]
    await operations.note_b_notice_letter(
        actor_id=clerk, member_id=worker, sent_on=world.now.date(), now=world.now
    )
    (sent,) = await queries.open_b_notices(member_id=worker)
    with pytest.raises(InvalidTransition):  # there is no other letter to send
        await operations.note_b_notice_letter(
            actor_id=clerk, member_id=worker, sent_on=world.now.date(), now=world.now
        )
    await submitted_form(world, worker, W9_FORM)
    after_first = await kinds(worker)
    world.now += timedelta(days=366)
    told.append(await record(world, worker))
    await submitted_form(world, worker, W9_FORM)
    after_form = await kinds(worker)
    await end(world, worker)

    assert told == [Notice.FIRST, Notice.REPEATED, Notice.SECOND]
    assert (sent.letter_sent_on, sent.letter_by) == (date(2026, 3, 29), date(2026, 4, 17))
    assert (after_first, after_form, await kinds(worker)) == ([], [Notice.SECOND], [])


async def test_what_is_no_notice_is_refused(world: World) -> None:
    """By others than finance, about nobody, of a year to come, and an end of nothing."""
    worker = await add_worker(world)

    with pytest.raises(NotAllowed):
        await record(world, worker, actor_id=worker)
    with pytest.raises(NotFound):
        await record(world, world.new_id())
    with pytest.raises(InvalidInput):
        await record(world, worker, year=world.now.year)
    with pytest.raises(InvalidTransition):
        await end(world, worker)
