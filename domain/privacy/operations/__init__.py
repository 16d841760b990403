"""Everything that takes members' data away, and what keeps it."""

from __future__ import annotations

from domain.privacy.operations.disclosures import record_disclosure
from domain.privacy.operations.erase import erase_member, recover_erasures
from domain.privacy.operations.export import (
    ExportWaiting,
    ask_export,
    write_export,
)
from domain.privacy.operations.holds import HeldAlready, lift_hold, place_hold
from domain.privacy.operations.leave import (
    ClosingHindered,
    close_member,
    freeze_under_age,
    hear_of_frozen,
)
from domain.privacy.operations.purge import purge_ended, purge_tax_keys

__all__ = [
    "ClosingHindered",
    "ExportWaiting",
    "HeldAlready",
    "ask_export",
    "close_member",
    "erase_member",
    "freeze_under_age",
    "hear_of_frozen",
    "lift_hold",
    "place_hold",
    "purge_ended",
    "purge_tax_keys",
    "record_disclosure",
    "recover_erasures",
    "write_export",
]
