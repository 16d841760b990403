"""Rows of the vault; migration 0032 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, BigSerial, Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table


class DataKey(Table, tablename="data_key"):
    """One key per person, itself sealed by a key of the operator's file."""

    id = BigSerial(primary_key=True)
    subject_id = UUID(default=None, help_text="Whose values it seals.", index=True)
    kek_id = Integer(default=None, help_text="Which key of the file wraps it.")
    wrapped = Bytea(default=None)
    created_at = Timestamptz(default=None)
    retired_at = Timestamptz(null=True, default=None, help_text="Null: seals what is new.")


class SealedValue(Table, tablename="sealed_value"):
    """One value of one row of another table; `sealed` opens in this place alone."""

    owner_table = Text(primary_key=True, default=None)
    row_id = UUID(default=None)
    field = Text(default=None)
    subject_id = UUID(default=None, index=True)
    data_key_id = ForeignKey(
        DataKey,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    sealed = Bytea(default=None)
