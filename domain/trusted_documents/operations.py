"""Everything that changes trusted documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.database import execute, fetch, fetch_row, one_transaction
from domain.errors import NotFound
from domain.trusted_documents.rules import (
    USE_RECORDED_EVERY,
    Client,
    document_id_of,
    is_still_needed,
)

_TAKE_TURNS: Final = "select pg_advisory_xact_lock(hashtext('trusted_documents'))"
_ADD: Final = """
    insert into trusted_document (id, text, added_at)
    select id, text, $3 from unnest($1::text[], $2::text[]) as document (id, text)
    on conflict (id) do nothing
"""
_HOLD: Final = """
    insert into trusted_document_client (client_name, client_version, document_id, added_at)
    select $2, $3, id, $4 from unnest($1::text[]) as document (id)
    on conflict (client_name, client_version, document_id) do nothing
"""


@one_transaction
async def store_manifest(*, client: Client, texts: Sequence[str], now: datetime) -> int:
    """Add the texts to what the client holds, all or none; how many it did not hold before.

    The caller has validated them: the schema lies above the domain.
    """
    by_id = {document_id_of(text): text for text in texts}
    await fetch(_TAKE_TURNS)
    await execute(_ADD, list(by_id), list(by_id.values()), now)
    return await execute(_HOLD, list(by_id), client.name, client.version, now)


_USE: Final = """
    update trusted_document_client set last_used_at = $4::timestamptz
    where document_id = $1 and (client_name, client_version) in (
            select * from unnest($2::text[], $3::text[])
        ) and (last_used_at is null or last_used_at <= $4::timestamptz - $5::interval)
"""


@one_transaction
async def record_use(*, document_id: str, clients: Sequence[Client], now: datetime) -> None:
    """At most once an hour; a second process that says the same changes nothing."""
    await execute(
        _USE,
        document_id,
        [client.name for client in clients],
        [client.version for client in clients],
        now,
        USE_RECORDED_EVERY,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """What became of a client that was to be dropped; `needed_since` when it stays."""

    dropped_count: int = 0
    needed_since: datetime | None = None


_LAST_SIGN: Final = """
    select max(added_at) as added_at, max(last_used_at) as last_used_at
    from trusted_document_client where client_name = $1 and client_version = $2
"""
_LET_GO: Final = """
    delete from trusted_document_client where client_name = $1 and client_version = $2
"""
_FORGET: Final = """
    delete from trusted_document d
    where not exists (select from trusted_document_client c where c.document_id = d.id)
"""


@one_transaction
async def drop_client(*, client: Client, now: datetime, is_forced: bool = False) -> Drop:
    """Forget a client and the documents that nobody else holds.

    A client that was uploaded or used within 90 days stays, unless forced. Refuses with
    `NotFound`.
    """
    await fetch(_TAKE_TURNS)
    row = await fetch_row(_LAST_SIGN, client.name, client.version)
    if row is None or row["added_at"] is None:
        raise NotFound(f"no manifest of {client}")
    added_at, last_used_at = row["added_at"], row["last_used_at"]
    is_needed = is_still_needed(added_at=added_at, last_used_at=last_used_at, now=now)
    if is_needed and not is_forced:
        return Drop(needed_since=max(added_at, last_used_at or added_at))
    await execute(_LET_GO, client.name, client.version)
    return Drop(dropped_count=await execute(_FORGET))
