"""Policies of one test: members of all tests share a database, and one policy binds them all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.consents.operations import draft_policy, post_policy
from domain.consents.rules import DataRegion, PolicyDraft, PolicyKind, PolicyText
from domain.database import execute, transaction
from domain.members.rules import Role
from tests.make.members import add_staff
from tests.make.world import World

TABLES: Final = ("policy_notice", "consent", "policy_version")


@asynccontextmanager
async def own_policies() -> AsyncIterator[None]:
    """Others' far-off versions are not there, and nobody is stopped by these afterwards."""
    await forget_policies()
    try:
        yield
    finally:
        await forget_policies()


async def forget_policies() -> None:
    """What no operation does: rows of consents are append-only."""
    async with transaction():
        await execute("set local session_replication_role = replica")
        for name in TABLES:
            await execute(f"delete from {name}")


def policy_draft(effective_at: datetime, *, is_material: bool = True) -> PolicyDraft:
    return PolicyDraft(
        texts=(PolicyText("en", "Work is paid."), PolicyText("de", "Arbeit wird bezahlt.")),
        note="The fee is said.",
        is_material=is_material,
        data_regions=frozenset({DataRegion.EU}),
        effective_at=effective_at,
    )


async def posted(
    world: World,
    *,
    kind: PolicyKind = PolicyKind.TERMS,
    after: timedelta = timedelta(0),
    is_material: bool = True,
) -> UUID:
    """By two of the staff; in force `after` so long."""
    author_id, second_id = [await add_staff(world, Role.STAFF) for _ in range(2)]
    version_id = await draft_policy(
        staff_id=author_id,
        kind=kind,
        draft=policy_draft(world.later(after), is_material=is_material),
        new_id=world.new_id,
        now=world.now,
    )
    await post_policy(staff_id=second_id, version_id=version_id, now=world.now)
    return version_id
