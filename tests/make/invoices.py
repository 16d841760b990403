"""A legal entity, and approved work to bill, made through operations."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from domain.invoices import operations, queries
from domain.invoices.rules import Document, LegalEntity
from domain.money import Money
from domain.taxes import operations as taxes
from domain.taxes import queries as taxes_read
from tests.make.campaigns import approve, running, submitted
from tests.make.payouts import VAULT
from tests.make.world import World

ENTITY = LegalEntity(
    code="DE",
    name="Piecerate Demo GmbH",
    street="Lindenstraße 7",
    postcode="10969",
    city="Berlin",
    country="DE",
    vat_id="DE123456789",
)


class Unchecked:
    """Finds nothing wrong: what authorities' rules say is tested where their files are."""

    async def problems(self, document: Document) -> list[str]:
        assert not document.number, "it is checked before it has one"
        return []


class Faulty:
    """Finds something, until told otherwise."""

    def __init__(self, *problems: str) -> None:
        self.found = list(problems)
        self.documents: list[Document] = []

    async def problems(self, document: Document) -> list[str]:
        self.documents.append(document)
        return self.found


UNCHECKED: Final = Unchecked()


async def approved_work(
    world: World, employer_id: UUID, worker_id: UUID, *, count: int, reward: Money
) -> UUID:
    """A campaign with that many approved assignments of one worker."""
    await operations.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)
    campaign_id = await running(world, employer_id, places=(1,) * count, reward=reward)
    for _ in range(count):
        await approve(world, employer_id, await submitted(world, worker_id, campaign_id))
    return campaign_id


async def fee_invoice(world: World, employer_id: UUID) -> queries.DocumentRecord | None:
    document_id = await operations.issue_fee_invoice(
        vault=VAULT,
        employer_id=employer_id,
        currency="USD",
        checks=UNCHECKED,
        new_id=world.new_id,
        now=world.now,
    )
    return await _record(document_id, employer_id)


async def agreed(world: World, worker_id: UUID) -> None:
    """From now on we may write this worker's documents."""
    text = await taxes_read.agreement_text(on=world.now.date())
    await taxes.accept_self_billing(
        member_id=worker_id, text_version=text.version, new_id=world.new_id, now=world.now
    )


async def self_bill(world: World, worker_id: UUID) -> queries.DocumentRecord | None:
    """Of a worker who agrees to it, if they did not before."""
    await agreed(world, worker_id)
    document_id = await operations.issue_self_bill(
        vault=VAULT,
        worker_id=worker_id,
        currency="USD",
        checks=UNCHECKED,
        new_id=world.new_id,
        now=world.now,
    )
    return await _record(document_id, worker_id)


async def _record(document_id: UUID | None, viewer_id: UUID) -> queries.DocumentRecord | None:
    if document_id is None:
        return None
    return (await queries.documents_by_id(ids=[document_id], viewer_id=viewer_id))[document_id]
