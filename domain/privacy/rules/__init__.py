"""What becomes of each table when its member leaves. Pure data and functions."""

from __future__ import annotations

from domain.privacy.rules.archive import (
    archive,
    export_content,
    export_context,
    export_limits,
)
from domain.privacy.rules.leaving import (
    CLOSABLE,
    HINDERING,
    ErasureReason,
    Fate,
    Obstacle,
    StoreReport,
    closing_content,
)
from domain.privacy.rules.retention import CLASS_OF, DataClass
from domain.privacy.rules.stores import IMPERSONAL, STORES, Store

__all__ = [
    "CLASS_OF",
    "CLOSABLE",
    "HINDERING",
    "IMPERSONAL",
    "STORES",
    "DataClass",
    "ErasureReason",
    "Fate",
    "Obstacle",
    "Store",
    "StoreReport",
    "archive",
    "closing_content",
    "export_content",
    "export_context",
    "export_limits",
]
