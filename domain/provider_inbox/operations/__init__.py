"""Everything that changes what we keep of providers' news."""

from __future__ import annotations

from domain.provider_inbox.operations.catch_up import ask_for_missed, catch_up
from domain.provider_inbox.operations.decide_file import (
    FileConfirmed,
    apply_file,
    confirm_file,
    decline_file,
    recover_files,
)
from domain.provider_inbox.operations.explain_line import explain_line
from domain.provider_inbox.operations.handle_event import (
    forget_bodies,
    handle_event,
    recover_events,
    retry_unmatched,
)
from domain.provider_inbox.operations.match_lines import match_lines
from domain.provider_inbox.operations.read_file import (
    FileKnown,
    FileRead,
    FileUnreadable,
    read_file,
)
from domain.provider_inbox.operations.read_statement import ask_for_statements, read_statement
from domain.provider_inbox.operations.replay_event import BodyForgotten, replay_event
from domain.provider_inbox.operations.take_webhook import count_refused, take_webhook

__all__ = [
    "BodyForgotten",
    "FileConfirmed",
    "FileKnown",
    "FileRead",
    "FileUnreadable",
    "apply_file",
    "ask_for_missed",
    "ask_for_statements",
    "catch_up",
    "confirm_file",
    "count_refused",
    "decline_file",
    "explain_line",
    "forget_bodies",
    "handle_event",
    "match_lines",
    "read_file",
    "read_statement",
    "recover_events",
    "recover_files",
    "replay_event",
    "retry_unmatched",
    "take_webhook",
]
