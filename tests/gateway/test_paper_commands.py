"""`piecerate finance invoices …`: what staff do with papers on the command line."""

from __future__ import annotations

import csv
import hashlib
import json
from io import StringIO
from pathlib import Path

import pytest

from domain.database import execute, transaction
from domain.invoices import operations, queries
from domain.invoices.queries import RunRecord
from domain.invoices.rules import DocumentKind
from gateway import paper_commands
from gateway.finance.pdf import TypstRenderer
from gateway.refused import CommandRefused
from tests.make.campaigns import rich_employer, usd
from tests.make.invoices import approved_work, fee_invoice
from tests.make.members import add_finance_member, add_worker, email_of
from tests.make.payouts import VAULT
from tests.make.world import World

pytestmark = pytest.mark.asyncio


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_issues_credits_and_exports(world: World, tmp_path: Path) -> None:
    """With the rules of authorities: what is in the folder is what an auditor gets."""
    world.now = world.now.replace(year=2062)
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=1, reward=usd("10.00"))
    finance = email_of(await add_finance_member(world))
    record = await fee_invoice(world, employer)
    assert record is not None
    await operations.render_document(document_id=record.id, renderer=TypstRenderer(member_ref=str))

    number = await paper_commands.credit(
        email=finance, number=record.number, net=usd("0.40"), reason="too much"
    )
    day = world.now.date()
    counts = await paper_commands.export(
        since=day, until=day, member_ref=str, folder=tmp_path, now=world.now
    )
    text = StringIO()
    await paper_commands.write_register(since=day, until=day, member_ref=str, file=text)

    rows = list(csv.DictReader(StringIO(text.getvalue())))
    mine = [row for row in rows if row["member"] == str(employer)]
    assert [(row["kind"], row["net"], row["vat"], row["gross"]) for row in mine] == [
        ("fee_invoice", "1.00", "0.19", "1.19")
    ]
    assert counts == (len(rows), len(rows) - 1)
    pdf = files_in(tmp_path).pop(f"{record.number}.pdf")
    assert files_in(tmp_path).keys() == {
        "register.csv",
        "manifest.json",
        f"{record.number}.pdf",
        f"{record.number}.xml",
        f"{record.number}.ubl.xml",
    }
    assert pdf.startswith(b"%PDF")
    said = json.loads(files_in(tmp_path)["manifest.json"])
    assert said["sha256"][f"{record.number}.pdf"] == hashlib.sha256(pdf).hexdigest()
    totals = {each["kind"]: each["gross"] for each in said["sums"]}
    assert totals["fee_invoice"] == "1.19"
    assert number.startswith("DE-C-")


async def test_a_run_says_how_far_it_is(world: World) -> None:
    """In processes of its own; a second call has nothing left to do."""
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=1, reward=usd("10.00"))
    finance = email_of(await add_finance_member(world))
    said: list[RunRecord] = []

    run = await paper_commands.issue(
        email=finance, kind=DocumentKind.FEE_INVOICE, process_count=1, vault=VAULT, say=said.append
    )

    assert run.finished_at is not None and run.issued_count >= 1
    assert said[-1] == run
    assert [each for each in await queries.drafts() if each.counterparty_id == employer] == []


async def test_says_in_one_sentence_what_cannot_be(world: World) -> None:
    """Nobody, no such document, no picture, no right."""
    worker, finance = await add_worker(world), await add_finance_member(world)
    emails = {each: email_of(each) for each in (worker, finance)}

    with pytest.raises(CommandRefused, match="Nobody"):
        await paper_commands.credit(email="x@example.org", number="X", net=None, reason="r")
    with pytest.raises(CommandRefused, match="no document"):
        await paper_commands.credit(email=emails[finance], number="X", net=None, reason="r")
    with pytest.raises(CommandRefused, match="PNG"):
        await paper_commands.set_logo(
            email=emails[finance], code="DE", suffix=".gif", content=b"GIF"
        )
    with pytest.raises(CommandRefused, match="finance"):
        await paper_commands.set_logo(
            email=emails[worker], code="DE", suffix=".svg", content=b"<svg/>"
        )


async def test_a_gap_is_seen(world: World) -> None:
    """The proof counts documents; it does not believe the counter."""
    employer, worker = await rich_employer(world), await add_worker(world)
    world.now = world.now.replace(year=2063)
    await approved_work(world, employer, worker, count=1, reward=usd("10.00"))
    assert await fee_invoice(world, employer) is not None
    moved = "update number_series set next_number = next_number + $1 where fiscal_year = 2063"

    async with transaction():
        await execute(moved, 1)
    wrong = [each for each in await paper_commands.series() if not each.is_gapless]
    async with transaction():
        await execute(moved, -1)

    assert [(each.year, each.kind) for each in wrong] == [(2063, DocumentKind.FEE_INVOICE)]
