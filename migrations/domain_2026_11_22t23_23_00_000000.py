"""Sessions: those on a shared computer end with the browser, and soon in any case."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T23:23:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "remembered sessions"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0083_remembered_sessions.up.sql"))
    return manager
