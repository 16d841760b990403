"""As `wishes`: of documents, each about one that was just issued."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from schema.ids import Tag
from tests.make.campaigns import usd
from tests.make.invoices import approved_work, fee_invoice, self_bill
from tests.schema.wishes_of_money import EMPLOYER, WORKER

if TYPE_CHECKING:
    from tests.schema.wishes import Wishes

Wish = Callable[[], Awaitable[dict[str, Any]]]
COMPANY = {
    "code": "ZZ",
    "name": "Example GmbH",
    "street": "Street 1",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
    "vatId": "DE123456789",
    "legalId": "HRB 1",
    "taxNumber": "29/815/08150",
    "endpoint": "invoices@example.org",
    "footer": "Thank you",
    "isActive": False,
}
PREFIX = {"code": "DE", "kind": "CREDIT_NOTE", "year": 2070, "prefix": "CN/"}
STATEMENT = {"balance": "EARNINGS", "currency": "USD", "month": "2026-02-01"}


def of_papers(wishes: Wishes) -> dict[str, tuple[str, Wish]]:
    async def work() -> None:
        people = wishes.who(EMPLOYER), wishes.who(WORKER)
        await approved_work(wishes.scene.ask.world, *people, count=1, reward=usd("1.00"))

    async def invoice() -> dict[str, Any]:
        await work()
        record = await fee_invoice(wishes.scene.ask.world, wishes.who(EMPLOYER))
        assert record is not None
        id_ = wishes.scene.ask.id(Tag.DOCUMENT, record.id)
        return {"documentId": id_, "reason": "it was wrong", **wishes.key()}

    async def correction() -> dict[str, Any]:
        return {**await invoice(), "asOne": False}

    async def part() -> dict[str, Any]:
        return {**await invoice(), "net": {"amount": "0.01", "currency": "USD"}}

    async def objection() -> dict[str, Any]:
        await work()
        record = await self_bill(wishes.scene.ask.world, wishes.who(WORKER))
        assert record is not None
        id_ = wishes.scene.ask.id(Tag.DOCUMENT, record.id)
        return {"documentId": id_, "reason": "it was wrong", **wishes.key()}

    async def given(wish: dict[str, Any], *, is_once: bool) -> dict[str, Any]:
        return {**wish, **wishes.key()} if is_once else wish

    return {
        "documentCredit": ("finance", part),
        "documentCorrect": ("finance", correction),
        "selfBillObject": (WORKER, objection),
        "accountStatementIssue": (WORKER, lambda: given(STATEMENT, is_once=True)),
        "documentRunStart": ("finance", lambda: given({"kind": "SELF_BILL"}, is_once=True)),
        "legalEntitySave": ("finance", lambda: given(COMPANY, is_once=False)),
        "numberSeriesPrefixSet": ("finance", lambda: given(PREFIX, is_once=False)),
        "documentLanguageSet": (WORKER, lambda: given({"language": "de"}, is_once=False)),
    }
