"""Reads of trusted documents and of who holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.database import fetch, fetch_value
from domain.trusted_documents.rules import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One document in the manifest of one client."""

    seq: int
    client: Client
    document_id: str
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRecord:
    client: Client
    document_count: int
    added_at: datetime
    last_used_at: datetime | None


_HOLDINGS: Final = """
    select seq, client_name, client_version, document_id, last_used_at
    from trusted_document_client where seq > $1 order by seq
"""
_CLIENTS: Final = """
    select client_name, client_version, count(*) as document_count, max(added_at) as added_at,
           max(last_used_at) as last_used_at
    from trusted_document_client group by client_name, client_version
    order by client_name, max(added_at), client_version
"""


async def holdings_after(*, seq: int) -> list[Holding]:
    return [
        Holding(
            seq=row["seq"],
            client=Client(row["client_name"], row["client_version"]),
            document_id=row["document_id"],
            last_used_at=row["last_used_at"],
        )
        for row in await fetch(_HOLDINGS, seq)
    ]


async def holding_count() -> int:
    return int(await fetch_value("select count(*) from trusted_document_client"))


async def texts_by_id(*, ids: Sequence[str]) -> Mapping[str, str]:
    rows = await fetch("select id, text from trusted_document where id = any($1::text[])", ids)
    return {row["id"]: row["text"] for row in rows}


async def clients() -> list[ClientRecord]:
    return [
        ClientRecord(
            client=Client(row["client_name"], row["client_version"]),
            document_count=row["document_count"],
            added_at=row["added_at"],
            last_used_at=row["last_used_at"],
        )
        for row in await fetch(_CLIENTS)
    ]
