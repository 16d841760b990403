"""Plants a difference in the books, asks the audit, and takes it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from domain.database import transaction
from domain.ledger.rules import Difference

Audit = Callable[[], Awaitable[Sequence[Difference]]]


async def planted(*statements: str, audit: Audit) -> list[Difference]:
    """What the audit finds more after `statements` ran with all triggers and keys off."""
    before = set(await audit())
    async with transaction() as current:
        await current.connection.execute("set local session_replication_role = replica")
        for statement in statements:
            await current.connection.execute(statement)
        found = [each for each in await audit() if each not in before]
        await current.rollback()  # type: ignore[no-untyped-call]  # Piccolo's
    return found
