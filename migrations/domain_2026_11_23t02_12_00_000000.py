"""Where sign-ins came from: sealed, apart from the person, and gone after 30 days."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-23T02:12:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "login fingerprints"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0092_login_fingerprints.up.sql"))
    return manager
