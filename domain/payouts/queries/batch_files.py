"""Files that staff bring to a bank themselves: which wait, and their committed bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.database import fetch, fetch_row
from domain.given import Vault
from domain.payouts.rules import payload_context

BATCH_FILES_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFileRecord:
    """`digest` is the SHA-256 of what the bank must get, in hex."""

    batch_ref: str
    instance_id: str
    file_name: str
    digest: str
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFile:
    record: BatchFileRecord
    content: bytes = field(repr=False)


# Only what was handed over and is not over: before, it may still be withdrawn; after, it would
# be paid twice. A provider that delivers by itself names no `file_name`.
_WAITING: Final = """
    select id, batch_ref, instance_id, provider_state ->> 'file_name' as file_name,
           encode(payload_digest, 'hex') as digest, first_sent_at as sent_at
    from payout_batch
    where state = 'sent' and payload is not null and provider_state ? 'file_name'
"""
_LIST: Final = _WAITING + " order by first_sent_at desc, batch_ref limit $1"
_PAYLOAD: Final = "select payload from payout_batch where id = $1"


async def batch_files(*, limit: int = BATCH_FILES_MAX) -> list[BatchFileRecord]:
    """The newest first."""
    return [_record(row) for row in await fetch(_LIST, min(limit, BATCH_FILES_MAX))]


async def batch_file(*, batch_ref: str, vault: Vault) -> BatchFile | None:
    """Byte for byte what was committed. None for what does not wait for staff."""
    if not batch_ref.isascii() or "\0" in batch_ref:
        return None
    row = await fetch_row(_WAITING + " and batch_ref = $1", batch_ref)
    if row is None:
        return None
    sealed = await fetch_row(_PAYLOAD, row["id"])
    assert sealed is not None
    content = vault.unseal(sealed["payload"], context=payload_context(row["id"]))
    record = _record(row)
    assert hashlib.sha256(content).hexdigest() == record.digest, batch_ref
    return BatchFile(record=record, content=content)


def _record(row: object) -> BatchFileRecord:
    names = ("batch_ref", "instance_id", "file_name", "digest", "sent_at")
    return BatchFileRecord(**{name: row[name] for name in names})  # type: ignore[index]  # a row of asyncpg
