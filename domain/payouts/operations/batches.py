"""Batches and their items as rows: locked, read, handed to a provider.

Locks are taken in one order: the batch, its payouts by id, ledger accounts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch, fetch_row, fetch_value, in_transaction
from domain.given import Vault
from domain.money import Money
from domain.payouts import rules
from domain.payouts.provider import Destination, PayoutBatch, PayoutItem
from domain.payouts.rules import AttemptState, BatchState, Objection, PayoutState
from domain.provider import Exchange, ProviderError

MEMO: Final = "Piecerate payout"
DETAIL_LENGTH_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    id: UUID
    batch_ref: str
    instance_id: str
    currency: str
    items_digest: bytes
    state: BatchState
    send_count: int
    look_up_count: int
    watch_count: int
    missing_count: int
    missing_since: datetime | None
    unknown_since: datetime | None
    first_sent_at: datetime | None
    last_sent_at: datetime | None
    due_at: datetime | None  # as read; `save_batch` is told the next one
    provider_ref: str | None
    sequence_no: int | None
    payload_digest: bytes | None  # None: nothing is prepared
    provider_state: Mapping[str, str] = field(repr=False)
    objection: Objection | None

    @property
    def next_no(self) -> str:
        """Part of a job's key: the same step is queued once, the next one freely."""
        return f"{self.id}:{self.send_count}:{self.look_up_count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An attempt with its payout and destination."""

    attempt_id: UUID
    item_ref: str
    state: AttemptState
    is_frozen: bool
    is_in_doubt: bool  # another attempt of its payout is frozen: it may be paid already
    provider_ref: str | None
    payout_id: UUID
    payout_state: PayoutState
    worker_id: UUID
    amount: Money  # of the payout; `sent` is what the provider pays of it
    fee: Money
    paid_at: datetime | None
    destination_id: UUID
    kind: str
    country: str
    currency: str
    sealed_fields: bytes = field(repr=False)
    fingerprint: bytes = field(repr=False)
    is_withdrawn: bool = False  # by its member: the destination removed, or all payouts held
    sequence_no: int | None = None
    provider_state: Mapping[str, str] = field(default_factory=dict, repr=False)
    next_step: str | None = None
    step_count: int = 0
    is_stepping: bool = False  # a step is under way; its own answer says what is next
    is_cost_known: bool = False
    exchange: Exchange | None = None  # as it was booked

    @property
    def sent(self) -> Money:
        return self.amount - self.fee


_BATCH: Final = """
    select id, batch_ref, instance_id, currency, items_digest, state, send_count, look_up_count,
           watch_count, missing_count, missing_since, unknown_since, first_sent_at, last_sent_at,
           due_at, provider_ref, sequence_no, payload_digest, provider_state, objection
    from payout_batch where id = $1
"""
_PAYLOAD: Final = "select payload from payout_batch where id = $1"
_LOCK_PAYOUTS: Final = """
    select id from payout
    where id in (select payout_id from payout_attempt
                 where batch_id = $1 and ($2::text[] is null or item_ref = any($2)))
    order by id for update
"""
_ITEMS: Final = """
    select a.id as attempt_id, a.item_ref, a.state, a.frozen_reason is not null as is_frozen,
           exists (select 1 from payout_attempt other
                   where other.payout_id = a.payout_id and other.id <> a.id
                     and other.frozen_reason is not null) as is_in_doubt,
           a.provider_ref, p.id as payout_id, p.state as payout_state, p.worker_id, p.currency,
           p.amount_micros, p.fee_micros, p.paid_at, d.id as destination_id, d.kind, d.country,
           d.currency as destination_currency, d.fields, d.fingerprint,
           d.state = 'removed' or exists (
               select from payout_member_hold h where h.member_id = p.worker_id) as is_withdrawn,
           a.sequence_no, a.provider_state, a.next_step, a.step_count,
           a.step_started_at is not null as is_stepping, a.fee_micros is not null as is_cost_known,
           a.source_micros, a.source_currency, a.target_micros, a.target_currency, a.exchange_rate
    from payout_attempt a
    join payout p on p.id = a.payout_id
    join destination d on d.id = p.destination_id
    where a.batch_id = $1 and ($2::text[] is null or a.item_ref = any($2))
    order by a.item_ref
"""
_OPEN_CALL: Final = """
    insert into provider_call (id, subject_id, instance_id, kind, send_no, started_at)
    values ($1, $2, $3, $4, $5, $6)
"""
_SAVE: Final = """
    update payout_batch
    set state = $2, due_at = $3, send_count = $4, look_up_count = $5, watch_count = $6,
        missing_count = $7, missing_since = $8, unknown_since = $9, first_sent_at = $10,
        last_sent_at = $11, provider_ref = $12, provider_state = $13::jsonb, objection = $14
    where id = $1
"""
_CLOSE_CALL: Final = """
    update provider_call set finished_at = $2, outcome = $3, error_code = $4, detail = $5
    where id = $1
"""


async def read_batch(batch_id: UUID) -> Batch | None:
    row = await fetch_row(_BATCH, batch_id)
    return None if row is None else _batch(row)


async def lock_batch(batch_id: UUID) -> Batch:
    assert in_transaction()
    row = await fetch_row(_BATCH + " for update", batch_id)
    assert row is not None, "batches are never deleted"
    return _batch(row)


async def take_batch(batch_id: UUID, *, state: BatchState) -> Batch | None:
    """Locked by us; None when it is in another state or somebody else has it."""
    assert in_transaction()
    row = await fetch_row(_BATCH + " and state = $2 for update skip locked", batch_id, state.value)
    return None if row is None else _batch(row)


async def lock_items(batch_id: UUID, *, item_refs: Sequence[str] | None = None) -> list[Item]:
    """All of them, or these. The payouts stay locked, ids sorted, until the transaction ends."""
    assert in_transaction()
    await fetch(_LOCK_PAYOUTS, batch_id, item_refs)
    return await read_items(batch_id, item_refs=item_refs)


async def read_items(batch_id: UUID, *, item_refs: Sequence[str] | None = None) -> list[Item]:
    return [_item(row) for row in await fetch(_ITEMS, batch_id, item_refs)]


async def read_payload(batch: Batch, *, vault: Vault) -> bytes | None:
    """The very bytes that were committed with the batch, or a failure of this batch alone."""
    if batch.payload_digest is None:
        return None
    sealed = await fetch_value(_PAYLOAD, batch.id)
    payload = vault.unseal(sealed, context=rules.payload_context(batch.id))
    assert hashlib.sha256(payload).digest() == batch.payload_digest, batch.batch_ref
    return payload


async def save_batch(batch: Batch, *, due_at: datetime | None) -> None:
    """What may change of a batch that we have locked; what it pays to whom may not."""
    assert in_transaction()
    await execute(
        _SAVE,
        batch.id,
        batch.state.value,
        due_at,
        batch.send_count,
        batch.look_up_count,
        batch.watch_count,
        batch.missing_count,
        batch.missing_since,
        batch.unknown_since,
        batch.first_sent_at,
        batch.last_sent_at,
        batch.provider_ref,
        state_text(batch.provider_state),
        batch.objection,
    )


def opened(items: Sequence[Item], *, vault: Vault) -> dict[UUID, Mapping[str, str]]:
    """The destinations' fields by attempt, without those that cannot be opened any more."""
    found: dict[UUID, Mapping[str, str]] = {}
    for item in items:
        context = rules.sealed_context(item.destination_id)
        with suppress(ValueError):  # damaged, or its key is lost: only this item suffers
            plain = vault.unseal(item.sealed_fields, context=context)
            found[item.attempt_id] = msgspec.json.decode(plain, type=dict[str, str])
    return found


def handed(
    *,
    batch: Batch,
    items: Sequence[Item],
    fields: Mapping[UUID, Mapping[str, str]],
    payload: bytes | None = None,
) -> PayoutBatch:
    """What the provider gets. It must be, item for item, what was committed with the batch.

    A destination without `fields` is empty: a look-up goes by references.
    """
    digest = rules.items_digest((item.item_ref, item.sent, item.fingerprint) for item in items)
    assert digest == batch.items_digest, f"batch {batch.batch_ref} has changed"
    return PayoutBatch(
        batch_ref=batch.batch_ref,
        items=tuple(handed_item(item, fields.get(item.attempt_id, {})) for item in items),
        items_digest=batch.items_digest.hex(),
        first_sent_at=batch.first_sent_at,
        provider_ref=batch.provider_ref,
        sequence_no=batch.sequence_no,
        payload=payload,
        provider_state=batch.provider_state,
    )


async def open_call(
    *,
    call_id: UUID,
    batch: Batch,
    kind: str,
    send_no: int,
    now: datetime,
    subject_id: UUID | None = None,
) -> None:
    """Committed before the call: one that never ends tells of a crash."""
    subject_id = subject_id or batch.id
    await execute(_OPEN_CALL, call_id, subject_id, batch.instance_id, kind, send_no, now)


async def close_call(*, call_id: UUID, outcome: object, now: datetime) -> None:
    """What an error says of itself is for staff; a provider keeps bodies out of it."""
    if not isinstance(outcome, Exception):
        await execute(_CLOSE_CALL, call_id, now, "ok", None, None)
        return
    code = outcome.code if isinstance(outcome, ProviderError) else ""
    said = str(outcome).replace("\0", "")[:DETAIL_LENGTH_MAX]
    await execute(_CLOSE_CALL, call_id, now, type(outcome).__name__, code or None, said)


def state_text(state: Mapping[str, str]) -> str:
    return msgspec.json.encode(state).decode()


def handed_item(item: Item, fields: Mapping[str, str]) -> PayoutItem:
    return PayoutItem(
        item_ref=item.item_ref,
        payout_id=item.payout_id,
        amount=item.sent,
        destination=Destination(
            destination_id=item.destination_id,
            kind=item.kind,
            country=item.country,
            currency=item.currency,
            fields=fields,
        ),
        memo=MEMO,
        provider_ref=item.provider_ref,
        sequence_no=item.sequence_no,
        provider_state=item.provider_state,
    )


def _batch(row: Mapping[str, Any]) -> Batch:
    objection = row["objection"]
    return Batch(
        **{
            **row,
            "state": BatchState(row["state"]),
            "provider_state": _state(row["provider_state"]),
            "objection": None if objection is None else Objection(objection),
        }
    )


def _state(text: str) -> Mapping[str, str]:
    return {} if text == "{}" else msgspec.json.decode(text, type=dict[str, str])


def _exchange(row: Mapping[str, Any]) -> Exchange | None:
    if row["exchange_rate"] is None:
        return None
    return Exchange(
        source=Money(row["source_micros"], row["source_currency"]),
        target=Money(row["target_micros"], row["target_currency"]),
        rate=row["exchange_rate"],
    )


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        attempt_id=row["attempt_id"],
        item_ref=row["item_ref"],
        state=AttemptState(row["state"]),
        is_frozen=row["is_frozen"],
        is_in_doubt=row["is_in_doubt"],
        provider_ref=row["provider_ref"],
        payout_id=row["payout_id"],
        payout_state=PayoutState(row["payout_state"]),
        worker_id=row["worker_id"],
        amount=Money(row["amount_micros"], row["currency"]),
        fee=Money(row["fee_micros"], row["currency"]),
        paid_at=row["paid_at"],
        destination_id=row["destination_id"],
        kind=row["kind"],
        country=row["country"],
        currency=row["destination_currency"],
        sealed_fields=row["fields"],
        fingerprint=row["fingerprint"],
        is_withdrawn=row["is_withdrawn"],
        sequence_no=row["sequence_no"],
        provider_state=_state(row["provider_state"]),
        next_step=row["next_step"],
        step_count=row["step_count"],
        is_stepping=row["is_stepping"],
        is_cost_known=row["is_cost_known"],
        exchange=_exchange(row),
    )
