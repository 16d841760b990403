"""Chooses who pays, or says why a payout is held; batching then puts fellows together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch_row, one_transaction
from domain.given import NewId
from domain.jobs import call_off
from domain.money import Money
from domain.payouts.operations import batching, route_claims
from domain.payouts.operations.batching import Waiting
from domain.payouts.operations.needed_levels import lacking_level
from domain.payouts.operations.request_payout import route_job
from domain.payouts.operations.routes import Asked, Choosing
from domain.payouts.provider import ProviderDirectory
from domain.payouts.rules import PayoutState, Problem, may_move
from domain.provider import CallContext
from domain.routing import queries as rulesets
from domain.routing.provider import ScreenDecision, ScreenRequest
from domain.routing.rules import Candidate, Route, Rule, Schedule, cools_down_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why it does not go now, and what will let it go."""

    problem: Problem
    until: datetime | None = None
    level: int | None = None  # of verification, that lets it go
    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    waiting: Waiting
    route: Route | None  # None where nobody was looked for
    hold: Hold | None = None

    @property
    def instance_id(self) -> str | None:
        chosen = None if self.route is None else self.route.chosen
        return None if chosen is None else chosen.instance_id


_HOLD: Final = """
    update payout set state = 'held', problem = $2, held_until = $3,
        schedule = coalesce($4, schedule), needed_level = $5
    where id = $1
"""
_LAST: Final = """
    select ruleset_version, rule_name, instance_id, trace from route_decision
    where payout_id = $1 order by decided_at desc, id desc limit 1
"""
_DECIDE: Final = """
    insert into route_decision
        (id, payout_id, ruleset_version, rule_name, instance_id, trace, decided_at)
    select id, payout_id, version, rule_name, instance_id, trace::jsonb, $7
    from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[])
        as d (id, payout_id, version, rule_name, instance_id, trace)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """On what is decided now; others pass it by."""

    id: UUID
    payout_ids: list[UUID]


async def route_payout(
    *, payout_id: UUID, providers: ProviderDirectory, new_id: NewId, now: datetime
) -> UUID | None:
    """The batch this payout went into, with others that waited; None when it does not go.

    What does not go is held and says why. Prices are asked for outside of any transaction, about
    payouts that are claimed before: nobody else decides on them. Safe to run twice.
    """
    claim = Claim(id=new_id(), payout_ids=[payout_id])
    if not await route_claims.claim_one(payout_id=payout_id, claim_id=claim.id, now=now):
        return None
    try:
        decisions = await _decisions(claim, providers=providers, now=now)
        return await _carry_out(claim, decisions, providers=providers, new_id=new_id, now=now)
    finally:
        await route_claims.give_back(payout_ids=claim.payout_ids, claim_id=claim.id)


async def _decisions(
    claim: Claim, *, providers: ProviderDirectory, now: datetime
) -> list[Decision]:
    """On the one that was asked for first, then on its fellows; none when it does not wait."""
    ours = await batching.waiting_one(claim.payout_ids[0])
    if ours is None:
        return []
    choosing = Choosing(
        ruleset=await rulesets.ruleset_at(now),
        providers=providers,
        now=now,
        looks_at_balances=True,
    )
    decision = await _decide(ours, choosing=choosing)
    if decision.hold is not None:
        return [decision]
    return [decision, *await _fellows(decision, claim=claim, choosing=choosing)]


def asked_of(waiting: Waiting) -> Asked:
    return Asked(
        amount=waiting.amount,
        fee=waiting.amount - waiting.sent,
        country=waiting.member_country,
        level=waiting.member_level,
        member_since=waiting.member_since,
        destination_kind=waiting.kind,
        destination_country=waiting.country,
        excluded=waiting.excluded,
    )


async def _decide(waiting: Waiting, *, choosing: Choosing) -> Decision:
    stopped = _stopped(waiting, today=choosing.now.date())
    if stopped is not None:
        return Decision(waiting=waiting, route=None, hold=Hold(problem=stopped))
    route = await choosing.route(asked_of(waiting))
    lacking = await lacking_level(waiting, route=route, choosing=choosing)
    if lacking is not None:
        needed = Hold(problem=Problem.VERIFICATION_NEEDED, level=lacking)
        return Decision(waiting=waiting, route=route, hold=needed)
    if route.chosen is None or route.rule is None:
        return Decision(waiting=waiting, route=route, hold=Hold(problem=Problem.NO_ROUTE))
    hold = None
    if waiting.approved_at is None:
        hold = await _hold_of(waiting, rule=route.rule, choosing=choosing)
    return Decision(waiting=waiting, route=route, hold=hold)


def _stopped(waiting: Waiting, *, today: date) -> Problem | None:
    """What no route could help."""
    if waiting.is_in_doubt:
        return Problem.IN_DOUBT
    if waiting.is_destination_removed:
        return Problem.DESTINATION_REMOVED
    if not waiting.is_destination_confirmed:
        return Problem.DESTINATION_UNCONFIRMED
    if waiting.is_held_by_member:
        return Problem.HELD_BY_MEMBER
    if waiting.is_barred:
        return Problem.IDENTITY_REVIEW
    is_withheld = waiting.withheld_from is not None and waiting.withheld_from <= today
    return Problem.TAX_NOTICE if is_withheld else None


async def _hold_of(waiting: Waiting, *, rule: Rule, choosing: Choosing) -> Hold | None:
    """What stands before the approval. Whatever was let out once is not asked again.

    A release after screening took as many people as one above the limit, and ends no other hold.
    """
    now = choosing.now
    is_released = waiting.screened_at is not None
    screened = None if is_released else await _screened(waiting, choosing=choosing)
    if screened is not None:
        return Hold(problem=screened)
    until = cools_down_until(rule, destination_since=waiting.destination_since)
    if now < until:
        return Hold(problem=Problem.DESTINATION_COOLING_DOWN, until=until)
    if rule.schedule is not Schedule.AT_ONCE:
        return Hold(problem=Problem.WAITS_FOR_RUN, schedule=rule.schedule)
    if is_released:
        return None
    limit = await choosing.release_limit(waiting.amount.currency)
    return Hold(problem=Problem.AWAITS_RELEASE) if waiting.amount > limit else None


async def _screened(waiting: Waiting, *, choosing: Choosing) -> Problem | None:
    """Any DENY wins, then any HOLD; people also look where two members share an account (C2)."""
    screeners = choosing.providers.screeners
    shared = Problem.SCREENING if waiting.is_payee_shared else None
    if not screeners:
        return shared
    request = ScreenRequest(
        payout_id=waiting.payout_id,
        worker_id=waiting.worker_id,
        amount=waiting.amount,
        country=waiting.member_country,
        destination_kind=waiting.kind,
        destination_country=waiting.country,
        member_age_days=(choosing.now - waiting.member_since).days,
        level=waiting.member_level,
    )
    context = CallContext(now=choosing.now, send_no=1, correlation_id=str(waiting.payout_id))
    decisions = {(await each.screen(request, context)).decision for each in screeners}
    if ScreenDecision.DENY in decisions:
        return Problem.SCREENING_DENIED
    return Problem.SCREENING if ScreenDecision.HOLD in decisions else shared


async def _fellows(ours: Decision, *, claim: Claim, choosing: Choosing) -> list[Decision]:
    """Others that go the same way now. Where somebody screens, each waits for its own job."""
    assert ours.instance_id is not None
    room = choosing.providers.named(ours.instance_id).manifest.max_batch - 1
    found: list[Decision] = []
    if room == 0:
        return found
    waiting = ours.waiting
    choosing.reserve(ours.instance_id, waiting.sent)
    for other in await _claimed_others(waiting, claim=claim, room=room, now=choosing.now):
        if choosing.providers.screeners and other.approved_at is None:
            continue
        decision = await _decide(other, choosing=choosing)
        if decision.hold is None and decision.instance_id == ours.instance_id:
            found.append(decision)
            choosing.reserve(ours.instance_id, other.sent)
        if len(found) == room:
            break
    return found


async def _claimed_others(
    ours: Waiting, *, claim: Claim, room: int, now: datetime
) -> list[Waiting]:
    others = await batching.waiting_others(
        currency=ours.amount.currency, but=ours.payout_id, room=room, now=now
    )
    if not others:
        return []
    claimed = await route_claims.claim_some(
        payout_ids=[each.payout_id for each in others], claim_id=claim.id, now=now
    )
    claim.payout_ids.extend(claimed)
    return [each for each in others if each.payout_id in claimed]


@one_transaction
async def _carry_out(
    claim: Claim,
    decisions: Sequence[Decision],
    *,
    providers: ProviderDirectory,
    new_id: NewId,
    now: datetime,
) -> UUID | None:
    """What is no longer ours, or not as it was when we decided, is left to the next run."""
    decided = {each.waiting.payout_id: each for each in decisions}
    ours_still = await route_claims.still_ours(payout_ids=list(decided), claim_id=claim.id)
    locked = {
        each.payout_id: each
        for each in await batching.lock_waiting(list(ours_still))
        if _is_as_decided(each, decided[each.payout_id].waiting)
    }
    mine = locked.get(claim.payout_ids[0])
    if mine is None:
        return None
    ours = decided[mine.payout_id]
    if ours.hold is not None:
        await _write_hold(ours, new_id=new_id, now=now)
        await _hold(mine, hold=ours.hold)
        return None
    together = [mine, *(each for each in locked.values() if each is not mine)]
    return await _send_off(together, decided, providers=providers, new_id=new_id, now=now)


async def _send_off(
    together: Sequence[Waiting],
    decided: Mapping[UUID, Decision],
    *,
    providers: ProviderDirectory,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """One batch; the first is the one that was asked for."""
    instance_id = decided[together[0].payout_id].instance_id
    assert instance_id is not None
    await _write([decided[each.payout_id] for each in together], new_id=new_id, now=now)
    await call_off([route_job(each.payout_id) for each in together[1:]])  # they are taken along
    return await batching.prepare(
        together,
        instance_id=instance_id,
        manifest=providers.named(instance_id).manifest,
        region=providers.region,
        new_id=new_id,
        now=now,
    )


def _is_as_decided(now: Waiting, then: Waiting) -> bool:
    """Nobody tried it, let it out, took it, removed its destination or held it meanwhile."""
    return _facts(now) == _facts(then)


def _facts(waiting: Waiting) -> tuple[object, ...]:
    return (
        waiting.attempt_count,
        waiting.is_in_doubt,
        waiting.is_destination_removed,
        waiting.is_held_by_member,
        waiting.approved_at,
        waiting.screened_at,
        waiting.state,
    )


async def _hold(waiting: Waiting, *, hold: Hold) -> None:
    assert may_move(source=waiting.state, target=PayoutState.HELD), waiting.state
    schedule = None if hold.schedule is None else hold.schedule.value
    await execute(_HOLD, waiting.payout_id, hold.problem.value, hold.until, schedule, hold.level)


async def _write_hold(decision: Decision, *, new_id: NewId, now: datetime) -> None:
    """Once: what is tried again every minute and fails alike is no news."""
    if decision.route is None:
        return
    last = await fetch_row(_LAST, decision.waiting.payout_id)
    if last is not None and _is_same(last, decision):
        return
    await _write([decision], new_id=new_id, now=now)


async def _write(decisions: Sequence[Decision], *, new_id: NewId, now: datetime) -> None:
    """One statement, however many go the same way."""
    rows = [
        (
            new_id(),
            each.waiting.payout_id,
            each.route.version,
            _rule_name(each.route),
            each.instance_id,
            _trace(each.route),
        )
        for each in decisions
        if each.route is not None
    ]
    await execute(_DECIDE, *(list(column) for column in zip(*rows, strict=True)), now)


def _is_same(last: Any, decision: Decision) -> bool:
    assert decision.route is not None
    facts = (decision.route.version, _rule_name(decision.route), decision.instance_id)
    if (last["ruleset_version"], last["rule_name"], last["instance_id"]) != facts:
        return False
    return bool(msgspec.json.decode(last["trace"]) == msgspec.json.decode(_trace(decision.route)))


def _rule_name(route: Route) -> str | None:
    return None if route.rule is None else route.rule.name


def _trace(route: Route) -> str:
    return msgspec.json.encode([line_of(each) for each in route.trace]).decode()


def line_of(candidate: Candidate) -> Mapping[str, object]:
    """One line of a stored trace."""
    offer = candidate.offer
    line: dict[str, object] = {
        "instance": candidate.instance_id,
        "outcome": candidate.outcome.value,
        "dropped": None if candidate.dropped is None else candidate.dropped.value,
    }
    if offer is not None:
        line |= {
            "payable": _written(offer.payable),
            "remainder": _written(offer.remainder),
            "fee": None if offer.fee is None else _written(offer.fee),
            "arrives_seconds": int(offer.arrives_within.total_seconds()),
        }
    return line


def _written(money: Money) -> list[object]:
    return [money.micros, money.currency]
