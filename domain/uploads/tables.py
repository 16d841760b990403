"""Rows of uploads; migrations 0076 and 0093 create them."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.uploads.rules import UploadKind, UploadState


class Upload(Table, tablename="upload"):
    """A file of a member. Its bytes lie in the file store under the id."""

    id = UUID(primary_key=True, default=None)
    owner_id = ForeignKey(
        Member, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, null=False, default=None
    )
    subject_id = UUID(default=None, help_text="The assignment that it is for.")
    kind = Text(default=None, choices=UploadKind)
    media_type = Text(default=None, help_text="As asked for, and as its bytes begin.")
    byte_count = BigInt(default=None)
    sha256 = Bytea(default=None)
    kept_byte_count = BigInt(
        null=True, default=None, help_text="Of the bytes that lie in the store; empty until then."
    )
    kept_sha256 = Bytea(null=True, default=None, help_text="Of the same.")
    state = Text(default=None, choices=UploadState)
    asked_at = Timestamptz(default=None)
    expires_at = Timestamptz(
        null=True, default=None, help_text="When it is dropped; empty once it is attached."
    )
