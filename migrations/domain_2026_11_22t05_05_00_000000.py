"""A bank file whose batches were unclear may be read again, once what explains them is here."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T05:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "unclear files"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0019_unclear_files.up.sql"))
    return manager
