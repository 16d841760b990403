"""What `piecerate finance invoices …` does, once the database is open."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Final, TextIO
from uuid import UUID

from domain.access import queries as logins
from domain.database import AWAY, BUSY
from domain.errors import Refused
from domain.given import Vault
from domain.idempotency.rules import IdempotencyKey
from domain.invoices import operations, queries
from domain.invoices.queries import RegisterRow, RunRecord, SeriesRecord
from domain.invoices.rules import DocumentKind, FileKind
from domain.members.rules import email_key
from domain.money import Money, amount_text
from gateway.finance.checks import Checks
from gateway.finance.interchange import MemberRef
from gateway.given import clock, new_id
from gateway.refused import CommandRefused

TRIES_MAX: Final = 5  # what is not done then is done by whoever goes on
SUFFIXES: Final = {FileKind.PDF: ".pdf", FileKind.CII: ".xml", FileKind.UBL: ".ubl.xml"}
COLUMNS: Final = (
    "number",
    "kind",
    "issued_on",
    "member",
    "currency",
    "net",
    "vat",
    "gross",
    "about",
    "vat_rule",
    "unverified_rules",
)
MEDIA_TYPES: Final = {".png": "image/png", ".svg": "image/svg+xml"}


async def member_of(email: str) -> UUID:
    known = await logins.credentials_of(email_key=email_key(email))
    if known is None:
        raise CommandRefused("Nobody is registered with this address.")
    return known.member_id


async def issue(
    *,
    email: str,
    kind: DocumentKind,
    process_count: int,
    vault: Vault,
    say: Callable[[RunRecord], None],
) -> RunRecord:
    """Goes on with an open run of this kind, or starts one; ends when it has ended."""
    actor_id, checks = await member_of(email), Checks(process_count=process_count)
    runs = await queries.open_runs(kind=kind)
    if runs:
        run_id = runs[0].id
    else:
        try:
            key = _key(actor_id, "finance invoices issue", kind.value)
            done = await operations.start_run(
                actor_id=actor_id, kind=kind, key=key, new_id=new_id, now=clock()
            )
        except Refused as refusal:
            raise CommandRefused(str(refusal)) from refusal
        run_id = done.run_id
    tries = 0
    try:
        while True:
            try:
                await operations.step_run(
                    run_id=run_id, checks=checks, vault=vault, new_id=new_id, clock=clock
                )
            except (*AWAY, *BUSY):
                tries += 1
                if tries > TRIES_MAX:
                    raise
            run = await queries.document_run(run_id=run_id)
            assert run is not None
            say(run)
            if run.finished_at is not None:
                return run
    finally:
        checks.close()


async def credit(*, email: str, number: str, net: Money | None, reason: str) -> str:
    """The number of the credit note."""
    actor_id = await member_of(email)
    document_id = await queries.document_id_of(number=number)
    if document_id is None:
        raise CommandRefused(f"There is no document {number}.")
    try:
        done = await operations.credit_document(
            actor_id=actor_id,
            document_id=document_id,
            net=net,
            reason=reason,
            key=_key(actor_id, "finance invoices credit", number),
            checks=Checks(),
            new_id=new_id,
            now=clock(),
        )
    except Refused as refusal:
        raise CommandRefused(str(refusal)) from refusal
    assert done.document_id is not None
    return (await queries.any_documents(ids=[done.document_id]))[done.document_id].number


async def write_register(*, since: date, until: date, member_ref: MemberRef, file: TextIO) -> int:
    """As CSV, amounts in units; how many documents."""
    rows = await queries.register(since=since, until=until)
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(
            (
                row.number,
                row.kind.value,
                row.issued_on.isoformat(),
                member_ref(row.counterparty_id),
                row.net.currency,
                *(amount_text(each) for each in (row.net, row.vat, row.gross)),
                row.about or "",
                row.vat_rule or "",
                "; ".join(row.unverified_rules),
            )
        )
    return len(rows)


async def export(
    *, since: date, until: date, member_ref: MemberRef, folder: Path, now: datetime
) -> tuple[int, int]:
    """Files of a period, with their register and a manifest beside them; how many documents, and
    undrawn ones.
    """
    text, undrawn = StringIO(), 0
    await write_register(since=since, until=until, member_ref=member_ref, file=text)
    digests = {"register.csv": keep(folder, "register.csv", text.getvalue().encode())}
    rows = await queries.register(since=since, until=until)
    for row in rows:
        files = await queries.files_of(document_id=row.id)
        undrawn += not files
        for kind, content in files.items():
            name = f"{row.number.replace('/', '_')}{SUFFIXES[kind]}"
            digests[name] = keep(folder, name, content)
    content = manifest(rows, since=since, until=until, digests=digests, now=now)
    keep(folder, "manifest.json", content)
    return len(rows), undrawn


def manifest(
    rows: Sequence[RegisterRow],
    *,
    since: date,
    until: date,
    digests: Mapping[str, str],
    now: datetime,
) -> bytes:
    """What an auditor checks an export by: sums per kind and currency, SHA-256 of each file, and
    rows of law that nobody had vouched for.
    """
    sums: dict[tuple[str, str], list[Money]] = {}
    for row in rows:
        amounts = [row.net, row.vat, row.gross]
        before = sums.get((row.kind.value, row.net.currency))
        added = amounts if before is None else [a + b for a, b in zip(before, amounts, strict=True)]
        sums[row.kind.value, row.net.currency] = added
    said = {
        "from": since.isoformat(),
        "to": until.isoformat(),
        "written_at": now.isoformat(),
        "documents": len(rows),
        "sums": [
            {
                "kind": kind,
                "currency": currency,
                **dict(zip(("net", "vat", "gross"), map(amount_text, amounts), strict=True)),
            }
            for (kind, currency), amounts in sums.items()
        ],
        "unverified_rules": sorted({each for row in rows for each in row.unverified_rules}),
        "sha256": dict(sorted(digests.items())),
    }
    return json.dumps(said, indent=2).encode()


def keep(folder: Path, name: str, content: bytes) -> str:
    """Its SHA-256, in hex."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


async def series() -> list[SeriesRecord]:
    return await queries.number_series()


async def set_logo(*, email: str, code: str, suffix: str, content: bytes) -> None:
    try:
        await operations.set_logo(
            actor_id=await member_of(email),
            code=code,
            media_type=MEDIA_TYPES.get(suffix.lower(), ""),
            content=content,
            new_id=new_id,
            now=clock(),
        )
    except Refused as refusal:
        raise CommandRefused(str(refusal)) from refusal


def _key(actor_id: UUID, operation: str, subject: str) -> IdempotencyKey:
    """A command that is typed again is a new wish."""
    digest = hashlib.sha256(subject.encode()).digest()
    return IdempotencyKey(actor_id=actor_id, operation=operation, key=str(new_id()), digest=digest)
