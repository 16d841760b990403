"""Documents by mail: to the right address, in the right language, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import aiosmtplib
import pytest

from domain.database import execute, fetch_row, transaction
from domain.errors import NotFound
from domain.invoices import operations
from domain.invoices.rules import DeliveryState, Document, DocumentKind, FileKind, Party, Rendered
from gateway.mail import OUTBOX, Outbox, SmtpMailer, letter_of, mailer_of
from gateway.mail_settings import MailSettings, mail_settings_of
from gateway.said import SettingsRefused
from tests.make.campaigns import rich_employer, usd
from tests.make.invoices import approved_work, fee_invoice
from tests.make.members import add_worker, email_of
from tests.make.world import World

URL = "https://piecerate.test"
pytestmark = pytest.mark.asyncio

ISSUER = Party(name="Piecerate\r\nBcc: x@example.org", country="DE")
PDF = b"%PDF-1.7 paper"


def a_document(**changes: object) -> Document:
    facts: dict[str, object] = {
        "kind": DocumentKind.FEE_INVOICE,
        "number": "RE/2026-000001",
        "issued_on": date(2026, 3, 29),
        "period_from": date(2026, 3, 1),
        "period_to": date(2026, 3, 28),
        "seller": ISSUER,
        "buyer": Party(name="Emil", country="DE"),
        "issuer": ISSUER,
        "currency": "EUR",
        "exponent": 2,
        "lines": (),
        "net_minor": 0,
        "vat_basis_points": 0,
        "vat_minor": 0,
        "gross_minor": 0,
        "paid_minor": 0,
        "carried_in_micros": 0,
        "carried_out_micros": 0,
        "notes": (),
        "language": "de",
    }
    return Document(**{**facts, **changes})  # type: ignore[arg-type]  # facts of all kinds


def parsed(content: bytes) -> EmailMessage:
    letter = message_from_bytes(content, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


@dataclass
class Postman:
    """A mail server that takes everything, or hangs up after the letter."""

    port: int = 0
    hangs_up: bool = False
    letters: list[bytes] = field(default_factory=list)
    to: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 postman\r\n")
        while line := await reader.readline():
            word = line.split(maxsplit=1)[0].upper()
            if word == b"RCPT":
                self.to.append(line.decode().partition("<")[2].partition(">")[0])
            if word == b"DATA":
                writer.write(b"354 go\r\n")
                letter = await reader.readuntil(b"\r\n.\r\n")
                if self.hangs_up:
                    break
                self.letters.append(letter[:-5].replace(b"\r\n..", b"\r\n."))
            writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 yes\r\n")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def postman() -> AsyncIterator[Postman]:
    house = Postman()
    server = await asyncio.start_server(house.serve, "127.0.0.1", 0)
    house.port = server.sockets[0].getsockname()[1]
    async with server:
        yield house


def by_server(port: int) -> MailSettings:
    return mail_settings_of(
        {"PIECERATE_MAIL": f"smtp://127.0.0.1:{port}", "PIECERATE_MAIL_FROM": "papers@example.org"}
    )


class FileRenderer:
    async def render(self, document: Document, logo: bytes | None = None) -> Rendered:
        assert document and logo is None
        return {FileKind.PDF: PDF}


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.exists() else []


def mode_of(path: Path) -> int:
    return path.stat().st_mode


async def a_drawn_invoice(world: World) -> tuple[UUID, UUID]:
    employer, worker = await rich_employer(world), await add_worker(world)
    await approved_work(world, employer, worker, count=1, reward=usd("1.00"))
    record = await fee_invoice(world, employer)
    assert record is not None
    await operations.render_document(document_id=record.id, renderer=FileRenderer())
    return record.id, employer


async def test_a_letter_says_what_it_brings() -> None:
    """In the language of the document; a name cannot add a line to the head."""
    letter = letter_of(
        a_document(),
        document_id=UUID(int=7),
        to="emil@example.org",
        pdf=PDF,
        sender="papers@example.org",
    )
    read = parsed(bytes(letter))

    assert read["Subject"] == "Rechnung RE/2026-000001"
    assert read["To"] == "emil@example.org"
    assert read["Bcc"] is None
    assert read["Message-ID"] == f"<{UUID(int=7)}@example.org>"
    body = read.get_body()
    assert body is not None and "anbei: Rechnung RE/2026-000001" in body.get_content()
    (attached,) = read.iter_attachments()
    assert attached.get_filename() == "RE_2026-000001.pdf"
    assert attached.get_content() == PDF


async def test_goes_over_a_server_once(world: World) -> None:
    """A job that comes twice sends nothing twice."""
    document_id, employer = await a_drawn_invoice(world)
    async with postman() as house:
        mailer = SmtpMailer(by_server(house.port), url=URL)

        said = [
            await operations.deliver_document(
                document_id=document_id, mailer=mailer, clock=lambda: world.now
            )
            for _ in range(2)
        ]

    assert said == [DeliveryState.SENT, None]
    assert house.to == [email_of(employer)]
    (content,) = house.letters
    assert [each.get_content() for each in parsed(content).iter_attachments()] == [PDF]


async def test_a_lost_answer_is_tried_again_with_the_same_id(world: World) -> None:
    """The letter may have arrived: the mailbox must be able to tell."""
    document_id, _ = await a_drawn_invoice(world)
    async with postman() as house:
        mailer, house.hangs_up = SmtpMailer(by_server(house.port), url=URL), True
        with pytest.raises(aiosmtplib.SMTPException):
            await operations.deliver_document(
                document_id=document_id, mailer=mailer, clock=lambda: world.now
            )
        house.hangs_up = False
        said = await operations.deliver_document(
            document_id=document_id, mailer=mailer, clock=lambda: world.now
        )

    assert said is DeliveryState.SENT
    assert parsed(house.letters[0])["Message-ID"] == f"<{document_id}@example.org>"
    row = await fetch_row(
        "select state, try_count from document_delivery where document_id = $1", document_id
    )
    assert row is not None and (row["state"], row["try_count"]) == ("sent", 2)


async def test_without_a_server_it_lies_in_the_outbox(world: World, tmp_path: Path) -> None:
    """For its owner's eyes alone; the same document is the same file."""
    document_id, employer = await a_drawn_invoice(world)
    mailer = mailer_of(mail_settings_of({}), home=tmp_path, url=URL)
    assert isinstance(mailer, Outbox)

    await operations.deliver_document(
        document_id=document_id, mailer=mailer, clock=lambda: world.now
    )

    (kept,) = files_in(tmp_path / OUTBOX)
    assert kept.name == f"{document_id}.eml" and mode_of(kept) & 0o077 == 0
    assert parsed(kept.read_bytes())["To"] == email_of(employer)


async def test_nobody_is_written_to_who_was_erased(world: World, tmp_path: Path) -> None:
    """And what is not drawn or not there is not sent."""
    document_id, employer = await a_drawn_invoice(world)
    async with transaction():
        await execute("delete from member_person where member_id = $1", employer)
    mailer = Outbox(tmp_path / OUTBOX, sender="x@example.org", url=URL)

    said = await operations.deliver_document(
        document_id=document_id, mailer=mailer, clock=lambda: world.now
    )

    assert said is DeliveryState.NOBODY and files_in(tmp_path / OUTBOX) == []
    with pytest.raises(NotFound):
        await operations.deliver_document(
            document_id=world.new_id(), mailer=mailer, clock=lambda: world.now
        )


@pytest.mark.parametrize(
    "said",
    [
        {"PIECERATE_MAIL": "http://host"},
        {"PIECERATE_MAIL": "smtp://user:secret@host", "PIECERATE_MAIL_FROM": "a@example.org"},
        {"PIECERATE_MAIL": "smtp://host:99999999", "PIECERATE_MAIL_FROM": "a@example.org"},
        {"PIECERATE_MAIL": "smtp://host", "PIECERATE_MAIL_FROM": "nobody"},
    ],
)
async def test_settings_that_nobody_can_send_with(said: dict[str, str]) -> None:
    """A password never stands in the environment."""
    with pytest.raises(SettingsRefused):
        mail_settings_of(said)


async def test_a_password_comes_from_its_file(tmp_path: Path) -> None:
    """And a missing file is one sentence."""
    settings = mail_settings_of({"PIECERATE_MAIL_PASSWORD_FILE": str(tmp_path / "none")})

    with pytest.raises(SettingsRefused):
        assert settings.password
    assert mail_settings_of({}).password is None
