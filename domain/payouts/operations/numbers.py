"""Numbers without a gap, per instance: such as the nonce of a chain, or the number of a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domain.database import execute, fetch, in_transaction
from domain.payouts.operations.batches import Batch
from domain.payouts.operations.changes import Change
from domain.payouts.provider import SequenceScope
from domain.payouts.rules import AttemptState

FIRST_NO: Final = 1

_OPEN: Final = """
    insert into provider_sequence (instance_id, name, next_no) values ($1, $2, $3)
    on conflict (instance_id, name) do nothing
"""
# The row stays locked until the transaction ends: numbers are handed out in the order of commits.
_TAKE: Final = """
    with old as (
        select instance_id, name, next_no,
               (select coalesce(array_agg(no order by no), '{}') from unnest(freed) as no) as freed
        from provider_sequence where instance_id = $1 and name = $2 for update
    )
    update provider_sequence s
    set next_no = old.next_no + greatest(0, $3 - cardinality(old.freed)),
        freed = old.freed[$3 + 1:]
    from old where s.instance_id = old.instance_id and s.name = old.name
    returning old.next_no as first_new, old.freed[1:$3] as reused
"""
_GIVE_BACK: Final = """
    update provider_sequence
    set freed = (select array_agg(distinct no) from unnest(freed || $3::bigint[]) as no)
    where instance_id = $1 and name = $2
"""


async def take(*, instance_id: str, scope: SequenceScope, count: int) -> list[int]:
    """The next `count` numbers; what was given back is handed out again first."""
    assert in_transaction()
    await execute(_OPEN, instance_id, scope.value, FIRST_NO)
    (row,) = await fetch(_TAKE, instance_id, scope.value, count)
    reused: list[int] = list(row["reused"])
    first: int = row["first_new"]
    return [*reused, *range(first, first + count - len(reused))]


async def give_back(*, batch: Batch, changes: Iterable[Change]) -> None:
    """Of what certainly never left: another payment takes the number, or all later ones wait."""
    assert in_transaction()
    if batch.unknown_since is not None:
        return
    rejected = [change.item for change in changes if change.state is AttemptState.REJECTED]
    freed = [each.sequence_no for each in rejected if each.sequence_no is not None]
    if freed:
        await execute(_GIVE_BACK, batch.instance_id, SequenceScope.ITEM.value, freed)
    if rejected and batch.sequence_no is not None and batch.first_sent_at is None:
        no = [batch.sequence_no]
        await execute(_GIVE_BACK, batch.instance_id, SequenceScope.BATCH.value, no)
