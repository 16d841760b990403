"""The state machine of a dispute, its deadlines and its chained record. Pure.

Silence never harms the side that spoke, and a deadline that we miss harms neither: the
employer's money goes back and we pay the worker.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

ANSWER_TIME: Final = timedelta(hours=72)  # R12
MEDIATION_TIME: Final = timedelta(hours=72)  # then staff take it up, asked or not
DECISION_TIME: Final = timedelta(days=9)  # since the opening
FRAUD_TIME: Final = timedelta(days=30)  # since the approval, to contest it for fraud
APPEAL_TIME: Final = timedelta(days=7)  # to file one
APPEAL_DECISION_TIME: Final = timedelta(days=14)  # filed and decided, since the decision
PERCENT_MIN: Final = 1
PERCENT_MAX: Final = 99
SEAT_COUNT: Final = 3  # of a panel
MAJORITY: Final = 2
VOTE_TIME: Final = timedelta(hours=24)  # then somebody else is asked
# Mediation ends six days after the opening at the latest: staff keep a day of their nine.
PANEL_TIME: Final = timedelta(hours=48)
OPEN_SEAT_COUNT_MAX: Final = 3  # of one reviewer
STRANGER_TIME: Final = timedelta(days=90)  # in which a reviewer had no work with either side
VOTE_SHARES: Final = (25, 50, 75)  # few, so that two can say the same
VOTE_LENGTH_MIN: Final = 20
VOTE_LENGTH_MAX: Final = 1_000
OFFER_COUNT_MAX: Final = 3  # of each side: a record has an end, and an offer a meaning


class DisputeKind(StrEnum):
    """What a dispute is about, and so who opened it and who answers."""

    REJECTION = "rejection"  # the worker contests it
    FRAUD = "fraud"  # the employer contests what was approved; it stays approved


class DisputeState(StrEnum):
    AWAITING_ANSWER = "awaiting_answer"
    MEDIATION = "mediation"  # both have spoken; they may still agree
    PANEL = "panel"  # a person who is neither party decides
    DECIDED = "decided"  # may be appealed; no money has moved
    APPEALED = "appealed"
    FINAL = "final"


class DisputeEvent(StrEnum):
    OPEN = "open"  # the first line of each record; it moves nothing that exists
    ANSWER = "answer"
    CONCEDE = "concede"
    ADMIT = "admit"  # fraud, where not all that was paid is there any more: staff must look
    OFFER = "offer"  # a share that a side would agree to; another one replaces it
    AGREE = "agree"  # both offers are equal
    SILENCE = "silence"
    ESCALATE = "escalate"
    RULE = "rule"
    MISS = "miss"  # we did not decide in time
    APPEAL = "appeal"
    ACCEPT = "accept"  # both did: nobody wants an appeal
    CLOSE = "close"  # nobody appealed in time


class Ruling(StrEnum):
    WORKER = "worker"
    EMPLOYER = "employer"
    SPLIT = "split"  # the worker is paid a share, and the employer gets the rest back
    PLATFORM = "platform"  # we were late: the employer keeps the money, the worker gets ours


class DisputeParty(StrEnum):
    """Who did a step. Staff have no name in it: a ruling is the platform's."""

    WORKER = "worker"
    EMPLOYER = "employer"
    PANEL = "panel"  # three reviewers, of whom two agreed
    STAFF = "staff"
    CLOCK = "clock"


_S, _E = DisputeState, DisputeEvent
MOVES: Final[Mapping[tuple[DisputeState, DisputeEvent], DisputeState]] = {
    (_S.AWAITING_ANSWER, _E.ANSWER): _S.MEDIATION,
    (_S.AWAITING_ANSWER, _E.CONCEDE): _S.FINAL,
    (_S.AWAITING_ANSWER, _E.SILENCE): _S.FINAL,
    (_S.MEDIATION, _E.OFFER): _S.MEDIATION,
    (_S.MEDIATION, _E.AGREE): _S.FINAL,
    (_S.MEDIATION, _E.CONCEDE): _S.FINAL,
    (_S.MEDIATION, _E.ESCALATE): _S.PANEL,
    (_S.PANEL, _E.RULE): _S.DECIDED,
    (_S.PANEL, _E.MISS): _S.DECIDED,
    (_S.DECIDED, _E.APPEAL): _S.APPEALED,
    (_S.DECIDED, _E.ACCEPT): _S.FINAL,
    (_S.DECIDED, _E.CLOSE): _S.FINAL,
    (_S.APPEALED, _E.RULE): _S.FINAL,
    (_S.APPEALED, _E.MISS): _S.FINAL,
}
# Our own money would pay an employer whose worker is silent, or has nothing left to give back:
# of fraud, therefore, a person decides wherever the worker's money does not.
FRAUD_MOVES: Final[Mapping[tuple[DisputeState, DisputeEvent], DisputeState]] = {
    (_S.AWAITING_ANSWER, _E.ANSWER): _S.MEDIATION,
    (_S.AWAITING_ANSWER, _E.CONCEDE): _S.FINAL,
    (_S.AWAITING_ANSWER, _E.ADMIT): _S.PANEL,
    (_S.AWAITING_ANSWER, _E.SILENCE): _S.PANEL,
    (_S.MEDIATION, _E.CONCEDE): _S.FINAL,
    (_S.MEDIATION, _E.ADMIT): _S.PANEL,
    (_S.MEDIATION, _E.ESCALATE): _S.PANEL,
    **{pair: target for pair, target in MOVES.items() if pair[0] in (_S.PANEL, _S.DECIDED)},
    **{pair: target for pair, target in MOVES.items() if pair[0] is _S.APPEALED},
}
_BY_KIND: Final = {DisputeKind.REJECTION: MOVES, DisputeKind.FRAUD: FRAUD_MOVES}
_ANSWERING: Final = (_E.ANSWER, _E.CONCEDE, _E.OFFER, _E.ESCALATE, _E.APPEAL, _E.ACCEPT)
_OPENING: Final = (_E.OFFER, _E.ESCALATE, _E.APPEAL, _E.ACCEPT)
# What the clock does to a dispute whose `due_at` has passed.
OVERDUE: Final[Mapping[DisputeState, DisputeEvent]] = {
    _S.AWAITING_ANSWER: _E.SILENCE,
    _S.MEDIATION: _E.ESCALATE,
    _S.PANEL: _E.MISS,
    _S.DECIDED: _E.CLOSE,
    _S.APPEALED: _E.MISS,
}


def next_state(
    state: DisputeState, event: DisputeEvent, kind: DisputeKind = DisputeKind.REJECTION
) -> DisputeState | None:
    """None: this event is illegal in this state."""
    return _BY_KIND[kind].get((state, event))


def available_events(
    state: DisputeState,
    *,
    for_worker: bool,
    offer_count: int,
    kind: DisputeKind = DisputeKind.REJECTION,
) -> tuple[DisputeEvent, ...]:
    """`offer_count` is how many offers this side has made."""
    is_answering = for_worker is (answering(kind) is DisputeParty.WORKER)
    mine = _ANSWERING if is_answering else _OPENING
    spent = {DisputeEvent.OFFER} if offer_count >= OFFER_COUNT_MAX else set()
    return tuple(event for event in mine if (state, event) in _BY_KIND[kind] and event not in spent)


def answering(kind: DisputeKind) -> DisputeParty:
    """Who has to answer, and may give in; the other side opened it, or it was opened for them."""
    return DisputeParty.EMPLOYER if kind is DisputeKind.REJECTION else DisputeParty.WORKER


def conceded(kind: DisputeKind) -> Ruling:
    """For whom it ends when the answering side gives in."""
    return Ruling.WORKER if kind is DisputeKind.REJECTION else Ruling.EMPLOYER


def fraud_disputable_until(
    *, is_approved: bool, decided_at: datetime | None, is_disputed: bool
) -> datetime | None:
    """None for what was not approved, and for what was contested once, however that ended."""
    if not is_approved or is_disputed or decided_at is None:
        return None
    return decided_at + FRAUD_TIME


def due_at(
    state: DisputeState, *, opened_at: datetime, ruled_at: datetime | None, now: datetime
) -> datetime | None:
    """When the clock moves a dispute that came into this state now; never, once it is final."""
    match state:
        case DisputeState.AWAITING_ANSWER:
            return now + ANSWER_TIME
        case DisputeState.MEDIATION:
            return min(now + MEDIATION_TIME, opened_at + DECISION_TIME)
        case DisputeState.PANEL:
            return opened_at + DECISION_TIME
        case DisputeState.DECIDED:
            return now + APPEAL_TIME
        case DisputeState.APPEALED:
            return (ruled_at or now) + APPEAL_DECISION_TIME
        case DisputeState.FINAL:
            return None


def percent_problem(percent: int) -> str | None:
    """All or nothing is no split."""
    return None if PERCENT_MIN <= percent <= PERCENT_MAX else "a share of 1 to 99 percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The worker's share that each side would agree to; None as long as it made no offer."""

    of_worker: int | None = None
    of_employer: int | None = None
    worker_count: int = 0
    employer_count: int = 0

    def made_by(self, party: DisputeParty) -> int | None:
        return self.of_worker if party is DisputeParty.WORKER else self.of_employer

    def count_of(self, party: DisputeParty) -> int:
        return self.worker_count if party is DisputeParty.WORKER else self.employer_count

    def agreed_with(self, party: DisputeParty, percent: int) -> bool:
        """Whether an offer of this side is what the other one offers already."""
        other = DisputeParty.EMPLOYER if party is DisputeParty.WORKER else DisputeParty.WORKER
        return self.made_by(other) == percent


def offers_in(row: Mapping[str, Any]) -> Offers:
    return Offers(
        of_worker=row["worker_offer"],
        of_employer=row["employer_offer"],
        worker_count=row["worker_offer_count"],
        employer_count=row["employer_offer_count"],
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """`percent` is of a split."""

    ruling: Ruling
    percent: int | None = None


def verdict_problem(verdict: Verdict) -> tuple[str, str] | None:
    """The first rule that a vote breaks, and the field that does."""
    if verdict.ruling is Ruling.PLATFORM:
        return "a panel decides for the worker, the employer, or in between", "ruling"
    if (verdict.ruling is Ruling.SPLIT) != (verdict.percent is not None):
        return "a share, and only with a split", "worker_percent"
    if verdict.percent is not None and verdict.percent not in VOTE_SHARES:
        return "a share of 25, 50 or 75 percent", "worker_percent"
    return None


def majority(votes: Sequence[Verdict]) -> Verdict | None:
    """What two of three say, share and all; None as long as no two agree."""
    return next((vote for vote in votes if votes.count(vote) >= MAJORITY), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the record. `hash` covers the line and all before it."""

    position: int
    event: DisputeEvent
    party: DisputeParty
    text: str | None
    ruling: Ruling | None
    percent: int | None = None
    at: datetime
    hash: bytes


def record_seed(dispute_id: UUID) -> bytes:
    """Begins the chain: no line of one dispute fits another. Tells nothing of the id."""
    return hashlib.sha256(str(dispute_id).encode()).digest()


def step_hash(previous: bytes, step: Mapping[str, object]) -> bytes:
    content = json.dumps(step, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(previous + content.encode()).digest()


def step_content(
    *,
    position: int,
    event: DisputeEvent,
    party: DisputeParty,
    text: str | None,
    ruling: Ruling | None,
    percent: int | None = None,
    at: datetime,
) -> dict[str, object]:
    """What is hashed, and what an export shows: whoever has the lines can check the chain.

    A line without a percent does not name it: those from before splits stay as they were.
    """
    share = {} if percent is None else {"percent": percent}
    return share | {
        "position": position,
        "event": event.value,
        "party": party.value,
        "text": text,
        "ruling": None if ruling is None else ruling.value,
        "at": at.isoformat(timespec="microseconds"),
    }


def chain_problem(dispute_id: UUID, steps: Sequence[Step]) -> str | None:
    """What is wrong with a record; None when nobody changed, dropped or moved a line of it."""
    previous = record_seed(dispute_id)
    for position, step in enumerate(steps, start=1):
        if step.position != position:
            return f"line {position} is missing"
        content = step_content(
            position=step.position,
            event=step.event,
            party=step.party,
            text=step.text,
            ruling=step.ruling,
            percent=step.percent,
            at=step.at,
        )
        if step_hash(previous, content) != step.hash:
            return f"line {position} was changed"
        previous = step.hash
    return None
