"""`piecerate documents`: manifests of frontends, stored, listed, checked and dropped."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.errors import NotFound
from domain.trusted_documents import operations, queries
from domain.trusted_documents.rules import TEXT_LENGTH_MAX, Client, client_named, document_id_of
from gateway.given import clock
from gateway.refused import CommandRefused

ID: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
OPERATION: Final = re.compile(r"\b(?:query|mutation|subscription)\s+(\w+)")
FAULTS_SHOWN_MAX: Final = 5  # of one document: the first ones say what is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A document that would not run here."""

    document_id: str
    name: str
    faults: Sequence[str]


def client_from(text: str) -> Client:
    name, _, version = text.rpartition("@")
    client = client_named(name, version)
    if client is None:
        raise CommandRefused(
            f"{text!r} names no client: write name@version, as in web@1.4.2, with letters, digits "
            "and . _ / + - in both."
        )
    return client


def read_manifest(path: Path) -> Mapping[str, str]:
    """Texts by id, as graphql-codegen, Relay and Apollo write them. Raises `CommandRefused`."""
    try:
        content = msgspec.json.decode(path.read_bytes())
    except OSError as failure:
        raise CommandRefused(f"The file {path} cannot be read: {failure.strerror}.") from failure
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise CommandRefused(f"The file {path} is not JSON: {failure}.") from failure
    entries = entries_of(content)
    if not entries:
        raise CommandRefused(f"The file {path} holds no documents.")
    if not all(isinstance(each, str) for entry in entries for each in entry):
        raise CommandRefused(f"The file {path} holds something that is no document and its id.")
    return {require_id(key, text): text for key, text in entries}


def entries_of(content: Any) -> list[tuple[Any, Any]]:
    match content:
        case {"format": "apollo-persisted-query-manifest", "operations": list(found)}:
            return [
                (each.get("id"), each.get("body")) if isinstance(each, dict) else (None, each)
                for each in found
            ]
        case dict():
            return list(content.items())
        case _:
            return []


def require_id(key: str, text: str) -> str:
    found = ID.fullmatch(key)
    if found is None:
        raise CommandRefused(
            f"The key {key!r} of {name_of(text)} is no SHA-256: set hashAlgorithm: 'sha256' in "
            "graphql-codegen, algorithm: 'SHA256' in Relay's persistConfig."
        )
    document_id = f"sha256:{found[1]}"
    if document_id != document_id_of(text):
        raise CommandRefused(f"The key of {name_of(text)} is not the SHA-256 of its text.")
    return document_id


def name_of(text: str) -> str:
    """Of its first operation: what the people who wrote it call it."""
    found = OPERATION.search(text)
    return found[1] if found else "a document without a name"


def broken_of(texts: Mapping[str, str]) -> list[Broken]:
    from schema.document_checks import faults_of  # noqa: PLC0415  # loads the whole schema

    found = []
    for document_id, text in texts.items():
        if len(text) > TEXT_LENGTH_MAX:
            faults = [f"It has over {TEXT_LENGTH_MAX:,} characters."]
        elif "\0" in text:
            faults = ["It holds NUL, which no database stores."]
        else:
            faults = faults_of(text)
        if faults:
            found.append(Broken(document_id=document_id, name=name_of(text), faults=faults))
    return found


async def upload(texts: Mapping[str, str], *, client: Client) -> int:
    return await operations.store_manifest(client=client, texts=list(texts.values()), now=clock())


async def check() -> Mapping[Client, list[Broken]]:
    """Every client with what would not run for it; empty lists are good news."""
    holdings = await queries.holdings_after(seq=0)
    texts = await queries.texts_by_id(ids=sorted({each.document_id for each in holdings}))
    broken = {each.document_id: each for each in broken_of(texts)}
    found: dict[Client, list[Broken]] = defaultdict(list)
    for holding in holdings:
        mine = found[holding.client]
        if holding.document_id in broken:
            mine.append(broken[holding.document_id])
    return found


async def drop(*, client: Client, is_forced: bool) -> int:
    """How many documents nobody holds any more. Raises `CommandRefused`."""
    try:
        dropped = await operations.drop_client(client=client, now=clock(), is_forced=is_forced)
    except NotFound as refusal:
        raise CommandRefused(f"There is no manifest of {client}.") from refusal
    if dropped.needed_since is not None:
        raise CommandRefused(
            f"{client} was uploaded or used on {dropped.needed_since:%Y-%m-%d}: it is dropped when "
            "unused for 90 days, or with --force."
        )
    return dropped.dropped_count


def tell_broken(broken: Sequence[Broken], *, console: Console) -> None:
    for each in broken:
        console.print(Text(f"  {each.name} ({each.document_id})"))
        for fault in each.faults[:FAULTS_SHOWN_MAX]:
            console.print(Text(f"    {fault}"))


def tell_check(found: Mapping[Client, list[Broken]], *, console: Console) -> None:
    for client, broken in sorted(found.items()):
        console.print(Text(f"{client}: {f'{len(broken)} would break' if broken else 'all run'}"))
        tell_broken(broken, console=console)
    if not found:
        console.print("No documents are stored.")


def tell_clients(records: Sequence[queries.ClientRecord], *, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("client", "documents", "uploaded", "last used"):
        table.add_column(name)
    for record in records:
        table.add_row(
            Text(str(record.client)),
            str(record.document_count),
            day(record.added_at),
            day(record.last_used_at),
        )
    console.print(table)


def day(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d}"
