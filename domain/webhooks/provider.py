"""What the gateway brings: somebody who writes payloads, and somebody who sends them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class DeliveryProblem(StrEnum):
    """What went wrong, and nothing that the receiver said."""

    STATUS = "status"
    TIMEOUT = "timeout"
    NAME_UNKNOWN = "name_unknown"
    ADDRESS_REFUSED = "address_refused"
    CONNECTION_FAILED = "connection_failed"
    TLS_FAILED = "tls_failed"
    BAD_ANSWER = "bad_answer"
    DOCUMENT_FAILED = "document_failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What is to be told, and to whom. A test has no event."""

    delivery_id: UUID
    event_id: UUID | None
    kind: str
    owner_id: UUID
    document: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`id` stays the same at every attempt: receivers know by it what they have."""

    id: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """`problem` is None when it was delivered. What the receiver said is not kept."""

    status: int | None
    problem: DeliveryProblem | None


class DocumentFailed(Exception):
    """The owner's document does not run any more, such as after a change of the schema."""


class PayloadWriter(Protocol):
    async def write(self, occasion: Occasion) -> Message | None:
        """None when the owner may not see the event any more. Raises `DocumentFailed`."""


class WebhookSender(Protocol):
    async def send(
        self, *, url: str, message: Message, secrets: Sequence[str], now: datetime
    ) -> Answer:
        """Signed with every one of `secrets`; answers in any case, within `rules.ANSWER_WITHIN`."""
