"""What an answer, or the lack of one, makes of a batch's items. Pure: nothing is written here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from domain.payouts.operations.batches import Item
from domain.payouts.operations.changes import Change
from domain.payouts.provider import Observation, ObservedState, PayoutManifest, SendOutcome
from domain.payouts.rules import (
    NOT_EXECUTED,
    OPEN_AT_PROVIDER,
    SEND_DELAYS,
    UNDECIDED,
    AttemptState,
    ClosedReason,
    FrozenReason,
    Objection,
    PayoutState,
    Problem,
    bookable_fee,
    conflict,
    delay_of,
    is_mismatch,
    merged,
)
from domain.provider import (
    NEVER_SENT,
    BatchRefused,
    ComplianceBlocked,
    Declined,
    DestinationInvalid,
    DuplicateRef,
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
    objection: Objection | None = None


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
    objection = None
    if isinstance(outcome, DuplicateRef):
        objection = Objection.DUPLICATE
    elif isinstance(outcome, BatchRefused) and not _is_named(sending, outcome):
        objection = Objection.REFUSED
    return SendDecision(changes=_after_error(sending, outcome, manifest), objection=objection)


def after_prepare(*, items: Sequence[Item], error: ProviderError) -> SendDecision:
    """Nothing has left: what is wrong with an item is believed at once."""
    prepared = [item for item in items if item.state is AttemptState.PREPARED]
    match error:
        case BatchRefused(problems=problems):
            return SendDecision(
                changes=_refused(prepared, {each.item_ref: each.code for each in problems})
            )
        case DestinationInvalid() if len(prepared) == 1:
            return SendDecision(changes=_refused(prepared, {prepared[0].item_ref: ""}))
        case DestinationInvalid():
            return SendDecision(changes=_refused(prepared, {}))
        case Unsupported(code=code):
            return SendDecision(
                changes=tuple(
                    _rejected(each, ClosedReason.UNSUPPORTED, code=code) for each in prepared
                )
            )
    wait = error.retry_after_seconds if isinstance(error, RateLimited) else 0
    return SendDecision(changes=(), again=True, after=timedelta(seconds=wait))


def after_step(*, item: Item, error: ProviderError, manifest: PayoutManifest) -> SendDecision:
    """A step of a payment under way: a part of the money may have moved in an earlier one."""
    if isinstance(error, NEVER_SENT):
        wait = error.retry_after_seconds if isinstance(error, RateLimited) else 0
        return SendDecision(changes=(), again=True, after=timedelta(seconds=wait))
    match error:
        case Declined():
            return SendDecision(changes=_told([item], ObservedState.FAILED, error, manifest))
        case ComplianceBlocked():
            return SendDecision(changes=_told([item], ObservedState.ON_HOLD, error, manifest))
        case BatchRefused() | DestinationInvalid() | Unsupported():
            frozen = FrozenReason.STEP_REFUSED
            code = error.code or None
            return SendDecision(
                changes=(Change(item=item, state=item.state, frozen=frozen, provider_code=code),)
            )
    return SendDecision(changes=())


def retry_delay(count: int) -> timedelta:
    """After `count` calls that certainly did not arrive."""
    return delay_of(count=max(0, count - 1), delays=SEND_DELAYS)


def refused_and_missing(items: Iterable[Item]) -> list[Change]:
    """The provider refused them as a whole, and look-ups agree that it has none: people look."""
    return [
        _rejected(
            item,
            ClosedReason.REFUSED,
            target=PayoutState.HELD,
            problem=Problem.PROVIDER_REFUSED,
        )
        for item in items
    ]


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
    again. If the provider may have the batch, a new reference could pay twice: people decide;
    and a destination removed, or a hold placed, since is then too late.
    """
    prepared = [item for item in items if item.state is AttemptState.PREPARED]
    is_withdrawn = not may_have_arrived and any(item.is_withdrawn for item in prepared)
    is_closed = any(item.state in NOT_EXECUTED for item in items)  # a send would pay it as well
    if not (is_closed or is_withdrawn) and not any(
        item.is_in_doubt or item.attempt_id not in readable for item in prepared
    ):
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
    """None when it is no news, or when only people may go on.

    A status that we do not map moves nothing; what the provider wants to be kept is kept.
    Once a payment has ended, what it cost is an expense, however it ended.
    """
    if item.is_frozen or item.state is AttemptState.PREPARED:
        return None
    if item.state in NOT_EXECUTED:
        return _closed_and_seen(item, observation)
    frozen = _frozen(item, observation, manifest)
    if frozen is not None:
        is_sending = item.state is AttemptState.SENDING
        return Change(
            item=item,
            state=AttemptState.UNKNOWN if is_sending else item.state,
            frozen=frozen,
            provider_ref=observation.provider_ref,
            provider_code=observation.provider_code,
        )
    if observation.state is None:
        change = _with_news(Change(item=item, state=item.state), observation)
        return change if _is_news(change) else None
    state = merged(current=item.state, observed=observation.state)
    is_paid = state is AttemptState.PAID or item.paid_at is not None
    has_ended = is_paid or state not in UNDECIDED
    cost = bookable_fee(observation.fee) if has_ended and not item.is_cost_known else None
    change = Change(
        item=item,
        state=state,
        problem=_PROBLEMS.get(state),
        cost=cost,
        exchange=observation.exchange if is_paid else None,
    )
    change = _with_news(change, observation)
    return change if _is_news(change) else None


def _closed_and_seen(item: Item, observation: Observation) -> Change | None:
    if observation.state is None:
        return None
    return Change(
        item=item,
        state=item.state,
        frozen=FrozenReason.CLOSED_ATTEMPT_SEEN,
        provider_code=observation.provider_code,
        leaves_payout=True,
    )


def _with_news(change: Change, observation: Observation) -> Change:
    return replace(
        change,
        provider_ref=observation.provider_ref,
        provider_code=observation.provider_code,
        provider_state=observation.provider_state,
        next_step=observation.next_step if change.state in OPEN_AT_PROVIDER else None,
        keeps_step=change.item.is_stepping,
    )


def _is_news(change: Change) -> bool:
    item = change.item
    is_other_state = change.provider_state not in (None, item.provider_state)
    is_other_step = not change.keeps_step and change.next_step != item.next_step
    is_other_ref = change.provider_ref not in (None, item.provider_ref)
    is_late_exchange = change.state is AttemptState.PAID and item.exchange is None
    return (
        change.state is not item.state
        or is_other_state
        or is_other_step
        or is_other_ref
        or change.cost is not None
        or (is_late_exchange and change.exchange is not None)
    )


def _after_error(
    sending: Sequence[Item], error: ProviderError, manifest: PayoutManifest
) -> tuple[Change, ...]:
    match error:
        case BatchRefused(problems=problems) if _is_named(sending, error):
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


def _is_named(items: Iterable[Item], error: BatchRefused) -> bool:
    """A refusal that names nobody of ours is believed only when look-ups agree with it."""
    at_fault = {each.item_ref for each in error.problems}
    return any(item.item_ref in at_fault for item in items)


def _answered(
    items: Sequence[Item], outcome: SendOutcome, manifest: PayoutManifest
) -> tuple[Change, ...]:
    """A batch's answer is never copied to an item that it does not name."""
    said = {each.item_ref: each for each in outcome.items}
    changes: list[Change] = []
    for item in items:
        observation = said.get(item.item_ref)
        change = None
        if observation is not None:
            change = observed(item=item, observation=observation, manifest=manifest)
        if change is None:
            changes.extend(unknown([item]))
        elif change.state is AttemptState.SENDING:  # a status that we do not map
            changes.append(replace(change, state=AttemptState.UNKNOWN))
        else:
            changes.append(change)
    return tuple(changes)


def _frozen(item: Item, observation: Observation, manifest: PayoutManifest) -> FrozenReason | None:
    state = observation.state
    if observation.is_for_people:
        return FrozenReason.CONFLICT
    if state is None:
        return None
    if is_mismatch(sent=item.sent, observation=observation):
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
