"""Rows of dated rates; migration 0001 creates them and fills in the first."""

from __future__ import annotations

from piccolo.columns import BigInt, Date, Integer, Text
from piccolo.table import Table

from domain.rates.rules import RateKind


class Rate(Table, tablename="rate"):
    """What somebody decided from a day on. Rows are added, never edited."""

    kind = Text(primary_key=True, default=None, choices=RateKind)
    scope = Text(
        default=None, help_text="A country or currency, or * for all without a row of their own."
    )
    valid_from = Date(default=None)
    basis_points = Integer(null=True, default=None)
    micros = BigInt(null=True, default=None, help_text="In place of basis points, for a limit.")
    number = Integer(null=True, default=None, help_text="In place of both, for a number.")
    source = Text(default=None, help_text="The law or price list that says so.")
