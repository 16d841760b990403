"""Tax numbers of canaries: after every way in and every way wrong, they stand nowhere in plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from subprocess import run
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from domain.database import engine, fetch
from gateway.embedded.faults import PostgresRefused
from gateway.embedded.installation import find_installation
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.logs import production_logs
from tests.make.members import PASSWORD, add_finance_member, add_worker
from tests.schema.documents import example
from tests.schema.wishes_of_taxes import SELLER, VAT, W8BEN, W9

pytestmark = pytest.mark.asyncio

# As they are sent; no other test and no seed has them.
CANARIES: Final = {
    "w9": "521-47-8316",
    "w8ben": "73 914 608 258",
    "us_tin": "918-74-6203",
    "vat": "DE 811 569 869",
    "tax_number": "214/8830/6157",
    "seller": "59 204 817 663",
}
WRONG: Final = ("666-47-8316", "91-8746203x")
SEPARATORS: Final = re.compile(r"[\s./,:;_-]")
COLUMNS: Final = """
    select n.nspname as place, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname not like 'pg_toast%'
"""


def plain(text: str) -> str:
    return SEPARATORS.sub("", text).upper()


def needles() -> list[str]:
    """Without separators, and as the bytes of a column are written."""
    digits = [plain(each) for each in (*CANARIES.values(), *WRONG)]
    return [*digits, *(each.encode().hex().upper() for each in digits)]


def seen_in(text: str) -> list[str]:
    found = plain(text)
    return [each for each in needles() if each in found]


@pytest.fixture
def real_logs(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """As in production, into what `capfd` reads."""
    assert capfd
    with production_logs():
        yield


FORMS: Final[tuple[dict[str, Any], ...]] = (
    {"w9": {**W9, "tin": CANARIES["w9"]}},
    {"w8ben": {**W8BEN, "foreignTin": CANARIES["w8ben"], "usTin": CANARIES["us_tin"]}},
    {"vat": {**VAT, "vatId": CANARIES["vat"], "taxNumber": CANARIES["tax_number"]}},
    {"seller": {**SELLER, "tin": CANARIES["seller"]}},
)


async def give_all(ask: Ask, viewer: UUID) -> str:
    """Every number by its form, twice; then wrong ones, and one while the database is away."""
    said = ""
    for form in (*FORMS, *FORMS):
        answer = await ask(example("taxFormSubmit"), viewer=viewer, input={"form": form})
        assert answer.only()["errors"] == [], answer
        said += str(answer)
    for wrong in (
        {"w9": {**W9, "tin": WRONG[0]}},
        {"w9": {**W9, "tin": WRONG[1], "tinKind": "EIN"}},
        {"w9": {**W9, "tin": CANARIES["w9"], "nope": 1}},
    ):
        answer = await ask(example("taxFormSubmit"), viewer=viewer, input={"form": wrong})
        said += f"{answer.data} {[each['extensions'] for each in answer.errors or ()]}"
    pool, engine.pool = engine.pool, None  # an error that nobody expects
    failed = await ask(example("taxFormSubmit"), viewer=viewer, input={"form": FORMS[0]})
    engine.pool = pool
    return said + str(failed)


async def reveal(ask: Ask, finance: UUID, form_id: str) -> str:
    """The one way out, with a step-up for it; returns what came besides the number."""
    wish = {"taxFormId": form_id, "field": "TIN"}
    action = {"action": {"taxIdentityReveal": wish}}
    begun = (await ask(example("stepUpBegin"), viewer=finance, input=action)).only()
    proof = {"stepUpId": begun["stepUpId"], "proof": {"password": PASSWORD}}
    passed = (await ask(example("stepUpComplete"), viewer=finance, input=proof)).only()
    ask.use(finance, passed["token"])
    reason = {"reason": "The canary has to sing once.", "stepUpId": begun["stepUpId"]}
    shown = (await ask(example("taxIdentityReveal"), viewer=finance, input=wish | reason)).only()
    assert shown["errors"] == [], shown
    again = await ask(example("taxIdentityReveal"), viewer=finance, input=wish | reason)
    assert again.only()["errors"][0]["code"] == "STEP_UP_REQUIRED"
    assert plain(shown["number"]) in {plain(each) for each in CANARIES.values()}
    return str(again)


async def read_all(ask: Ask, worker: UUID, finance: UUID) -> str:
    """What anybody can ask for about it."""
    own = await ask(example("viewerTaxes"), viewer=worker)
    sale = {"on": "2026-11-22", "sellerCountry": "DE", "buyerCountry": "DE"}
    law = await ask(example("financeTaxes"), viewer=finance, sale=sale)
    member = await ask(example("member"), viewer=finance, id=ask.id(Tag.MEMBER, worker))
    return f"{own} {law} {member}"


async def dump() -> str:
    """Every row of every table as text; bytes are written in hexadecimal."""
    rows = await fetch(COLUMNS)
    parts = []
    for row in rows:
        name = f'"{row["place"]}"."{row["name"]}"'
        sql = f"select whole_row::text as t from {name} whole_row"
        parts += [each["t"] for each in await fetch(sql)]
    return "\n".join(parts)


def pg_dump(dsn: str) -> str | None:
    """As an operator's backup has it; None where only the server is elsewhere."""
    try:
        program = find_installation() / "bin" / "pg_dump"
    except PostgresRefused:
        return None
    if not program.exists():
        return None
    done = run([str(program), "--dbname", dsn], capture_output=True, check=True)  # noqa: S603  # the server's own
    return done.stdout.decode()


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("real_logs")
async def test_no_tax_number_stands_anywhere_in_plain(
    ask: Ask, database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """R37: dump, tables, logs, errors, metrics, events, jobs and answers, by every spelling."""
    worker = await add_worker(ask.world, country="DE")
    other, finance = await add_worker(ask.world, country="DE"), await add_finance_member(ask.world)

    said = await give_all(ask, worker) + await give_all(ask, other)
    said += await read_all(ask, worker, finance)
    forms = await fetch("select id, form_kind from tax_form where member_id = $1", worker)
    seller = next(row["id"] for row in forms if row["form_kind"] == "seller")
    said += await reveal(ask, finance, ask.id(Tag.TAX_FORM, seller))
    metrics = (await ask.client.get("/metrics")).text
    logs = "".join(capfd.readouterr())

    assert seen_in(said) == []
    assert "graphql.unexpected" in logs and seen_in(logs) == []
    assert seen_in(metrics) == []
    tables = await dump()
    assert str(worker) in tables and seen_in(tables) == []
    whole = pg_dump(database)
    assert whole is None or (str(worker) in whole and seen_in(whole) == [])


async def test_the_search_finds_what_is_there(database: str) -> None:
    """A search that cannot find guards nothing: planted as text, as bytes and with separators."""
    digits = plain(CANARIES["w9"])
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("create table planted (t text, b bytea, j jsonb)")
        for t, b, j in (
            ("5 2 1-47.8316", b"", "{}"),
            ("", digits.encode(), "{}"),
            ("", b"", f'{{"a": "{digits}"}}'),
        ):
            await connection.execute("truncate planted")
            await connection.execute("insert into planted values ($1, $2, $3)", t, b, j)
            assert seen_in(await dump()), (t, b, j)
    finally:
        await connection.execute("drop table planted")
        await connection.close()
