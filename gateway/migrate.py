"""Brings the database to the newest schema: everything or nothing, one runner at a time."""

from __future__ import annotations

import contextlib
import io

from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.tables import Migration

from domain.database import engine, fetch_value
from gateway.refused import CommandRefused

MIGRATION_LOCK = 0x7069656365
_MAY_CHANGE = "select has_schema_privilege(current_user, 'public', 'create')"


class MigrationFailed(RuntimeError):
    """The database is as it was before."""


async def migrate() -> str:
    """Apply what is pending, in one transaction under an advisory lock; returns what was said.

    A role that may not change the schema finds it current, or refuses with `CommandRefused`.
    """
    if not await fetch_value(_MAY_CHANGE):
        await _require_current()
        return ""
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


async def _require_current() -> None:
    manager = ForwardsMigrationManager(app_name="domain")
    folder = manager.get_app_config(app_name="domain").resolved_migrations_folder_path
    ours = set(manager.get_migration_ids(manager.get_migration_modules(folder)))
    is_begun = await fetch_value("select to_regclass('public.migration') is not null")
    if not is_begun or not ours <= set(await Migration.get_migrations_which_ran("domain")):
        raise CommandRefused(
            "The schema is older than this version, and this database role may not change it: "
            "run `piecerate migrate` as the owner."
        )
