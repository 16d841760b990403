"""Days that are over are sealed: what anybody changes in them afterwards is found, by its day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest

from domain.database import execute, fetch, transaction
from domain.ledger import operations, queries
from domain.ledger.operations import Posted
from domain.ledger.queries import NOTED
from domain.ledger.rules import Difference, Seal
from tests.make.ledger import CLEARING, book, earnings, fill, pay
from tests.make.world import World

pytestmark = pytest.mark.asyncio

AS_IT_WAS = "a sealed day is as it was sealed"
FOLLOWS = "each seal follows the day before"
Tampering = Callable[[Sequence[Seal], str], str]


async def sealed_days() -> list[Seal]:
    found = []
    while (seal := await operations.seal_day()) is not None:
        found.append(seal)
    return found


async def after(
    posted: Sequence[Posted], statement: Tampering | None = None
) -> tuple[list[Seal], list[Difference]]:
    """Books in which these transfers are three days old; sealed, then changed with triggers off.

    Nothing of it stays: a day of the past is written anew, which no test may do to another's.
    """
    ids = [each.transfer_id for each in posted]
    async with transaction() as current:
        await current.connection.execute("set local session_replication_role = replica")
        await execute(
            "update ledger_transfer set recorded_at = now() - interval '3 days' where id = any($1)",
            ids,
        )
        seals = await sealed_days()
        if statement is not None:
            await execute(statement(seals, str(ids[0])))
        noted = {seal.day: seal.hash for seal in seals}
        found = [*await queries.audit(), *await queries.missing_seals(noted=noted)]
        await current.rollback()  # type: ignore[no-untyped-call]  # Piccolo's
    return seals, found


async def two_transfers(world: World) -> list[Posted]:
    owner = earnings(world.new_id())
    wish = pay(world, source=owner, target=CLEARING, micros=20)
    return [await fill(world, owner, 100), *(await book(world=world, transfers=[wish])).values()]


async def test_each_day_that_is_over_is_sealed_once(world: World) -> None:
    """From the first transfer's to yesterday's, days without one too; today stays open."""
    posted = await two_transfers(world)

    seals, found = await after(posted)

    (today,) = await fetch("select (now() at time zone 'UTC')::date as day")
    days = [seal.day for seal in seals]
    assert [seal.transfer_count for seal in seals][:2] == [2, 0]
    assert days == [days[0] + timedelta(days=place) for place in range(len(days))]
    assert days[0] == today["day"] - timedelta(days=3) and days[-1] < today["day"]
    assert len({seal.hash for seal in seals}) == len(seals) and found == []
    assert await sealed_days() == []


@pytest.mark.parametrize(
    ("tampering", "checks"),
    [
        (lambda _, id_: f"update ledger_transfer set actor_id = id where id = '{id_}'", AS_IT_WAS),
        (
            lambda _, id_: (
                "update ledger_entry e set account_id = o.account_id from ledger_entry o"
                f" where o.transfer_id = e.transfer_id and o.id <> e.id and e.transfer_id = '{id_}'"
            ),
            AS_IT_WAS,
        ),
        (
            lambda _, id_: (
                "update ledger_transfer set recorded_at = recorded_at + interval '1 day'"
                f" where id = '{id_}'"
            ),
            AS_IT_WAS,
        ),
        (lambda seals, _: f"delete from ledger_day_seal where day = '{seals[0].day}'", FOLLOWS),
        (lambda seals, _: f"delete from ledger_day_seal where day = '{seals[-1].day}'", NOTED),
    ],
    ids=["an edit", "sides exchanged", "another day", "no first day", "no last day"],
)
async def test_what_is_changed_afterwards_is_found(
    world: World, tampering: Tampering, checks: str
) -> None:
    """A2, I7. Sums would not see any of these; the last one only a seal noted elsewhere shows."""
    _, found = await after(await two_transfers(world), tampering)

    assert checks in {each.check for each in found}


async def test_a_seal_made_anew_is_not_the_one_that_was_noted(world: World) -> None:
    """Whoever rewrites the whole chain cannot rewrite the log."""
    seals, _ = await after(await two_transfers(world))
    other = date.fromisoformat("2020-02-29")

    found = await queries.missing_seals(noted={seals[0].day: bytes(32), other: seals[0].hash})

    assert [(each.subject, each.found) for each in found] == [
        ("day 2020-02-29", "not sealed"),
        (f"day {seals[0].day}", "not sealed"),
    ]
