"""`render_document`: drawn once, outside of any transaction, and kept."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from domain.database import fetch_row, in_transaction
from domain.errors import NotFound
from domain.invoices import operations, queries
from domain.invoices.rules import Document, FileKind, Rendered
from tests.make.campaigns import rich_employer, usd
from tests.make.invoices import approved_work, self_bill
from tests.make.members import add_worker
from tests.make.world import World

pytestmark = pytest.mark.asyncio


class CountingRenderer:
    """Draws the number, and remembers how often."""

    def __init__(self) -> None:
        self.drawn: list[Document] = []

    async def render(self, document: Document, logo: bytes | None = None) -> Rendered:
        assert not in_transaction()
        self.drawn.append(document)
        await asyncio.sleep(0)
        assert logo is None
        return {FileKind.PDF: f"{document.number} {len(self.drawn)}".encode()}


async def issued(world: World) -> queries.DocumentRecord:
    worker = await add_worker(world)
    await approved_work(world, await rich_employer(world), worker, count=1, reward=usd("0.05"))
    record = await self_bill(world, worker)
    assert record is not None
    return record


async def test_draws_what_was_issued(world: World) -> None:
    """From the canonical record, so that the page and the record cannot differ."""
    record, renderer = await issued(world), CountingRenderer()

    await operations.render_document(document_id=record.id, renderer=renderer)

    assert renderer.drawn == [record.content]
    content = await queries.document_file(
        document_id=record.id, kind=FileKind.PDF, viewer_id=record.counterparty_id
    )
    assert content == f"{record.number} 1".encode()
    row = await fetch_row("select sha256 from document_file where document_id = $1", record.id)
    assert row is not None and row["sha256"] == hashlib.sha256(content).digest()
    seen = await queries.documents_by_id(ids=[record.id], viewer_id=record.counterparty_id)
    assert seen[record.id].has_pdf


async def test_the_first_drawing_stays(world: World) -> None:
    """A job that runs twice, even at once, replaces nothing."""
    record, renderer = await issued(world), CountingRenderer()

    await asyncio.gather(
        *(operations.render_document(document_id=record.id, renderer=renderer) for _ in range(4))
    )
    before = await queries.document_file(
        document_id=record.id, kind=FileKind.PDF, viewer_id=record.counterparty_id
    )
    drawn = len(renderer.drawn)
    await operations.render_document(document_id=record.id, renderer=renderer)

    assert len(renderer.drawn) == drawn
    after = await queries.document_file(
        document_id=record.id, kind=FileKind.PDF, viewer_id=record.counterparty_id
    )
    assert after == before


async def test_an_unknown_document_is_not_found(world: World) -> None:
    """A job with a wrong id fails visibly."""
    with pytest.raises(NotFound):
        await operations.render_document(document_id=world.new_id(), renderer=CountingRenderer())
