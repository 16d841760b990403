"""Thousands of documents at once. Each item is done in the transaction that issues its document.

So a run that is killed goes on where it was, and never bills anybody twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, fetch_value, one_transaction, transaction
from domain.given import Clock, NewId, Vault
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.invoices import queries
from domain.invoices.operations.drafts import draft_fee_invoice, draft_self_bill
from domain.invoices.operations.issue import (
    TRIES_MAX,
    DraftChanged,
    DraftKeepsChanging,
    MakeDraft,
    checked,
    issue_same,
    keep_refused,
)
from domain.invoices.rules import DocumentChecks, DocumentKind, RunItemState
from domain.jobs import JobRequest, enqueue
from domain.members import queries as members
from domain.members.rules import Role

AT_ONCE_MAX: Final = 4  # while one waits for the database, others are checked
CHUNK_MAX: Final = 100
STEP: Final = timedelta(seconds=30)  # a job is short: the rest is for the next one


@dataclass(frozen=True, slots=True)
class Started:
    run_id: UUID
    replayed: bool


_ADD_ITEMS: Final = """
    insert into document_run_item (run_id, counterparty_id, currency)
    select $1, * from unnest($2::uuid[], $3::text[])
"""


@one_transaction
async def start_run(
    *,
    actor_id: UUID,
    kind: DocumentKind,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Started:
    """Everybody with work that no document of this kind shows. Refuses with `NotAllowed`."""
    await members.require_role(member_id=actor_id, role=Role.FINANCE)
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Started(UUID(earlier), replayed=True)
    run_id = new_id()
    found = await queries.counterparties_to_bill(kind=kind)
    await execute(
        "insert into document_run (id, document_kind, asked_by, asked_at) values ($1, $2, $3, $4)",
        run_id,
        kind.value,
        actor_id,
        now,
    )
    await execute(
        _ADD_ITEMS, run_id, [member for member, _ in found], [currency for _, currency in found]
    )
    await enqueue([_step_job(run_id)])
    await idempotency.answer(key=key, result=str(run_id))
    return Started(run_id, replayed=False)


_WAITING: Final = """
    select i.counterparty_id, i.currency, r.document_kind
    from document_run_item i join document_run r on r.id = i.run_id
    where i.run_id = $1 and i.state = 'waiting'
    order by i.counterparty_id, i.currency limit $2
"""
_FINISH: Final = """
    update document_run set finished_at = $2
    where id = $1 and finished_at is null
      and not exists (select 1 from document_run_item i
                      where i.run_id = $1 and i.state = 'waiting')
"""


async def step_run(
    *, run_id: UUID, checks: DocumentChecks, vault: Vault, new_id: NewId, clock: Clock
) -> int:
    """Issues until the run is done or its time is over; how many items it finished."""
    until, done = clock() + STEP, 0
    gate = asyncio.Semaphore(AT_ONCE_MAX)
    while rows := await fetch(_WAITING, run_id, CHUNK_MAX):
        items = [
            _Item(
                run_id, row["counterparty_id"], row["currency"], DocumentKind(row["document_kind"])
            )
            for row in rows
        ]
        ended = await asyncio.gather(
            *(
                _gated(gate, each, checks=checks, vault=vault, new_id=new_id, now=clock())
                for each in items
            ),
            return_exceptions=True,  # one that fails stops no other in its middle
        )
        failures = [each for each in ended if isinstance(each, BaseException)]
        if failures:
            raise failures[0]  # its item waits; the job comes again
        done += len(rows)
        if clock() >= until:
            break
    async with transaction():
        if not await execute(_FINISH, run_id, clock()) and await _is_open(run_id):
            await enqueue([_step_job(run_id)])
    return done


async def recover_runs() -> int:
    """A sweep: what a killed job left. A run that is worked on keeps its job's key."""
    rows = await fetch("select id from document_run where finished_at is null order by asked_at")
    if rows:
        async with transaction():
            await enqueue([_step_job(row["id"]) for row in rows])
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Item:
    run_id: UUID
    counterparty_id: UUID
    currency: str
    kind: DocumentKind

    @property
    def key(self) -> tuple[UUID, UUID, str]:
        return self.run_id, self.counterparty_id, self.currency


async def _gated(
    gate: asyncio.Semaphore,
    item: _Item,
    *,
    checks: DocumentChecks,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> None:
    async with gate:
        await _work_on(item, checks=checks, vault=vault, new_id=new_id, now=now)


_LOCK_ITEM: Final = """
    select state from document_run_item
    where run_id = $1 and counterparty_id = $2 and currency = $3 for update
"""
_SET_ITEM: Final = """
    update document_run_item set state = $4, document_id = $5
    where run_id = $1 and counterparty_id = $2 and currency = $3 and state = 'waiting'
"""


async def _work_on(
    item: _Item, *, checks: DocumentChecks, vault: Vault, new_id: NewId, now: datetime
) -> None:
    make = _maker(item, vault, now)
    for _ in range(TRIES_MAX):
        draft, problems = await checked(make, checks)
        if draft is not None and problems:
            await keep_refused(draft, problems, new_id=new_id, now=now)
        try:
            async with transaction():
                row = await fetch_row(_LOCK_ITEM, *item.key)
                if row is None or row["state"] != RunItemState.WAITING.value:
                    return
                state, document_id = RunItemState.REFUSED, None
                if not problems:
                    document_id = await issue_same(draft, make, new_id=new_id, now=now)
                    state = RunItemState.ISSUED if document_id else RunItemState.NOTHING
                await execute(_SET_ITEM, *item.key, state.value, document_id)
                return
        except DraftChanged:
            continue
    raise DraftKeepsChanging


def _maker(item: _Item, vault: Vault, now: datetime) -> MakeDraft:
    if item.kind is DocumentKind.FEE_INVOICE:
        return partial(
            draft_fee_invoice,
            employer_id=item.counterparty_id,
            currency=item.currency,
            vault=vault,
            now=now,
        )
    return partial(
        draft_self_bill,
        worker_id=item.counterparty_id,
        currency=item.currency,
        vault=vault,
        now=now,
    )


async def _is_open(run_id: UUID) -> bool:
    return bool(
        await fetch_value(
            "select 1 from document_run where id = $1 and finished_at is null", run_id
        )
    )


def _step_job(run_id: UUID) -> JobRequest:
    return JobRequest(name="document_run", arguments={"run_id": str(run_id)}, once_key=str(run_id))
