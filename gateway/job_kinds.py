"""What a job is, what it is given, and when it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.given import Clock, NewId, Vault
from domain.invoices.rules import DocumentChecks, DocumentRenderer
from domain.uploads.provider import FileStore
from domain.webhooks.provider import PayloadWriter, WebhookSender
from gateway.mail import Mailer
from gateway.providers import Providers

SWEEP_ROWS_MAX: Final = 500  # what one sweep moves at most; then there may be more
SWEEP_ROUNDS_MAX: Final = 20  # a job is short: the rest is for the next one
EVERY_TWO_SECONDS: Final = "* * * * * */2"
EVERY_TEN_SECONDS: Final = "* * * * * */10"  # the sixth field is seconds
EVERY_MINUTE: Final = "* * * * *"
EVERY_TEN_MINUTES: Final = "*/10 * * * *"
EVERY_HOUR: Final = "7 * * * *"
EVERY_NIGHT: Final = "23 3 * * *"
EVERY_MONTH: Final = "0 2 1 * *"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the job worker hands to every job."""

    clock: Clock
    new_id: NewId
    providers: Providers
    vault: Vault
    renderer: DocumentRenderer
    checks: DocumentChecks
    mailer: Mailer
    files: FileStore
    webhook_writer: PayloadWriter
    webhook_sender: WebhookSender


Arguments = Mapping[str, str]
Handle = Callable[[Arguments, Given], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """`at_once_max` counts over all job workers; 0 sets no limit. `every` makes it a schedule.

    A job may run twice, also at the same time: what it does must bear that.
    """

    name: str
    handle: Handle
    at_once_max: int = 0
    every: str | None = None


def swept(sweep: Callable[[Given], Awaitable[int]]) -> Handle:
    """Repeats a sweep, which takes so many rows at a time, until it finds little to do."""

    async def handle(_: Arguments, given: Given) -> None:
        for _round in range(SWEEP_ROUNDS_MAX):
            if await sweep(given) < SWEEP_ROWS_MAX:
                return

    return handle
