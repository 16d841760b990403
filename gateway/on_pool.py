"""One piece of work on a pool of its own, for commands that have no event loop yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from domain.database import AWAY, STATEMENT_SECONDS_MAX, close_pool, open_pool
from domain.events.operations import forget_restored_events
from domain.invoices.operations import ensure_legal_entity
from domain.invoices.rules import LegalEntity
from gateway.given import new_id
from gateway.migrate import migrate
from gateway.refused import CommandRefused
from gateway.settings import Settings
from gateway.stopping import Stopped, StopRequest

Result = TypeVar("Result")

LOOK_SECONDS: Final = 0.2
AUDIT_SECONDS: Final = 3_600  # per statement: the books of years take their time
AUDIT_SETTINGS: Final = {"work_mem": "256MB"}  # what is summed by transfer stays in memory
DEMO_ENTITY: Final = LegalEntity(
    code="PCR",
    name="Piecerate Demo GmbH",
    street="Beispielweg 1",
    postcode="10115",
    city="Berlin",
    country="DE",
    vat_id="DE123456789",  # made up; without one no invoice with VAT may be issued
)
"""Issues the documents of a development marketplace; production names its own."""


def run_on_pool(
    dsn: str,
    work: Callable[[], Awaitable[Result]],
    *,
    stop: StopRequest | None = None,
    is_audit: bool = False,
) -> Result:
    """Opens the pool, works, closes it. Raises `Stopped` when asked to stop meanwhile.

    An audit may take long, and much memory.
    """
    return asyncio.run(_run(dsn, work, stop=stop, is_audit=is_audit))


async def _run(
    dsn: str,
    work: Callable[[], Awaitable[Result]],
    *,
    stop: StopRequest | None,
    is_audit: bool,
) -> Result:
    try:
        await open_pool(
            dsn,
            application_name="piecerate-command",
            statement_seconds=AUDIT_SECONDS if is_audit else STATEMENT_SECONDS_MAX,
            settings=AUDIT_SETTINGS if is_audit else None,
        )
        task = asyncio.ensure_future(work())
        while not (await asyncio.wait({task}, timeout=LOOK_SECONDS))[0]:
            if stop is not None and stop.is_set():
                task.cancel()
        if task.cancelled():
            raise Stopped
        return task.result()
    except AWAY as failure:
        raise CommandRefused(
            f"The database went away in the middle ({type(failure).__name__}): start again."
        ) from failure
    finally:
        await close_pool()


async def modernise(settings: Settings) -> None:
    """The newest schema, and what every marketplace needs in it."""
    await migrate()
    await forget_restored_events()
    if not settings.is_production:
        await ensure_legal_entity(entity=DEMO_ENTITY, new_id=new_id)
