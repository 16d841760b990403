"""Law becomes dated rows, and a price remembers which VAT it has and why."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file
from domain.reference.operations import load_reference_file

ID = "2026-11-22T09:27:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "reference rules and VAT decisions"

FILES = ("union_member", "vat_treated_as", "vat_rate", "vat_threshold", "exemption_text")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0027_reference_rules.up.sql"))
    for name in FILES:
        manager.add_raw(partial(load_reference_file, name=name))
    return manager
