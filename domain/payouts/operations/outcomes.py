"""What an answer, or the lack of one, makes of a batch's items. Pure: nothing is written here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from domain.payouts.operations.batches import Item
from domain.payouts.operations.changes import Change
from domain.payouts.provider import Observation, ObservedState, PayoutManifest, SendOutcome
from domain.payouts.rules import (
    NOT_EXECUTED,
    AttemptState,
    ClosedReason,
    FrozenReason,
    PayoutState,
    Problem,
    conflict,
    merged,
)
from domain.provider import (
    NEVER_SENT,
    BatchRefused,
    ComplianceBlocked,
    Declined,
    DestinationInvalid,
    ProviderError,
    RateLimited,
    Unsupported,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDecision:
    """`again` says that the very same batch is sent once more, at the earliest `after`."""

    changes: tuple[Change, ...]
    again: bool = False
    after: timedelta = timedelta(0)


_PROBLEMS: Final[Mapping[AttemptState, Problem]] = {
    AttemptState.FAILED: Problem.PROVIDER_DECLINED,
    AttemptState.CANCELLED: Problem.RETURNED,
    AttemptState.RETURNED: Problem.RETURNED,
    AttemptState.REFUNDED: Problem.RETURNED,
    AttemptState.REVERSED: Problem.RETURNED,
}


def after_send(
    *, items: Sequence[Item], outcome: SendOutcome | ProviderError, manifest: PayoutManifest
) -> SendDecision:
    """By PLUGINS' table of errors: only what was certainly not sent may be sent again."""
    if isinstance(outcome, SendOutcome):
        return SendDecision(changes=_answered(items, outcome, manifest))
    sending = [item for item in items if item.state is AttemptState.SENDING]
    if isinstance(outcome, NEVER_SENT):
        wait = outcome.retry_after_seconds if isinstance(outcome, RateLimited) else 0
        return SendDecision(changes=_back(sending), again=True, after=timedelta(seconds=wait))
    return SendDecision(changes=_after_error(sending, outcome, manifest))


def unknown(items: Iterable[Item]) -> tuple[Change, ...]:
    """Nobody knows. The money stays where it is until a look-up tells."""
    return tuple(
        Change(item=item, state=AttemptState.UNKNOWN)
        for item in items
        if item.state is AttemptState.SENDING
    )


def given_up(
    *, items: Sequence[Item], readable: Collection[UUID], may_have_arrived: bool
) -> tuple[Change, ...]:
    """Empty when the batch may go out as it was committed. Else none of it does: it never changes.

    Who may be paid by an earlier attempt waits for people; who has a destination nobody can
    open gets the money back, because nothing would ever end the wait; the others are routed
    again. If the provider may have the batch, a new reference could pay twice: people decide.
    """
    prepared = [item for item in items if item.state is AttemptState.PREPARED]
    if not any(item.is_in_doubt or item.attempt_id not in readable for item in prepared):
        return ()
    if may_have_arrived:
        frozen = FrozenReason.MISSING_ITEM
        return tuple(Change(item=item, state=item.state, frozen=frozen) for item in prepared)
    return tuple(
        _rejected(item, ClosedReason.WITHDRAWN)
        if item.is_in_doubt or item.attempt_id in readable
        else _rejected(
            item,
            ClosedReason.INVALID,
            target=PayoutState.FAILED,
            problem=Problem.DESTINATION_INVALID,
        )
        for item in prepared
    )


def observed(*, item: Item, observation: Observation, manifest: PayoutManifest) -> Change | None:
    """None when it is no news, or when only people may go on."""
    if item.is_frozen or item.state is AttemptState.PREPARED or observation.state is None:
        return None
    if item.state in NOT_EXECUTED:
        return Change(
            item=item,
            state=item.state,
            frozen=FrozenReason.CLOSED_ATTEMPT_SEEN,
            provider_code=observation.provider_code,
            leaves_payout=True,
        )
    frozen = _frozen(item, observation, observation.state, manifest)
    state = merged(current=item.state, observed=observation.state)
    if frozen is not None:
        is_sending = item.state is AttemptState.SENDING
        state = AttemptState.UNKNOWN if is_sending else item.state
    elif state is item.state:
        return None
    return Change(
        item=item,
        state=state,
        problem=_PROBLEMS.get(state),
        frozen=frozen,
        provider_ref=observation.provider_ref,
        provider_code=observation.provider_code,
        cost=observation.fee if state is AttemptState.PAID else None,
    )


def _after_error(
    sending: Sequence[Item], error: ProviderError, manifest: PayoutManifest
) -> tuple[Change, ...]:
    match error:
        case BatchRefused(problems=problems):
            changes = _refused(sending, {each.item_ref: each.code for each in problems})
        case DestinationInvalid():
            is_clear = len(sending) == 1  # which one, among several?
            changes = _refused(sending, {item.item_ref: "" for item in sending if is_clear})
        case Unsupported(code=code):
            closed = ClosedReason.UNSUPPORTED
            changes = tuple(_rejected(item, closed, code=code) for item in sending)
        case Declined():
            changes = _told(sending, ObservedState.FAILED, error, manifest)
        case ComplianceBlocked():
            changes = _told(sending, ObservedState.ON_HOLD, error, manifest)
        case _:
            changes = unknown(sending)
    return changes


def _answered(
    items: Sequence[Item], outcome: SendOutcome, manifest: PayoutManifest
) -> tuple[Change, ...]:
    """A batch's answer is never copied to an item that it does not name."""
    said = {each.item_ref: each for each in outcome.items}
    changes = []
    for item in items:
        observation = said.get(item.item_ref)
        change = None
        if observation is not None:
            change = observed(item=item, observation=observation, manifest=manifest)
        if change is not None:
            changes.append(change)
        else:
            changes.extend(unknown([item]))
    return tuple(changes)


def _frozen(
    item: Item, observation: Observation, state: ObservedState, manifest: PayoutManifest
) -> FrozenReason | None:
    if observation.amount is not None and observation.amount != item.sent:
        return FrozenReason.MISMATCH
    fee = observation.fee
    if fee is not None and (
        fee.currency != item.amount.currency or not 0 <= fee.micros <= item.amount.micros
    ):
        return FrozenReason.MISMATCH
    if conflict(current=item.state, observed=state, after_paid=manifest.after_paid):
        return FrozenReason.CONFLICT
    return None


def _back(items: Iterable[Item]) -> tuple[Change, ...]:
    return tuple(Change(item=item, state=AttemptState.PREPARED) for item in items)


def _refused(items: Sequence[Item], at_fault: Mapping[str, str]) -> tuple[Change, ...]:
    """Those at fault fail; the others go into a new batch. With nobody named, people must look."""
    if not any(item.item_ref in at_fault for item in items):
        return tuple(
            _rejected(
                item,
                ClosedReason.BATCH_REFUSED,
                target=PayoutState.HELD,
                problem=Problem.PROVIDER_REFUSED,
            )
            for item in items
        )
    return tuple(
        _rejected(
            item,
            ClosedReason.INVALID,
            code=at_fault[item.item_ref],
            target=PayoutState.FAILED,
            problem=Problem.DESTINATION_INVALID,
        )
        if item.item_ref in at_fault
        else _rejected(item, ClosedReason.BATCH_REFUSED)
        for item in items
    )


def _rejected(
    item: Item,
    closed: ClosedReason,
    *,
    code: str = "",
    target: PayoutState | None = None,
    problem: Problem | None = None,
) -> Change:
    return Change(
        item=item,
        state=AttemptState.REJECTED,
        closed=closed,
        provider_code=code or None,
        target=target,
        problem=problem,
    )


def _told(
    items: Iterable[Item], state: ObservedState, error: ProviderError, manifest: PayoutManifest
) -> tuple[Change, ...]:
    """An error that is as good as the same observation of every item."""
    changes = (
        observed(
            item=item,
            observation=Observation(
                item_ref=item.item_ref, state=state, provider_code=error.code or None
            ),
            manifest=manifest,
        )
        for item in items
    )
    return tuple(change for change in changes if change is not None)
