"""A core in memory: one batch, the real rules, no database. For the workbench and the suite.

It decides by `domain.payouts.rules` as the operations do, and keeps what a commit would keep:
a kill at any of its `POINTS` loses what stands in no commit, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from domain.money import Money
from domain.payouts.provider import (
    Advances,
    LookupAnswer,
    LookupMode,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutItem,
    PayoutManifest,
    SendOutcome,
)
from domain.payouts.rules import (
    CREDITED,
    NOT_EXECUTED,
    UNDECIDED,
    AttemptState,
    FrozenReason,
    PayoutState,
    conflict,
    delay_of,
    merged,
    missing_counts_from,
    payout_state,
    window_is_open,
)
from domain.provider import (
    NEVER_SENT,
    BatchRefused,
    CallContext,
    ComplianceBlocked,
    Declined,
    DestinationInvalid,
    ProviderError,
    Unsupported,
)

POINTS: Final = (
    "before the intent",
    "in the intent",
    "after the intent",
    "before the call",
    "after the call",
    "in the record",
    "after the record",
    "before a look-up",
    "after a look-up",
    "in a look-up's record",
    "after a look-up's record",
    "after a recovery",
)
AGAIN: Final = timedelta(seconds=5)
STEPS_MAX: Final = 60


class Killed(BaseException):
    """The process ended here, and could do nothing about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An attempt and its payout. `credits` is how often its money went back to the member."""

    item: PayoutItem
    state: AttemptState = AttemptState.PREPARED
    payout: PayoutState = PayoutState.QUEUED
    frozen: FrozenReason | None = None
    credits: int = 0
    next_step: str | None = None

    @property
    def is_open(self) -> bool:
        return self.frozen is None and self.state in UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is committed."""

    batch: PayoutBatch
    rows: Mapping[str, Row]
    send_count: int = 0
    look_up_count: int = 0
    last_sent_at: datetime | None = None
    missing_since: datetime | None = None
    is_sending: bool = False


@dataclass(kw_only=True)
class MemoryCore:
    """`provider` is guarded. A new core with the old `kept` is a process that starts anew."""

    provider: Any
    clock: Callable[[], datetime]
    kept: Kept
    at: Callable[[str], None] = lambda _: None
    log: list[str] = field(default_factory=list)

    @property
    def manifest(self) -> PayoutManifest:
        manifest: PayoutManifest = self.provider.manifest
        return manifest

    @property
    def is_settled(self) -> bool:
        return not any(each.is_open for each in self.kept.rows.values())

    @property
    def states(self) -> dict[str, tuple[PayoutState, FrozenReason | None, int]]:
        """What members and the books see."""
        return {ref: (row.payout, row.frozen, row.credits) for ref, row in self.kept.rows.items()}

    async def step(self) -> timedelta:
        """Whatever is due; how long to wait for the next step."""
        rows = self.kept.rows.values()
        if self.kept.is_sending:
            self._commit(
                replace(self.kept, is_sending=False),
                _unknown(rows),
                point="in the record",
            )
            self.at("after a recovery")
            return timedelta(0)
        if any(row.state is AttemptState.PREPARED and row.is_open for row in rows):
            await self.send()
            return AGAIN if self._is_prepared() else self._delay()
        await self.look_up()
        return self._delay()

    async def send(self) -> None:
        self.at("before the intent")
        now = self.clock()
        batch = replace(self.kept.batch, first_sent_at=self.kept.batch.first_sent_at or now)
        sending = [
            replace(row, state=AttemptState.SENDING)
            for row in self.kept.rows.values()
            if row.state is AttemptState.PREPARED
        ]
        self._commit(
            replace(
                self.kept,
                batch=batch,
                send_count=self.kept.send_count + 1,
                last_sent_at=now,
                missing_since=None,
                is_sending=True,
            ),
            sending,
            point="in the intent",
        )
        self.at("after the intent")
        self.at("before the call")
        try:
            outcome: SendOutcome | ProviderError = await self.provider.send(
                self.kept.batch, self._context()
            )
        except ProviderError as error:
            outcome = error
        self.at("after the call")
        self._record_send(outcome)
        self.at("after the record")
        await self._advance()

    async def look_up(self) -> None:
        if self.kept.is_sending:
            return  # its answer, or the end of its lease, comes first
        self.at("before a look-up")
        try:
            answer: LookupAnswer = await self.provider.look_up(self.kept.batch, self._context())
        except ProviderError as error:
            self.log.append(f"look-up: {type(error).__name__}")
            self.kept = replace(self.kept, look_up_count=self.kept.look_up_count + 1)
            return
        self.at("after a look-up")
        self.record_look_up(answer)
        self.at("after a look-up's record")
        await self._advance()

    def record_look_up(self, answer: LookupAnswer) -> None:
        found = self._observed(answer.found)
        in_doubt = [
            row
            for row in self.kept.rows.values()
            if row.state is AttemptState.UNKNOWN and row.frozen is None
        ]
        is_missing = bool(in_doubt) and all(row.item.item_ref in answer.missing for row in in_doubt)
        since = self.kept.missing_since
        if is_missing and self._may_believe(answer):
            if since is not None and self.clock() - since >= self.manifest.lookup.agreement_gap:
                found += [replace(row, state=self._after_missing()) for row in in_doubt]
                since = None
            else:
                since = since or self.clock()
        else:
            since = None
        self.log.append(f"look-up: {len(answer.found)} found, {len(answer.missing)} missing")
        self._commit(
            replace(
                self.kept,
                batch=_known(self.kept.batch, answer.provider_ref, None),
                look_up_count=self.kept.look_up_count + 1,
                missing_since=since,
            ),
            found,
            point="in a look-up's record",
        )

    # -- decisions ------------------------------------------------------------

    def _record_send(self, outcome: SendOutcome | ProviderError) -> None:
        sending = [row for row in self.kept.rows.values() if row.state is AttemptState.SENDING]
        kept = replace(self.kept, is_sending=False)
        if isinstance(outcome, SendOutcome):
            said = self._observed(outcome.items)
            told = {row.item.item_ref for row in said}
            rows = said + _unknown(row for row in sending if row.item.item_ref not in told)
            batch = _known(kept.batch, outcome.provider_ref, outcome.provider_state)
            kept = replace(kept, batch=batch)
            self.log.append(f"send: {len(outcome.items)} answered")
        else:
            rows = [replace(row, state=_after_error(row, outcome)) for row in sending]
            self.log.append(f"send: {type(outcome).__name__}")
        self._commit(kept, rows, point="in the record")

    def _observed(self, said: Sequence[Observation]) -> list[Row]:
        rows = ((self.kept.rows[each.item_ref], each) for each in said)
        return [self._seen(row, each) for row, each in rows if row.frozen is None]

    def _seen(self, row: Row, said: Observation) -> Row:
        item = replace(
            row.item,
            provider_ref=said.provider_ref or row.item.provider_ref,
            provider_state=row.item.provider_state
            if said.provider_state is None
            else said.provider_state,
        )
        row = replace(row, item=item, next_step=said.next_step)
        if said.state is None:
            return row
        if row.state in NOT_EXECUTED:
            return replace(row, frozen=FrozenReason.CLOSED_ATTEMPT_SEEN)
        if said.amount is not None and not _is_sum(said, row.item.amount):
            return replace(row, frozen=FrozenReason.MISMATCH)
        after = self.manifest.after_paid
        if conflict(current=row.state, observed=said.state, after_paid=after):
            return replace(row, frozen=FrozenReason.CONFLICT)
        return replace(row, state=merged(current=row.state, observed=said.state))

    def _may_believe(self, answer: LookupAnswer) -> bool:
        """Whether "missing" counts."""
        first, last = self.kept.batch.first_sent_at, self.kept.last_sent_at
        if first is None or last is None:
            return False
        counts_from = missing_counts_from(last_sent_at=last, manifest=self.manifest)
        if self.manifest.lookup.mode is LookupMode.SCAN:
            return (
                answer.searched_from is not None
                and answer.searched_until is not None
                and answer.searched_from <= first
                and answer.searched_until >= counts_from
            )
        return self.manifest.lookup.mode is LookupMode.OUR_REF and self.clock() >= counts_from

    def _after_missing(self) -> AttemptState:
        first = self.kept.batch.first_sent_at
        assert first is not None
        is_open = window_is_open(first_sent_at=first, now=self.clock(), manifest=self.manifest)
        return AttemptState.PREPARED if is_open else AttemptState.MISSING

    async def _advance(self) -> None:
        if not isinstance(self.provider, Advances):
            return
        for row in list(self.kept.rows.values()):
            if row.next_step is not None and row.frozen is None:
                said = await self.provider.advance(row.item, row.next_step, self._context())
                self._commit(self.kept, self._observed([said]), point="in the record")

    # -- support --------------------------------------------------------------

    def _commit(self, kept: Kept, rows: Sequence[Row], *, point: str) -> None:
        """All of it or nothing: a kill at `point` leaves what was committed before."""
        self.at(point)
        changed = {**kept.rows, **{row.item.item_ref: _booked(row) for row in rows}}
        items = tuple(changed[item.item_ref].item for item in kept.batch.items)
        self.kept = replace(kept, rows=changed, batch=replace(kept.batch, items=items))

    def _is_prepared(self) -> bool:
        return any(row.state is AttemptState.PREPARED for row in self.kept.rows.values())

    def _delay(self) -> timedelta:
        return delay_of(count=self.kept.look_up_count, delays=self.manifest.lookup.delays)

    def _context(self) -> CallContext:
        return CallContext(
            now=self.clock(),
            send_no=max(self.kept.send_count, 1),
            correlation_id=self.kept.batch.batch_ref,
        )


def begun(batch: PayoutBatch) -> Kept:
    return Kept(batch=batch, rows={each.item_ref: Row(item=each) for each in batch.items})


def _booked(row: Row) -> Row:
    """The payout follows its attempt; its money goes back once, when it first must."""
    if row.frozen is not None:
        return row
    state = payout_state(row.state)
    is_first = state in CREDITED and row.payout not in CREDITED
    return replace(row, payout=state, credits=row.credits + is_first)


def _unknown(rows: Any) -> list[Row]:
    return [
        replace(row, state=AttemptState.UNKNOWN)
        for row in rows
        if row.state is AttemptState.SENDING
    ]


def _after_error(row: Row, error: ProviderError) -> AttemptState:
    if isinstance(error, NEVER_SENT):
        return AttemptState.PREPARED
    if isinstance(error, BatchRefused | DestinationInvalid | Unsupported):
        return AttemptState.REJECTED
    if isinstance(error, Declined):
        return merged(current=row.state, observed=ObservedState.FAILED)
    if isinstance(error, ComplianceBlocked):
        return merged(current=row.state, observed=ObservedState.ON_HOLD)
    return AttemptState.UNKNOWN


def _is_sum(said: Observation, amount: Money) -> bool:
    moved = said.amount if said.exchange is None else said.exchange.source
    return moved == amount


def _known(
    batch: PayoutBatch, provider_ref: str | None, state: Mapping[str, str] | None
) -> PayoutBatch:
    return replace(
        batch,
        provider_ref=batch.provider_ref or provider_ref,
        provider_state=batch.provider_state if state is None else state,
    )
