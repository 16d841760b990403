"""Erasures with their receipts, legal holds, and the days that both lean on."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T23:12:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "privacy"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0072_privacy.up.sql"))
    return manager
