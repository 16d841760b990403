"""Brings documents and notices to members: by SMTP, or as files in the outbox."""

from __future__ import annotations

import asyncio
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

import aiosmtplib

from domain.invitations.rules import AddressRefused, InvitationLetter, InvitationMailer
from domain.invoices.rules import Document, DocumentMailer
from domain.notifications.rules import Letter, NoticeMailer
from gateway import notices
from gateway.finance.words import words_of
from gateway.mail_settings import MailSettings
from gateway.notices.invitations import invitation_of

OUTBOX: Final = "outbox"
SECONDS_MAX: Final = 30
FOR_GOOD: Final = 500  # what SMTP answers from here on will not change


class Mailer(DocumentMailer, NoticeMailer, InvitationMailer, Protocol):
    """All letters go the same way."""


def letter_of(
    document: Document, *, document_id: UUID, to: str, pdf: bytes, sender: str
) -> EmailMessage:
    """In the document's language. The same document has the same Message-ID, also when it is
    sent again after a crash: mailboxes then keep one.
    """
    words = words_of(document.language)
    facts = {
        "title": words.titles[document.kind],
        "number": document.number,
        "issuer": " ".join(document.issuer.name.split()),
    }
    letter = EmailMessage()
    letter["From"] = sender
    letter["To"] = Address(addr_spec=to)
    letter["Subject"] = words.letter.subject.format(**facts)
    letter["Message-ID"] = f"<{document_id}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(words.letter.body.format(**facts))
    letter.add_attachment(
        pdf,
        maintype="application",
        subtype="pdf",
        filename=f"{document.number.replace('/', '_')}.pdf",
    )
    return letter


class Outbox:
    """Files for whoever sends mail here, or only looks at it; named by what they tell."""

    def __init__(self, folder: Path, *, sender: str, url: str) -> None:
        self._folder, self._sender, self._url = folder, sender, url

    async def deliver(self, document: Document, *, document_id: UUID, to: str, pdf: bytes) -> None:
        letter = letter_of(document, document_id=document_id, to=to, pdf=pdf, sender=self._sender)
        await asyncio.to_thread(self._keep, f"{document_id}.eml", bytes(letter))

    async def send(self, letter: Letter, *, notification_id: UUID) -> None:
        message = notices.letter_of(letter, notification_id=notification_id, sender=self._sender)
        await asyncio.to_thread(self._keep, f"{notification_id}.eml", bytes(message))

    async def invite(self, letter: InvitationLetter, *, invitation_id: UUID) -> None:
        message = invitation_of(
            letter, invitation_id=invitation_id, sender=self._sender, url=self._url
        )
        name = f"{invitation_id}.{letter.number}.eml"
        await asyncio.to_thread(self._keep, name, bytes(message))

    def _keep(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{name}"
        draft.touch(mode=0o600)  # it holds an address and an invoice
        draft.write_bytes(content)
        draft.replace(self._folder / name)


class SmtpMailer:
    """One connection a letter: they are few, and a lost connection then loses one."""

    def __init__(self, settings: MailSettings, *, url: str) -> None:
        self._settings, self._url = settings, url

    async def deliver(self, document: Document, *, document_id: UUID, to: str, pdf: bytes) -> None:
        sender = self._settings.sender
        await self._send(
            letter_of(document, document_id=document_id, to=to, pdf=pdf, sender=sender)
        )

    async def send(self, letter: Letter, *, notification_id: UUID) -> None:
        sender = self._settings.sender
        await self._send(notices.letter_of(letter, notification_id=notification_id, sender=sender))

    async def invite(self, letter: InvitationLetter, *, invitation_id: UUID) -> None:
        sender = self._settings.sender
        message = invitation_of(letter, invitation_id=invitation_id, sender=sender, url=self._url)
        try:
            await self._send(message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            if all(each.code >= FOR_GOOD for each in refused.recipients):
                raise AddressRefused from refused
            raise

    async def _send(self, message: EmailMessage) -> None:
        settings = self._settings
        await aiosmtplib.send(
            message,
            hostname=settings.host,
            port=settings.port,
            username=settings.user,
            password=settings.password,
            use_tls=settings.has_tls,
            start_tls=None if settings.has_tls or settings.user is None else True,
            timeout=SECONDS_MAX,
        )


def mailer_of(settings: MailSettings, *, home: Path, url: str) -> Mailer:
    if settings.host is None:
        return Outbox(home / OUTBOX, sender=settings.sender, url=url)
    return SmtpMailer(settings, url=url)
