"""Rows of categories, their floors and the zones of countries; migration 0074 creates them."""

from __future__ import annotations

from piccolo.columns import JSONB, BigInt, Boolean, Date, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member


class Category(Table, tablename="category"):
    """A branch of the tree of work; it never moves, for its slug says where it is."""

    slug = Text(primary_key=True, default=None, help_text="With the slugs above it, and points.")
    names = JSONB(default=None, help_text="By language; English is always there.")
    is_open = Boolean(default=None, help_text="New drafts may choose it.")


class CategoryChange(Table, tablename="category_change"):
    """How a category became what it is; lines never change."""

    slug = ForeignKey(
        Category,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
        target_column="slug",
    )
    position = Integer(default=None)
    names = JSONB(default=None)
    is_open = Boolean(default=None)
    actor_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="Empty: it came with the software.",
    )
    at = Timestamptz(default=None)


class CategoryFloor(Table, tablename="category_floor"):
    """The least that a place may pay from a day on. Rows are added, never edited."""

    slug = ForeignKey(
        Category,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
        target_column="slug",
    )
    zone = Text(default=None, help_text="Or * for every country.")
    currency = Text(default=None, help_text="Or * for all without a row of their own.")
    valid_from = Date(default=None)
    position = Integer(default=None, help_text="Of two of one day the higher counts.")
    micros = BigInt(default=None, help_text="0 ends a floor.")
    reason = Text(default=None)
    actor_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="Empty: it came with the software.",
    )
    at = Timestamptz(default=None)


class CountryZone(Table, tablename="country_zone"):
    """In which zone of prices a country lies from a day on. Rows are added, never edited."""

    country = Text(primary_key=True, default=None, help_text="ISO 3166-1.")
    valid_from = Date(default=None)
    position = Integer(default=None, help_text="Of two of one day the higher counts.")
    zone = Text(null=True, default=None, help_text="Empty: in none any more.")
    reason = Text(default=None)
    actor_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=True,
        default=None,
        help_text="Empty: it came with the software.",
    )
    at = Timestamptz(default=None)
