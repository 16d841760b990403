"""What finance sees and does, and that nobody else does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.invoices import operations as invoices
from domain.invoices.rules import Document, FileKind, Rendered
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import rich_employer, usd
from tests.make.invoices import approved_work
from tests.make.members import add_finance_member, add_worker
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio


class PlainRenderer:
    """Stands for typst, which has tests of its own."""

    async def render(self, document: Document, logo: bytes | None = None) -> Rendered:
        assert logo is None
        return {FileKind.PDF: b"%PDF-1.7 " + document.number.encode()}


async def test_finance_is_finances_alone(ask: Ask) -> None:
    """A read without the role is null with FORBIDDEN beside it."""
    worker = await add_worker(ask.world)
    for viewer in (worker, None):
        answer = await ask(example("finance"), viewer=viewer, memberId="x")
        assert answer.code == "FORBIDDEN"
        assert answer.data == {"finance": None}


async def test_the_books_balance_and_a_members_money_is_shown(ask: Ask) -> None:
    """Finance reads the whole and the single member in one question."""
    world = ask.world
    finance, worker = await add_finance_member(world), await add_worker(world)
    employer = await rich_employer(world, usd("10"))
    await approved_work(world, employer, worker, count=2, reward=usd("1.00"))

    member_id = ask.id(Tag.MEMBER, worker)
    seen = (await ask(example("finance"), viewer=finance, memberId=member_id)).only()

    assert seen["trialBalance"]["isBalanced"] is True
    assert {line["amount"] for line in seen["trialBalance"]["differences"]} <= {"0.00", "0"}
    assert "worker:earnings" in {line["account"] for line in seen["trialBalance"]["lines"]}
    assert seen["memberBalances"] == [
        {
            "currency": "USD",
            "spendable": {"amount": "0.00"},
            "earnings": {"amount": "2.00"},
            "maturing": {"amount": "0.00"},
        }
    ]


async def test_an_invoice_is_issued_once_and_downloaded(ask: Ask) -> None:
    """The same key answers the same document; its PDF is for its member and for finance."""
    world = ask.world
    finance, worker = await add_finance_member(world), await add_worker(world)
    employer = await rich_employer(world, usd("100"))
    await approved_work(world, employer, worker, count=2, reward=usd("5.00"))
    wish = {
        "memberId": ask.id(Tag.MEMBER, employer),
        "kind": "FEE_INVOICE",
        "currency": "USD",
        "idempotencyKey": "i1",
    }

    async def issue(viewer: Any, **change: Any) -> Any:
        return (await ask(example("invoiceIssue"), viewer=viewer, input={**wish, **change})).only()

    assert [each["code"] for each in (await issue(worker))["errors"]] == ["NOT_ALLOWED"]
    done, again = await issue(finance), await issue(finance)
    assert done["document"] == again["document"] is not None
    assert (done["replayed"], again["replayed"]) == (False, True)
    assert done["document"]["gross"] == {"amount": "1.19", "currency": "USD"}
    nothing = await issue(finance, idempotencyKey="i2")
    assert nothing == {"replayed": False, "document": None, "errors": []}

    key = ask.key(Tag.DOCUMENT, done["document"]["id"])
    (before,) = (await ask(example("viewer"), viewer=employer)).only()["documents"]["nodes"]
    assert before["pdfUrl"] is None
    await invoices.render_document(document_id=key, renderer=PlainRenderer())
    (after,) = (await ask(example("viewer"), viewer=employer)).only()["documents"]["nodes"]
    signed = after["pdfUrl"]
    url = signed.partition("?")[0]
    assert url.startswith("http://testserver/documents/doc1_")

    for viewer, status in ((employer, 200), (finance, 200), (worker, 404)):
        headers = {"authorization": f"Bearer {await ask.token_of(viewer)}"}
        response = await ask.client.get(url, headers=headers)
        assert response.status_code == status
        if status == 200:
            assert response.content.startswith(b"%PDF-1.7 DE-")
            assert response.headers["content-type"] == "application/pdf"
    assert (await ask.client.get(url)).status_code == 401
    assert (await ask.client.get(signed)).content.startswith(b"%PDF-1.7 DE-")
    for forged in (signed[:-4] + "aaaa", signed.replace("until=1", "until=2")):
        assert (await ask.client.get(forged)).status_code == 404
    assert (await ask.client.get(signed.replace("/pdf", "/ubl"))).status_code == 404
    ask.world.now += timedelta(minutes=11)
    assert (await ask.client.get(signed)).status_code == 404
