"""What a file says, held against what was sent: for the person who confirms it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.deposits import queries as deposits
from domain.money import Money
from domain.payouts import queries as paid
from domain.payouts.provider import FileReport, Observation, ObservedState
from domain.payouts.queries import SentItem
from domain.provider_inbox.rules import FileArrivals, FileOutcome
from domain.provider_news import Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """`differing` speak of another amount than was sent; `concerned` is whose money it is."""

    outcomes: tuple[FileOutcome, ...]
    unknown: tuple[str, ...]
    differing: tuple[str, ...]
    concerned: frozenset[UUID]
    arrivals: tuple[FileArrivals, ...] = ()


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
    named = await deposits.deposits_by_ref(
        instance_id=instance_id,
        refs=[each.deposit_ref for each in report.arrivals if each.deposit_ref],
    )
    employers = await deposits.employers_of(ids=list(named.values()))
    return Findings(
        outcomes=tuple(
            FileOutcome(state=state, count=len(micros), total=Money(sum(micros), currency))
            for (state, currency), micros in sorted(sums.items())
        ),
        unknown=tuple(ref for ref in (*said, *whole) if ref not in known),
        differing=_differing(items, said),
        concerned=frozenset(item.worker_id for item in all_items) | employers,
        arrivals=_arrivals(report, named),
    )


def _arrivals(report: FileReport, named: Collection[str]) -> tuple[FileArrivals, ...]:
    """One sum per currency."""
    by_currency: dict[str, list[Arrival]] = defaultdict(list)
    for each in report.arrivals:
        by_currency[each.amount.currency].append(each)
    return tuple(
        FileArrivals(
            count=len(some),
            named_count=sum(each.deposit_ref in named for each in some),
            total=Money(sum(each.amount.micros for each in some), currency),
        )
        for currency, some in sorted(by_currency.items())
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
