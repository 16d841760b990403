"""Reads of the inbox. Rows stay inside; records go out."""

from __future__ import annotations

from domain.provider_inbox.queries.books import Subject, booked_of, lines_of, subjects_of
from domain.provider_inbox.queries.drift import (
    CHECKS,
    DriftRecord,
    LineRecord,
    StatementRecord,
    audit,
    drift,
    exceptions,
    lines_by_id,
    statements,
)
from domain.provider_inbox.queries.events import (
    LIST_MAX,
    EventRecord,
    Match,
    RefusedRecord,
    events_by_id,
    match_of,
    open_events,
    refused_since,
)
from domain.provider_inbox.queries.files import FileRecord, files, files_by_id
from domain.provider_inbox.queries.instances import InstanceLoad, instance_loads

__all__ = [
    "CHECKS",
    "LIST_MAX",
    "DriftRecord",
    "EventRecord",
    "FileRecord",
    "InstanceLoad",
    "LineRecord",
    "Match",
    "RefusedRecord",
    "StatementRecord",
    "Subject",
    "audit",
    "booked_of",
    "drift",
    "events_by_id",
    "exceptions",
    "files",
    "files_by_id",
    "instance_loads",
    "lines_by_id",
    "lines_of",
    "match_of",
    "open_events",
    "refused_since",
    "statements",
    "subjects_of",
]
