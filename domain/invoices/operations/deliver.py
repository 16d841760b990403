"""Sends each document to its member once, after it was drawn.

The intent is committed first. Who crashes between the mail server's yes and our note sends it
again: with the same Message-ID, so that a mailbox keeps one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_row, transaction
from domain.errors import NotFound
from domain.given import Clock
from domain.invoices import queries
from domain.invoices.rules import DeliveryState, DocumentMailer, FileKind
from domain.members import queries as members

_BEGIN: Final = """
    insert into document_delivery (document_id, state, try_count, tried_at)
    values ($1, 'sending', 1, $2)
    on conflict (document_id) do update
        set state = 'sending', try_count = document_delivery.try_count + 1, tried_at = $2
        where document_delivery.state = 'sending'
    returning true
"""
_END: Final = "update document_delivery set state = $2, ended_at = $3 where document_id = $1"


async def deliver_document(
    *, document_id: UUID, mailer: DocumentMailer, clock: Clock
) -> DeliveryState | None:
    """None when it is done already, or is not drawn yet. What the mailer raises, the job retries.

    Refuses with `NotFound`.
    """
    found = (await queries.any_documents(ids=[document_id])).get(document_id)
    if found is None:
        raise NotFound("no such document")
    pdf = await queries.document_file(document_id=document_id, kind=FileKind.PDF)
    if pdf is None:
        return None
    async with transaction():
        if await fetch_row(_BEGIN, document_id, clock()) is None:
            return None
    person = (await members.persons_by_id(ids=[found.counterparty_id])).get(found.counterparty_id)
    if person is None:  # erased on request: there is nobody to write to
        return await _end(document_id, DeliveryState.NOBODY, now=clock())
    await mailer.deliver(found.content, document_id=document_id, to=person.email, pdf=pdf)
    return await _end(document_id, DeliveryState.SENT, now=clock())


async def _end(document_id: UUID, state: DeliveryState, *, now: datetime) -> DeliveryState:
    async with transaction():
        await execute(_END, document_id, state.value, now)
    return state
