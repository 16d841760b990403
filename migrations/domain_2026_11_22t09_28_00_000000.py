"""Tax forms, agreements to self-billing, and proofs; their numbers lie sealed in the vault."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file
from domain.reference.operations import load_reference_file

ID = "2026-11-22T09:28:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "tax identity"

FILES = ("tax_form_needed", "us_form", "self_billing_text")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0028_tax_identity.up.sql"))
    for name in FILES:
        manager.add_raw(partial(load_reference_file, name=name))
    return manager
