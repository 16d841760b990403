"""Work may be a survey or an address, and says whether it makes, checks or gathers something."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-23T02:19:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "kinds of work"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0099_kinds_of_work.up.sql"))
    return manager
