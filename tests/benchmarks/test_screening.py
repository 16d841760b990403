"""How long it takes to hold a name against a long list; `make bench`. Prints, asserts little."""

from __future__ import annotations

import os
import random
import time

import pytest
from rich.console import Console
from rich.table import Table

from domain.database import execute, transaction
from domain.verification.operations import screen_due
from plugins.kyc.sanctions.entries import ListedKind, ListEntry
from plugins.kyc.sanctions.matching import Index, Sought
from plugins.kyc.sanctions.settings import SanctionsConfig
from tests.benchmarks.machine import load, machine
from tests.domain.verification.test_screening import newer_list, screened
from tests.make.verifications import Office
from tests.make.world import World

MEMBERS = int(os.environ.get("PIECERATE_BENCH_MEMBERS", "5000"))
LISTED = int(os.environ.get("PIECERATE_BENCH_LISTED", "40000"))
SCREENED = 100
SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu"),
    *("na", "pe", "qi", "ro", "su", "ta", "ve", "wi", "xo", "yu", "za"),
)

pytestmark = [
    pytest.mark.skipif(not os.environ.get("PIECERATE_BENCH"), reason="`make bench` runs it"),
    pytest.mark.timeout(600),
]


def test_screening_against_a_long_list() -> None:
    """Invented names; each listed one is found when it is asked for."""
    chance = random.Random(20261122)  # noqa: S311  # the same names at each run

    def word() -> str:
        return "".join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, 4)))

    entries = [
        ListEntry(
            list_id="bench",
            entry_id=str(each),
            names=(f"{word()} {word()} {word()}",),
            kind=ListedKind.PERSON,
        )
        for each in range(LISTED)
    ]
    (row,) = SanctionsConfig().thresholds
    begun = time.process_time()
    index = Index(entries, thresholds=row.values())
    loaded = time.process_time() - begun
    asked = [f"{word()} {word()}" for _ in range(SCREENED)]
    asked += [each.names[0] for each in chance.sample(entries, SCREENED)]
    begun = time.process_time()
    found = [index.candidates(Sought(name=each)) for each in asked]
    screened = time.process_time() - begun

    each = screened / len(asked)
    table = Table("what", "processor time")
    table.add_row(f"{LISTED} listed names folded", f"{loaded:.1f} s")
    table.add_row("one name held against them", f"{each * 1000:.1f} ms")
    table.add_row(f"{LISTED} members held against them", f"{each * LISTED:.0f} s")
    Console().print(f"\nScreening, on {machine()}, load {load()}", table)
    assert all(found[SCREENED:])


MANY = """
    with born as (
        insert into member select (jsonb_populate_record(m, jsonb_build_object(
            'id', md5('bench' || n)::uuid))).*
        from member m, generate_series(1, $2::int) n where m.id = $1 returning id),
    person as (
        insert into member_person
        select id, id || '@bench.example', id || '@bench.example', 'Member ' || id, '1990-05-17'
        from born returning member_id),
    proven as (
        insert into verification select (jsonb_populate_record(v, jsonb_build_object(
            'id', person.member_id, 'member_id', person.member_id))).*
        from verification v, person where v.member_id = $1 returning id)
    insert into verification_check select (jsonb_populate_record(c, jsonb_build_object(
        'id', proven.id, 'verification_id', proven.id,
        'check_ref', 'B' || substr(proven.id::text, 1, 14)))).*
    from verification_check c, proven
    where c.verification_id = (select id from verification where member_id = $1)
"""


@pytest.mark.asyncio
async def test_everybody_is_screened_by_the_chunk(world: World) -> None:
    """Our own share of it: a list that is like nobody, and an answer kept for each member."""
    office = Office(world)
    await office.clear()
    (first,) = await screened(office, "lists-bench", 1, recheck_days=30)
    async with transaction():
        await execute(MANY, first, MEMBERS - 1)
    await newer_list(office, "lists-bench", b"second")
    begun, count = time.perf_counter(), 0
    while asked := await screen_due(asking=office.asking):
        count += asked
    lasted = time.perf_counter() - begun
    await office.close()

    text = f"{count} members screened in {lasted:.1f} s, {count / lasted:.0f} a second"
    Console().print(f"\n{text}, on {machine()}, load {load()}")
    assert count == MEMBERS
