"""Records a long answer in parts, so that no transaction books thousands of payments at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import one_transaction
from domain.given import NewId
from domain.payouts.operations import batches, changes, outcomes
from domain.payouts.operations.changes import Change
from domain.payouts.provider import Observation, PayoutManifest
from domain.payouts.rules import AttemptState, BatchState

PART_COUNT_MAX: Final = 1_000
_LEFT: Final = (AttemptState.SENDING, AttemptState.UNKNOWN)


async def record_parts(
    *,
    batch_id: UUID,
    observations: Sequence[Observation],
    manifest: PayoutManifest,
    new_id: NewId,
    now: datetime,
) -> None:
    """All but what the caller records of the batch as a whole, and what is in doubt.

    The caller then records the same answer: what is written here is no news to it. After a
    crash in between, the batch is where it was, and a look-up says the rest.
    """
    if len(observations) <= PART_COUNT_MAX:
        return
    for first in range(0, len(observations), PART_COUNT_MAX):
        await _record(
            batch_id=batch_id,
            said={each.item_ref: each for each in observations[first : first + PART_COUNT_MAX]},
            manifest=manifest,
            new_id=new_id,
            now=now,
        )


@one_transaction
async def _record(
    *,
    batch_id: UUID,
    said: dict[str, Observation],
    manifest: PayoutManifest,
    new_id: NewId,
    now: datetime,
) -> None:
    batch = await batches.lock_batch(batch_id)
    if batch.state is BatchState.PREPARED:
        return  # it is about to be sent again
    items = await batches.lock_items(batch_id, item_refs=list(said))
    news = (
        outcomes.observed(item=item, observation=said[item.item_ref], manifest=manifest)
        for item in items
    )
    plain = [change for change in news if change is not None and _is_plain(change)]
    await changes.write(plain, instance_id=batch.instance_id, new_id=new_id, now=now)


def _is_plain(change: Change) -> bool:
    return change.frozen is None and change.state not in _LEFT
