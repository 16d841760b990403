"""Kinds of work as a tree that staff keep, with the least that a place may pay per zone."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T23:14:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "categories"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0074_categories.up.sql"))
    return manager
