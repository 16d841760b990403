"""Personal numbers are sealed under one key per person, wrapped by a key outside the database."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T09:32:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "vault keys"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0032_vault_keys.up.sql"))
    return manager
