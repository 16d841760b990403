"""What a file says, held against what was sent: for the person who confirms it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.money import Money
from domain.payouts import queries as paid
from domain.payouts.provider import FileReport, Observation, ObservedState
from domain.payouts.queries import SentItem
from domain.provider_inbox.rules import FileOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """`differing` speak of another amount than was sent; `concerned` is whose money it is."""

    outcomes: tuple[FileOutcome, ...]
    unknown: tuple[str, ...]
    differing: tuple[str, ...]
    concerned: frozenset[UUID]


async def findings_of(report: FileReport, *, instance_id: str) -> Findings:
    """Sums are of what we sent, never of what the file claims."""
    said = {each.item_ref: each for each in report.items}  # the last word of each
    whole = {each.batch_ref: each for each in report.batches}
    all_items = await paid.sent_items(
        instance_id=instance_id, item_refs=list(said), batch_refs=list(whole)
    )
    items = [item for item in all_items if item.was_handed_over]  # of others nobody can know yet
    sums: dict[tuple[ObservedState, str], list[int]] = defaultdict(list)
    for item in items:
        own, batch = said.get(item.item_ref), whole.get(item.batch_ref)
        state = own.state if own is not None else None if batch is None else batch.state
        if state is not None:
            sums[state, item.sent.currency].append(item.sent.micros)
    known = {item.item_ref for item in items} | {item.batch_ref for item in items}
    return Findings(
        outcomes=tuple(
            FileOutcome(state=state, count=len(micros), total=Money(sum(micros), currency))
            for (state, currency), micros in sorted(sums.items())
        ),
        unknown=tuple(ref for ref in (*said, *whole) if ref not in known),
        differing=_differing(items, said),
        concerned=frozenset(item.worker_id for item in all_items),
    )


def _differing(items: Sequence[SentItem], said: Mapping[str, Observation]) -> tuple[str, ...]:
    found = []
    for item in items:
        observation = said.get(item.item_ref)
        if observation is None or observation.exchange is not None:
            continue  # an exchange is judged with the rate, when it is recorded
        if observation.amount not in (None, item.sent):
            found.append(item.item_ref)
    return tuple(found)
