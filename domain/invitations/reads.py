"""Invitations as the member who sent them may read them."""

from __future__ import annotations

from typing import Final

from domain.reads import Entity, columns

INVITATION: Final = Entity(
    name="Invitation",
    source="from invitation",
    row="invitation",
    visible="{row}.inviter_id = {viewer}",
    fields=columns("state", "label", "letter_count", "created_at", "ended_at"),
)
ENTITIES: Final = (INVITATION,)
