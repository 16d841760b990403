"""Adds tasks and places, and ends a campaign: they move places, and with them money."""

from __future__ import annotations

from domain.tasks.operations.append import add_tasks, append_tasks
from domain.tasks.operations.extend import (
    Extended,
    Restarted,
    extend_campaign,
    restart_campaign,
)
from domain.tasks.operations.stop import (
    Stopped,
    agree_on_tasks,
    ask_for_answers,
    refund_of_places,
    release_open_places,
    stop_campaign,
    store_consensus,
)

__all__ = [
    "Extended",
    "Restarted",
    "Stopped",
    "add_tasks",
    "agree_on_tasks",
    "append_tasks",
    "ask_for_answers",
    "extend_campaign",
    "refund_of_places",
    "release_open_places",
    "restart_campaign",
    "stop_campaign",
    "store_consensus",
]
