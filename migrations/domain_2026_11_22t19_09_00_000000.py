"""Campaigns say for whom they are; who lets claims expire waits for a while."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T19:09:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "targeting"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0043_targeting.up.sql"))
    return manager
