"""Rows of trusted documents; migration 0011 creates them."""

from __future__ import annotations

from piccolo.columns import BigInt, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table


class TrustedDocument(Table, tablename="trusted_document"):
    """A text under its hash; never edited."""

    id = Text(primary_key=True, default=None, help_text="`sha256:` and the hash of the text.")
    text = Text(default=None)
    added_at = Timestamptz(default=None)


class TrustedDocumentClient(Table, tablename="trusted_document_client"):
    """One document in the manifest of one release of a frontend."""

    seq = BigInt(primary_key=True, default=None)
    client_name = Text(default=None)
    client_version = Text(default=None)
    document_id = ForeignKey(
        TrustedDocument,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    added_at = Timestamptz(default=None)
    last_used_at = Timestamptz(null=True, default=None, help_text="To the hour.")
