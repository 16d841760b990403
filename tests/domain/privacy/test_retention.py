"""What has ended goes when its days are over, and not a second before."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from domain.database import execute, fetch_value, transaction
from domain.members.rules import Role
from domain.privacy import operations, queries
from domain.privacy.queries import OVERDUE_TIME
from domain.privacy.rules import CLASS_OF
from domain.risk import operations as risk
from tests.make.campaigns import draft, rich_employer
from tests.make.locks import locked, until_waiting
from tests.make.members import add_employer, add_staff, add_worker
from tests.make.risk import suspect, taken
from tests.make.vault import put, read, vault_with_file
from tests.make.world import World
from tests.tidy.source import ROOT

pytestmark = pytest.mark.asyncio

# Long before the rows of any other test; the first days of retention are of 2020.
NOW: Final = datetime(2021, 7, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
# One row of each store that ended at $3; $4 is one more id.
INSERTS: Final = {
    "step_up_challenge": """
        with s as (insert into login_session values ($4, $2, sha256(uuid_send($4)), 'api',
                   '{password}', $3, $3, 'infinity', 'infinity') returning id)
        insert into step_up_challenge
        select $1, s.id, 'data_export', sha256(''), $3, $3 from s
    """,
    "login_session": """
        insert into login_session values ($1, $2, sha256(uuid_send($4)), 'api', '{password}',
            $3, $3, 'infinity', 'infinity', $3, 'revoked')
    """,
    "login_fingerprint": """
        insert into login_fingerprint select $1, $2, '', sha256(uuid_send($4)), $3
    """,
    "profile_change": """
        insert into profile_change
        select $1, $2, 'name', null, $4::uuid::text, 'declined', $3, $2, $3, 'No.'
    """,
    "notification": """
        insert into notification
        select $1, $2, $4, 'payout_paid', $4, true, null, $3, null, 'unwanted'
    """,
    "search_alert": "insert into search_alert (campaign_id, member_id, told_at) select $1, $2, $3",
    "webhook_delivery": """
        with e as (insert into webhook_endpoint (id, member_id, url, kinds, state, secret,
                   created_at) values ($4, $2, 'https://x.example', '{}', 'active', '', $3)
                   returning id)
        insert into webhook_delivery (id, endpoint_id, event_kind, state, created_at)
        select $1, e.id, 'test', 'dead', $3 from e
    """,
    "analytics_event": """
        with s as (insert into analytics_subject values ($2, 'variety', $4)
                   on conflict (member_id, purpose) do update set purpose = 'variety'
                   returning pseudonym)
        insert into analytics_event select $1, pseudonym, 'variety', 'payout_paid', $3, 1 from s
    """,
    "invitation": """
        insert into invitation (id, inviter_id, state, is_silent, address_hash, letter_count,
                                is_letter_due, created_at, ended_at)
        values ($1, $2, 'expired', false, sha256(uuid_send($4)), 1, false, $3, $3)
    """,
    "data_export": """
        insert into data_export select $1, $2, $3, $3, $3, uuid_send($4)
    """,
}


ERASED: Final = """
    insert into erasure (id, member_id, reason, asked_at, due_at, erased_at, backups_until, stores,
                         tax_until)
    values ($1, $2, 'closed', $3, $3, $3, $3, '[]', $3)
"""


async def end(world: World, store: str, member_id: UUID, *, at: datetime) -> UUID:
    told_of = await draft(world, await add_employer(world)) if store == "search_alert" else None
    id_ = told_of or world.new_id()
    arguments = (id_, member_id, at) if told_of else (id_, member_id, at, world.new_id())
    async with transaction():
        await execute(INSERTS[store], *arguments)
    return id_


async def days_of(store: str) -> timedelta:
    return timedelta(days=await queries.kept_days(store=store, on=NOW.date()))


async def left(ids: dict[str, UUID]) -> set[str]:
    """The stores whose row is still there."""
    found = "select exists (select from {0} where {1} = $1)"
    keys = {store: "campaign_id" if store == "search_alert" else "id" for store in ids}
    return {
        store
        for store, id_ in ids.items()
        if await fetch_value(found.format(store, keys[store]), id_)
    }


async def purge_all(now: datetime, *, limit: int = 100) -> None:
    while await operations.purge_ended(now=now, limit=limit) == limit:
        pass


async def test_what_ended_goes_and_nothing_a_second_younger(world: World) -> None:
    """C9, W12: each store after its own days; the ledger stays, and what a hold keeps is told."""
    await rich_employer(world)
    member, held = await add_worker(world), await add_worker(world)
    staff_id = await add_staff(world, Role.STAFF)
    entries = await fetch_value("select count(*) from ledger_entry")
    await operations.place_hold(
        staff_id=staff_id, member_id=held, reason="A court asks.", new_id=world.new_id, now=NOW
    )
    due = {store: NOW - await days_of(store) for store in INSERTS}
    old = {store: await end(world, store, member, at=at) for store, at in due.items()}
    young = {store: await end(world, store, member, at=at + SECOND) for store, at in due.items()}
    kept = {store: await end(world, store, held, at=at) for store, at in due.items()}
    await purge_all(NOW)
    remain = [await left(ids) for ids in (old, young, kept)]
    told = {each.member_id: each for each in await queries.held_back(limit=50, now=NOW)}
    gone = {each.store: each.row_count for each in await queries.purges(now=NOW)}
    await operations.lift_hold(staff_id=staff_id, member_id=held, now=NOW)
    await purge_all(NOW)

    assert remain == [set(), INSERTS.keys(), INSERTS.keys()]
    assert told[held].row_counts == dict.fromkeys(INSERTS, 1)
    assert all(gone[store] >= 1 for store in INSERTS)
    assert await left(kept) == set()
    assert entries > 0 and await fetch_value("select count(*) from ledger_entry") == entries


async def test_what_is_on_its_way_stays(world: World) -> None:
    """A letter that is not sent yet, an attempt under way, and a request that waits for staff."""
    member, ended_at = await add_worker(world), NOW - timedelta(days=300)
    stores = ("notification", "webhook_delivery")
    ids = {store: await end(world, store, member, at=ended_at) for store in stores}
    async with transaction():
        await execute("update notification set mail_state = 'wanted' where member_id = $1", member)
        await execute(
            "update webhook_delivery set leased_until = $2 where id = $1",
            ids["webhook_delivery"],
            NOW,
        )
    await purge_all(NOW)

    assert await left(ids) == set(stores)


async def test_where_a_suspect_signs_in_from_is_kept_until_the_case_is_over(world: World) -> None:
    """180 days while a risk case is open, or nobody could look; 30 for everybody else."""
    suspected = (await suspect(world)).id
    staff_id = await taken(world, suspected)
    other = await add_worker(world)
    ages = {"young": 100, "old": 180}
    ids = {
        (member, name): await end(world, "login_fingerprint", member, at=NOW - timedelta(days=days))
        for member in (suspected, other)
        for name, days in ages.items()
    }
    await purge_all(NOW)
    in_between = await fingerprints(ids)
    await risk.clear_case(
        staff_id=staff_id, member_id=suspected, text="Two of one household.", now=NOW
    )
    await purge_all(NOW)

    assert in_between == {(suspected, "young")}
    assert await fingerprints(ids) == set()


async def fingerprints(ids: dict[tuple[UUID, str], UUID]) -> set[tuple[UUID, str]]:
    found = "select exists (select from login_fingerprint where id = $1)"
    return {key for key, id_ in ids.items() if await fetch_value(found, id_)}


async def test_what_is_overdue_is_counted(world: World) -> None:
    """A row that a purge should have taken days ago; what a hold keeps is not overdue."""
    member, held = await add_worker(world), await add_worker(world)
    staff_id = await add_staff(world, Role.STAFF)
    await operations.place_hold(
        staff_id=staff_id, member_id=held, reason="A court asks.", new_id=world.new_id, now=NOW
    )
    due = NOW - await days_of("notification")
    before = await queries.overdue(now=NOW + OVERDUE_TIME)
    for each in (member, held):
        await end(world, "notification", each, at=due)
    await end(world, "notification", member, at=due + SECOND)
    after = await queries.overdue(now=NOW + OVERDUE_TIME)
    await operations.lift_hold(staff_id=staff_id, member_id=held, now=NOW)
    await purge_all(NOW + OVERDUE_TIME)

    assert after["notification"] == before["notification"] + 1
    assert set((await queries.overdue(now=NOW + OVERDUE_TIME)).values()) == {0}


async def test_a_purge_killed_in_the_middle_goes_on(world: World, database: str) -> None:
    """C9: a batch is whole or not at all; what is counted is what is gone."""
    now = NOW - timedelta(days=30)
    member, ended_at = await add_worker(world), now - await days_of("invitation")
    ids = [await end(world, "invitation", member, at=ended_at) for _ in range(3)]
    await operations.purge_ended(now=now, limit=1)
    async with locked(database, "purge"):
        killed = asyncio.create_task(operations.purge_ended(now=now, limit=1))
        await until_waiting(1)
        killed.cancel()
        await asyncio.gather(killed, return_exceptions=True)
    in_between = await count_of(ids)
    await purge_all(now, limit=1)
    noted = await fetch_value(
        "select row_count from purge where store = 'invitation' and purged_on = $1", now.date()
    )

    assert (in_between, await count_of(ids), noted) == (2, 0, 3)


async def count_of(ids: list[UUID]) -> int:
    count: int = await fetch_value("select count(*) from invitation where id = any($1)", ids)
    return count


async def test_tax_keys_go_when_no_law_asks_for_them(world: World, tmp_path: Path) -> None:
    """The receipt of the erasure says when; a hold keeps them longer, and is told with them."""
    member, staff_id = await add_worker(world), await add_staff(world, Role.STAFF)
    vault = vault_with_file(tmp_path)
    place = await put(world, vault, member, "123-45-6789")
    async with transaction():
        await execute(ERASED, world.new_id(), member, NOW)
    early = await operations.purge_tax_keys(now=NOW - SECOND)
    await operations.place_hold(
        staff_id=staff_id, member_id=member, reason="A court asks.", new_id=world.new_id, now=NOW
    )
    held = await operations.purge_tax_keys(now=NOW)
    told = {each.member_id: each for each in await queries.held_back(limit=50, now=NOW)}
    still = await read(vault, place)
    await operations.lift_hold(staff_id=staff_id, member_id=member, now=NOW)
    gone = [await operations.purge_tax_keys(now=NOW) for _ in range(2)]

    assert (early, held, gone) == (0, 0, [1, 0])
    assert (still, told[member].row_counts) == (["123-45-6789"], {"data_key": 1})
    with pytest.raises(KeyError):
        await read(vault, place)


async def test_the_page_says_what_the_rows_say(world: World) -> None:
    """Each store with an end stands in `docs/operating/retention.md`, with its days."""
    assert world
    page = (ROOT / "docs/operating/retention.md").read_text()
    lines = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| .* \| ([\d,]+) \|", page, re.MULTILINE)
    written = {
        store: int(days.replace(",", ""))
        for names, days in lines
        for store in re.findall(r"\w+", names)
    }

    assert {each.table for each in queries.ENDED} == INSERTS.keys()
    assert written == {each.store: each.kept_days for each in await queries.purges(now=NOW)}
    assert written.keys() == CLASS_OF.keys()
