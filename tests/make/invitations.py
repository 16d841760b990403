"""Invitations, asked for by the operation that makes them."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from domain.invitations import operations
from tests.make.vault import vault_with_file
from tests.make.world import World


async def invite(world: World, inviter: UUID, folder: Path) -> UUID:
    return await operations.create_invitation(
        inviter_id=inviter,
        email=f"{world.new_id().hex}@example.org",
        label=None,
        vault=vault_with_file(folder),
        new_token=world.new_token,
        new_id=world.new_id,
        now=world.now,
    )
