"""Panels of three vote on contested rejections."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-23T06:12:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "panels"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0112_panels.up.sql"))
    return manager
