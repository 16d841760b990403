"""Rows of ratings; migrations 0006 and 0063 create them."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.assignments.tables import Assignment
from domain.members.tables import Member
from domain.ratings.rules import RatingState


class Rating(Table, tablename="rating"):
    """One member's stars for another, once per assignment and direction."""

    id = UUID(primary_key=True, default=None)
    assignment_id = ForeignKey(
        Assignment,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    author_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    subject_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    stars = Integer(default=None, help_text="1 to 5.")
    comment = Text(null=True, default=None)
    state = Text(default=None, choices=RatingState)
    given_at = Timestamptz(default=None)
    visible_at = Timestamptz(null=True, default=None, help_text="Empty while it is hidden.")
