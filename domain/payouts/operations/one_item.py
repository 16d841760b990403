"""Calls about one payment that its provider has already: a further step, or to ask it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import fetch_row, in_transaction
from domain.given import Vault
from domain.payouts.operations import batches
from domain.payouts.operations.batches import Batch, Item
from domain.payouts.provider import PayoutItem
from domain.provider import CallContext

_PLACE: Final = "select batch_id, item_ref from payout_attempt where id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """A call about an item whose intent is committed."""

    batch: Batch
    item: Item
    handed: PayoutItem
    context: CallContext
    call_id: UUID


async def lock_item(attempt_id: UUID) -> tuple[Batch, Item] | None:
    """The batch, then the payout: in the order that everybody locks."""
    assert in_transaction()
    place = await fetch_row(_PLACE, attempt_id)
    if place is None:
        return None
    batch = await batches.lock_batch(place["batch_id"])
    (item,) = await batches.lock_items(batch.id, item_refs=[place["item_ref"]])
    return batch, item


async def begin_call(
    *, batch: Batch, item: Item, kind: str, vault: Vault, call_id: UUID, now: datetime
) -> Calling:
    await batches.open_call(
        call_id=call_id,
        batch=batch,
        kind=kind,
        send_no=batch.send_count,
        now=now,
        subject_id=item.attempt_id,
    )
    fields = batches.opened([item], vault=vault).get(item.attempt_id, {})
    context = CallContext(now=now, send_no=batch.send_count, correlation_id=item.item_ref)
    return Calling(
        batch=batch,
        item=item,
        handed=batches.handed_item(item, fields),
        context=context,
        call_id=call_id,
    )
