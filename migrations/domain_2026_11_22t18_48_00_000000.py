"""Paid work brings points, and points a level; a level opens more than one place per campaign."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T18:48:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "worker points"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0048_worker_points.up.sql"))
    return manager
