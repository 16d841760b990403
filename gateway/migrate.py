"""Brings the database to the newest schema: everything or nothing, one runner at a time."""

from __future__ import annotations

import contextlib
import io

from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager

from domain.database import engine

MIGRATION_LOCK = 0x7069656365


class MigrationFailed(RuntimeError):
    """The database is as it was before."""


async def migrate() -> str:
    """Apply what is pending, in one transaction under an advisory lock; returns what was said."""
    said = io.StringIO()  # Piccolo prints
    engine.nested_by_default = True  # and opens transactions inside ours
    try:
        async with engine.transaction() as transaction:
            connection = transaction.connection
            await connection.execute("set local statement_timeout = 0; set local lock_timeout = 0")
            await connection.execute(
                "select pg_advisory_xact_lock($1)", MIGRATION_LOCK, timeout=600
            )
            await connection.execute("set local lock_timeout = '5s'")
            with contextlib.redirect_stdout(said):
                result = await ForwardsMigrationManager(app_name="domain").run()
            if not result.success:
                raise MigrationFailed(result.message)
    finally:
        engine.nested_by_default = False
    return said.getvalue()
