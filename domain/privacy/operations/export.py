"""Members take their data along: asked for, written by a job, gone after a week."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from domain.access import operations as access
from domain.access import queries as sign_ins
from domain.access.operations.limits import take
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import execute, fetch, fetch_row, fetch_value, one_transaction, transaction
from domain.errors import Refused
from domain.given import NewId, Vault
from domain.jobs import JobRequest, enqueue
from domain.payouts.rules import sealed_context
from domain.privacy.rules import (
    STORES,
    DataClass,
    archive,
    export_content,
    export_context,
    export_limits,
)
from domain.rates.queries import count_of
from domain.rates.rules import RateKind
from domain.taxes.queries.forms import FORM_TABLE
from domain.vault.queries import open_values


class ExportWaiting(Refused):
    """One is being written; both would hold the same."""

    code = "EXPORT_WAITING"


_ASK: Final = """
    insert into data_export (id, member_id, asked_at) values ($1, $2, $3)
    on conflict (member_id) where ready_at is null do nothing
"""
_WAITING: Final = "select member_id from data_export where id = $1 and ready_at is null"
_READY: Final = """
    update data_export set ready_at = $2, until = $3, content = $4
    where id = $1 and ready_at is null
"""


async def ask_export(
    *, member_id: UUID, step_up: StepUpClaim, vault: Vault, new_id: NewId, now: datetime
) -> UUID:
    """The step-up is bound to `export_content`. Refuses with `TooManyAttempts`,
    `StepUpRequired` or `ExportWaiting`.
    """
    await take(export_limits(member_id))
    export_id = new_id()
    await _enter_export(export_id, member_id, step_up, vault, now)
    return export_id


@one_transaction
async def _enter_export(
    export_id: UUID, member_id: UUID, step_up: StepUpClaim, vault: Vault, now: datetime
) -> None:
    purpose = StepUpPurpose.DATA_EXPORT
    payee = vault.fingerprint(export_content(member_id))
    bound = bound_hash(purpose=purpose, amount=None, payee=payee)
    await access.spend_step_up(claim=step_up, purpose=purpose, bound=bound, now=now)
    if await execute(_ASK, export_id, member_id, now) == 0:
        raise ExportWaiting("the last one is not ready yet")
    await enqueue(
        [
            JobRequest(
                name="data_export_write",
                arguments={"export_id": str(export_id)},
                once_key=str(export_id),
            )
        ]
    )


async def write_export(*, export_id: UUID, vault: Vault, now: datetime) -> bool:
    """Whether there was anything to do. All tables are read at one moment; twice is fine."""
    row = await fetch_row(_WAITING, export_id)
    if row is None:
        return False
    async with transaction(isolation="repeatable_read"):
        files = await _files(row["member_id"], vault)
    packed = await asyncio.to_thread(archive, files)
    sealed = vault.seal(packed, context=export_context(export_id))
    days = await count_of(kind=RateKind.RETENTION, scope=DataClass.DATA_EXPORTS, on=now.date())
    async with transaction():
        return bool(await execute(_READY, export_id, now, now + timedelta(days=days), sealed))


async def _files(member_id: UUID, vault: Vault) -> dict[str, bytes]:
    tables = {
        f"{table}.json": await _rows(table, member_id)
        for table, store in STORES.items()
        if store.whose is not None
    }
    return {
        **{name: content for name, content in tables.items() if content != b"[]"},
        **await _documents(member_id),
        **await _sealed(member_id, vault),
    }


async def _rows(table: str, member_id: UUID) -> bytes:
    """As a JSON array of objects, without what is not the member's."""
    store = STORES[table]
    sql = (
        "select coalesce(jsonb_agg(to_jsonb(t) - $2::text[]), '[]')::text"  # noqa: S608  # our own names
        f" from {table} t where {store.whose}"
    )
    text: str = await fetch_value(sql, member_id, list(store.left_out))
    return text.encode()


_DOCUMENTS: Final = """
    select d.id, f.file_kind, f.content
    from issued_document d join document_file f on f.document_id = d.id
    where d.counterparty_id = $1
"""


async def _documents(member_id: UUID) -> dict[str, bytes]:
    return {
        f"documents/{row['id']}.{row['file_kind']}": row["content"]
        for row in await fetch(_DOCUMENTS, member_id)
    }


async def _sealed(member_id: UUID, vault: Vault) -> Mapping[str, bytes]:
    """What stands sealed in the tables: accounts to be paid on, where the member signed in from,
    and tax forms without numbers.
    """
    places = await fetch("select id, fields from destination where member_id = $1", member_id)
    accounts = {
        str(row["id"]): msgspec.json.decode(
            vault.unseal(row["fields"], context=sealed_context(row["id"]))
        )
        for row in places
    }
    forms = await fetch("select id from tax_form where member_id = $1", member_id)
    values = await open_values(
        owner_table=FORM_TABLE, row_ids=[row["id"] for row in forms], vault=vault
    )
    contents = {
        str(place.row_id): msgspec.json.decode(text)
        for place, text in values.items()
        if place.field == "content"
    }
    origins = await sign_ins.origins_of(member_id=member_id, vault=vault)
    opened = {
        "destination_fields.json": accounts,
        "login_fingerprint_contents.json": {str(key): each for key, each in origins.items()},
        "tax_form_contents.json": contents,
    }
    return {name: msgspec.json.encode(content) for name, content in opened.items() if content}
