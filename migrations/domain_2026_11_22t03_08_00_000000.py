"""The queue's own tables, in the schema `jobs`, as the pinned version of the library makes them."""

from __future__ import annotations

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.jobs import install_queue

ID = "2026-11-22T03:08:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "job queue"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(install_queue)
    return manager
