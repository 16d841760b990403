"""What a simulation has no use for: papers are drawn, checked and sent by tests of their own."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.invitations.rules import InvitationLetter
from domain.invoices.rules import Document, Rendered
from domain.notifications.rules import Letter


class NoPictures:
    """Jobs that draw are taken off the queue undone; nothing else may ask."""

    async def render(self, document: Document, logo: bytes | None = None) -> Rendered:
        raise NotImplementedError


class NoMail:
    """As above."""

    async def deliver(self, document: Document, *, document_id: UUID, to: str, pdf: bytes) -> None:
        raise NotImplementedError

    async def send(self, letter: Letter, *, notification_id: UUID) -> None:
        raise NotImplementedError

    async def invite(self, letter: InvitationLetter, *, invitation_id: UUID) -> None:
        raise NotImplementedError


class NothingToCheck:
    """A document's numbers and sums are what the audit of each day looks at."""

    async def problems(self, document: Document) -> Sequence[str]:  # noqa: ARG002  # the port's
        return ()
