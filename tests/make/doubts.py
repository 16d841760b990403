"""A payment that nobody knows about, for what finance decides."""

from __future__ import annotations

from uuid import UUID

from domain.database import execute, transaction
from domain.payouts import operations
from domain.payouts.rules import Verdict
from domain.provider import reference
from tests.make.members import add_finance_member
from tests.make.world import World


async def unknown_attempt(world: World, payout_id: UUID) -> UUID:
    """As a send without an answer leaves it; its payout was requested a moment ago."""
    batch_id, attempt_id = world.new_id(), world.new_id()
    async with transaction():
        await execute(
            "insert into payout_batch (id, batch_ref, instance_id, currency, items_digest, state,"
            " send_count, look_up_count, watch_count, missing_count, due_at, unknown_since,"
            " first_sent_at, last_sent_at, created_at)"
            " values ($1, $2, 'sandbox', 'EUR', sha256('x'), 'sent', 1, 0, 0, 0, $3, $4, $4, $4,"
            " $4)",
            batch_id,
            reference(kind="B", region="ZZ", id_=batch_id),
            world.now.replace(year=2099),  # no job of another test takes it up
            world.now,
        )
        await execute(
            "insert into payout_attempt (id, payout_id, batch_id, attempt_no, item_ref, state,"
            " frozen_reason, created_at, changed_at)"
            " values ($1, $2, $3, 1, $4, 'unknown', 'missing_item', $5, $5)",
            attempt_id,
            payout_id,
            batch_id,
            reference(kind="P", region="ZZ", id_=attempt_id),
            world.now,
        )
        await execute("update payout set state = 'unknown' where id = $1", payout_id)
    return attempt_id


async def proposal(world: World, attempt_id: UUID) -> UUID:
    """By somebody of finance; another one is to decide."""
    done = await operations.propose_resolution(
        attempt_id=attempt_id,
        verdict=Verdict.NOT_PAID,
        reason="The bank was asked",
        evidence="",
        member_id=await add_finance_member(world),
        new_id=world.new_id,
        now=world.now,
    )
    return done.resolution_id
