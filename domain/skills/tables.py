"""Rows of skills and of what workers got for them; migration 0080 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member


class Skill(Table, tablename="skill"):
    """Something that can be tested; it never changes."""

    id = UUID(primary_key=True, default=None)
    owner_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="An employer; empty: it is the platform's, for every employer.",
    )
    name = Text(default=None, help_text="Once per owner, whatever the case of its letters.")
    description = Text(default=None)
    valid_days = Integer(null=True, default=None, help_text="How long a result counts.")
    retake_days = Integer(default=None, help_text="From one result to the next try.")
    attempt_max = Integer(default=None, help_text="So many results a worker may have.")
    created_at = Timestamptz(default=None)


class SkillGrant(Table, tablename="skill_grant"):
    """The result of one test; the latest of a skill counts. Append-only."""

    worker_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    skill_id = ForeignKey(
        Skill, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    attempt = Integer(default=None, help_text="Counts from 1, per worker and skill.")
    campaign_id = UUID(default=None, index=True, help_text="The campaign that was the test.")
    right_count = Integer(default=None)
    answer_count = Integer(default=None)
    value = Integer(default=None, help_text="0 to 100: whole per cent, rounded down.")
    graded_at = Timestamptz(default=None)
    expires_at = Timestamptz(null=True, default=None, help_text="Then it counts no more.")
