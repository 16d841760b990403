"""What a simulation has no use for: papers are drawn, checked and sent by tests of their own.

Letters to friends arrive, for some of them are answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from domain.invitations.rules import AddressRefused, InvitationLetter
from domain.invoices.rules import Document, Rendered
from domain.notifications.rules import Letter


class NoPictures:
    """Jobs that draw are taken off the queue undone; nothing else may ask."""

    async def render(self, document: Document, logo: bytes | None = None) -> Rendered:
        raise NotImplementedError


NOWHERE: Final = "nowhere.example"  # takes no letters


@dataclass
class Letterbox:
    """What friends find in it; papers and notifications are taken off the queue undone."""

    tokens: dict[str, str] = field(default_factory=dict)  # by address

    async def deliver(self, document: Document, *, document_id: UUID, to: str, pdf: bytes) -> None:
        raise NotImplementedError

    async def send(self, letter: Letter, *, notification_id: UUID) -> None:
        raise NotImplementedError

    async def invite(self, letter: InvitationLetter, *, invitation_id: UUID) -> None:  # noqa: ARG002  # the port's
        if letter.to.endswith(NOWHERE):
            raise AddressRefused
        self.tokens[letter.to] = letter.token


class NothingToCheck:
    """A document's numbers and sums are what the audit of each day looks at."""

    async def problems(self, document: Document) -> Sequence[str]:  # noqa: ARG002  # the port's
        return ()
