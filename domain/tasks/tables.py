"""Rows of tasks; migration 0004 is what creates them."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, ForeignKey, Integer, Text
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.campaigns.tables import Campaign
from domain.quality.rules import Aggregator
from domain.tasks.rules import ContentKind, TaskState


class Task(Table, tablename="task"):
    """One unit of work with its places; a check holds total equal to the sum of the others."""

    id = UUID(primary_key=True, default=None)
    campaign_id = ForeignKey(
        Campaign,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    position = Integer(default=None, help_text="Order of the tasks in their campaign, from 1.")
    state = Text(default=None, choices=TaskState)
    content_kind = Text(default=None, choices=ContentKind)
    content_text = Text(default=None)
    content_url = Text(null=True, default=None)
    external_reference = Text(null=True, default=None, help_text="The employer's own name for it.")
    priority = Integer(default=None, help_text="0 to 100; higher is handed out first.")
    place_count_total = Integer(default=None)
    place_count_open = Integer(default=None, help_text="May be claimed.")
    place_count_held = Integer(default=None, help_text="Claimed, nothing handed in yet.")
    place_count_filled = Integer(default=None, help_text="Handed in, not finally decided.")
    place_count_settled = Integer(default=None, help_text="Paid.")
    place_count_cancelled = Integer(default=None, help_text="Their money went back.")
    variables = JSONB(default="[]", help_text="List of {name, value}: see `variable_names`.")
    gold_label = Text(null=True, default=None, help_text="The known answer; hidden from workers.")
    answers_asked = Integer(
        null=True, default=None, help_text="Places that may be taken by now; empty: all."
    )


class TaskConsensus(Table, tablename="task_consensus"):
    """What the answers to a task most likely mean."""

    task_id = ForeignKey(
        Task,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    label = Text(default=None)
    answer_count = Integer(default=None)
    confidence_percent = Integer(
        null=True, default=None, help_text="Of gold of like confidence, how much came out right."
    )
    aggregator = Text(default=None, choices=Aggregator)
