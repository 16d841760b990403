"""Four eyes: what no machine may decide takes a reason, and another person."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.database import execute, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound, SecondPersonNeeded
from domain.payouts import operations, queries
from domain.payouts.operations.verdicts import RESOLVABLE, resolved
from domain.payouts.provider import LookupMode, ObservedState
from domain.payouts.rules import (
    CREDITED,
    NOT_EXECUTED,
    AttemptState,
    FrozenReason,
    PayoutState,
    Verdict,
)
from domain.provider import OutcomeUnknown
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import House, Payee, attempts, eur, money_of, payout, queued_jobs
from tests.make.providers import accepted
from tests.make.rail import Rail, all_missing, all_of, rail_like

EVIDENCE = "bank reference 4711"


async def propose(
    house: House, payout_id: UUID, verdict: Verdict, *, by: UUID, reason: str = "asked the bank"
) -> UUID:
    attempt = (await attempts(payout_id))[-1]
    done = await operations.propose_resolution(
        attempt_id=attempt.id,
        verdict=verdict,
        reason=reason,
        evidence=EVIDENCE,
        member_id=by,
        new_id=house.world.new_id,
        now=house.clock(),
    )
    return done.resolution_id


async def approve(house: House, resolution_id: UUID, *, by: UUID) -> None:
    await operations.approve_resolution(
        resolution_id=resolution_id,
        member_id=by,
        key=house.world.key(by),
        new_id=house.world.new_id,
        now=house.clock(),
    )


async def two(house: House) -> tuple[UUID, UUID]:
    return await add_finance_member(house.world), await add_finance_member(house.world)


async def decided(house: House, payout_id: UUID, verdict: Verdict) -> None:
    one, other = await two(house)
    await approve(house, await propose(house, payout_id, verdict, by=one), by=other)


async def unknown(house: House) -> tuple[Rail, Payee, UUID, UUID]:
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(OutcomeUnknown("x"))
    return rail, payee, payout_id, batch_id


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("verdict", "state", "earnings"),
    [
        (Verdict.PAID, PayoutState.PAID, "3.00"),
        (Verdict.NOT_PAID, PayoutState.FAILED, "10.00"),
        (Verdict.RETURNED, PayoutState.RETURNED, "10.00"),
    ],
)
async def test_an_unknown_payment_ends_as_people_found_out(
    house: House, verdict: Verdict, state: PayoutState, earnings: str
) -> None:
    """The money moves once, and only when the second person agrees."""
    _, payee, payout_id, _ = await unknown(house)
    one, other = await two(house)
    resolution_id = await propose(house, payout_id, verdict, by=one)
    assert (await payout(payout_id)).state is PayoutState.UNKNOWN

    await approve(house, resolution_id, by=other)

    assert (await payout(payout_id)).state is state
    assert await money_of(payee.id) == (eur(earnings), eur("0"))
    assert await queries.audit() == []
    record = await queries.resolution_by_id(resolution_id)
    assert record is not None
    assert (record.proposed_by, record.decided_by) == (one, other)


@pytest.mark.asyncio
async def test_nobody_decides_alone(house: House) -> None:
    """Neither by approving what one proposed, nor about one's own money."""
    _, payee, payout_id, _ = await unknown(house)
    one, other = await two(house)
    async with transaction():
        await execute("update member set roles = '{worker,finance}' where id = $1", payee.id)
    with pytest.raises(SecondPersonNeeded):
        await propose(house, payout_id, Verdict.NOT_PAID, by=payee.id)
    resolution_id = await propose(house, payout_id, Verdict.NOT_PAID, by=one)

    for person in (one, payee.id):
        with pytest.raises(SecondPersonNeeded):
            await approve(house, resolution_id, by=person)

    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    await approve(house, resolution_id, by=other)
    with pytest.raises(InvalidTransition):
        await approve(house, resolution_id, by=other)


@pytest.mark.asyncio
async def test_only_finance_decides(house: House) -> None:
    """Whoever else may sign in can neither propose nor agree nor refuse nor retry."""
    _, _, payout_id, _ = await unknown(house)
    one, _ = await two(house)
    nobody = await add_worker(house.world)
    resolution_id = await propose(house, payout_id, Verdict.PAID, by=one)
    now = house.clock()

    for asking in (
        propose(house, payout_id, Verdict.PAID, by=nobody),
        approve(house, resolution_id, by=nobody),
        operations.decline_resolution(resolution_id=resolution_id, member_id=nobody, now=now),
        operations.retry_payout(payout_id=payout_id, member_id=nobody, now=now),
        operations.lift_quarantine(instance_id="rail", member_id=nobody, now=now),
    ):
        with pytest.raises(NotAllowed):
            await asking


@pytest.mark.asyncio
async def test_a_proposal_needs_a_reason_and_may_be_declined(house: House) -> None:
    """One at a time; a declined one makes room for another."""
    _, _, payout_id, _ = await unknown(house)
    one, other = await two(house)
    with pytest.raises(InvalidInput):
        await propose(house, payout_id, Verdict.PAID, by=one, reason=" ")
    first = await propose(house, payout_id, Verdict.PAID, by=one)
    assert first in [each.id for each in await queries.open_resolutions()]
    with pytest.raises(InvalidTransition):
        await propose(house, payout_id, Verdict.NOT_PAID, by=other)

    await operations.decline_resolution(resolution_id=first, member_id=other, now=house.clock())

    with pytest.raises(InvalidTransition):
        await approve(house, first, by=other)
    await propose(house, payout_id, Verdict.NOT_PAID, by=other)
    with pytest.raises(NotFound):
        await approve(house, house.world.new_id(), by=one)


@pytest.mark.asyncio
async def test_a_look_up_that_was_quicker_wins(house: House) -> None:
    """What people propose is checked again when the other one agrees."""
    rail, payee, payout_id, batch_id = await unknown(house)
    one, other = await two(house)
    resolution_id = await propose(house, payout_id, Verdict.NOT_PAID, by=one)
    await rail.look_up(batch_id, all_of(ObservedState.PAID))

    with pytest.raises(InvalidTransition):
        await approve(house, resolution_id, by=other)

    assert await money_of(payee.id) == (eur("3.00"), eur("0"))


@pytest.mark.asyncio
async def test_what_people_called_unpaid_freezes_when_it_is_seen(house: House) -> None:
    """The money is back with the worker, and perhaps at the bank as well."""
    rail, payee, payout_id, batch_id = await unknown(house)
    await decided(house, payout_id, Verdict.NOT_PAID)

    await rail.look_up(batch_id, all_of(ObservedState.PAID))

    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason == FrozenReason.CLOSED_ATTEMPT_SEEN
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    one, _ = await two(house)
    with pytest.raises(InvalidTransition):
        await propose(house, payout_id, Verdict.PAID, by=one)
    await decided(house, payout_id, Verdict.RETURNED)
    assert (await attempts(payout_id))[0].frozen_reason is None


@pytest.mark.asyncio
async def test_a_batch_with_a_payment_that_people_closed_is_not_sent_again(house: House) -> None:
    """A send hands over the whole batch: the closed one, credited already, would be paid."""
    rail = Rail(house)
    payees, ids, batch_id = await rail.sent(OutcomeUnknown("x"), count=2)
    await decided(house, ids[0], Verdict.NOT_PAID)

    for _ in range(3):
        await rail.look_up(batch_id, all_missing)

    assert rail.provider.calls.count("send") == 1
    assert await money_of(payees[0].id) == (eur("10.00"), eur("0"))
    assert (await attempts(ids[1]))[0].frozen_reason == FrozenReason.MISSING_ITEM
    await decided(house, ids[1], Verdict.NOT_PAID)
    assert await queries.audit() == []


@pytest.mark.asyncio
async def test_a_frozen_reversal_after_paid(house: House) -> None:
    """The manifest rules it out; people find out that it is true."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)
    await rail.look_up(batch_id, all_of(ObservedState.PAID))
    await rail.look_up(batch_id, all_of(ObservedState.REVERSED))
    (doubt,) = [
        each
        for each in await queries.payouts_in_doubt(unknown_before=house.clock())
        if each.payout_id == payout_id
    ]
    assert doubt.frozen_reason is FrozenReason.CONFLICT

    await decided(house, payout_id, Verdict.RETURNED)

    assert (await payout(payout_id)).state is PayoutState.RETURNED
    assert await money_of(payee.id) == (eur("10.00"), eur("0"))
    assert await queries.audit() == []


@pytest.mark.asyncio
@pytest.mark.parametrize("verdict", list(Verdict))
async def test_a_closed_attempt_that_was_seen(house: House, verdict: Verdict) -> None:
    """Held in doubt, it ends paid, or goes on to another attempt."""
    manifest = rail_like(window=timedelta(hours=2), mode=LookupMode.OUR_REF)
    rail = Rail(house, manifest=manifest)
    (payee,), (payout_id,), batch_id = await rail.sent(OutcomeUnknown("x"))
    asked = house.look_up(batch_id, after=timedelta(hours=3))
    rail.answers(all_missing)
    await asked
    await rail.look_up(batch_id, all_missing)
    await see(house, rail, batch_id)
    await operations.route_payout(
        payout_id=payout_id, providers=house.providers, new_id=house.world.new_id, now=house.clock()
    )
    assert (await payout(payout_id)).state is PayoutState.HELD

    await decided(house, payout_id, verdict)

    if verdict is Verdict.PAID:
        assert (await payout(payout_id)).state is PayoutState.PAID
        assert await money_of(payee.id) == (eur("3.00"), eur("0"))
    else:
        rail.answers(accepted)
        await house.send(await house.route(payout_id))
        assert (await payout(payout_id)).state is PayoutState.PENDING
    assert await queries.audit() == []


async def see(house: House, rail: Rail, batch_id: UUID) -> None:
    """A late word about a batch that is closed, as a webhook causes it."""
    async with transaction():
        await execute(
            "update payout_batch set state = 'sent', due_at = $2 where id = $1",
            batch_id,
            house.clock(),
        )
    await rail.look_up(batch_id, all_of(ObservedState.PAID))


@pytest.mark.asyncio
async def test_retry_takes_the_next_step_now(house: House) -> None:
    """Whatever is next: routing, sending or looking up. It changes no decision."""
    rail, _, payout_id, batch_id = await unknown(house)
    before = await queued_jobs("payout_look_up", str(batch_id))
    one, _ = await two(house)

    async def retry(which: UUID) -> None:
        await operations.retry_payout(payout_id=which, member_id=one, now=house.clock())

    await retry(payout_id)

    assert await queued_jobs("payout_look_up", str(batch_id)) == before + 1
    await rail.look_up(batch_id, all_of(ObservedState.FAILED))
    with pytest.raises(InvalidTransition):
        await retry(payout_id)
    with pytest.raises(NotFound):
        await retry(house.world.new_id())


@given(
    attempt=st.sampled_from(AttemptState),
    payout_state=st.sampled_from(PayoutState),
    verdict=st.sampled_from(Verdict),
    is_frozen=st.booleans(),
)
def test_no_verdict_moves_money_twice(
    attempt: AttemptState, payout_state: PayoutState, verdict: Verdict, *, is_frozen: bool
) -> None:
    """What was credited is never paid, and what is not open is touched only when frozen."""
    resolution = resolved(
        attempt=attempt, is_frozen=is_frozen, payout=payout_state, verdict=verdict
    )

    if attempt not in RESOLVABLE and not is_frozen:
        assert resolution is None
    if resolution is None:
        return
    if payout_state in CREDITED:
        assert resolution.payout is payout_state
        assert verdict is not Verdict.PAID
    if attempt in NOT_EXECUTED and verdict is not Verdict.PAID:
        assert resolution.attempt is attempt
        assert resolution.payout not in CREDITED | {PayoutState.PAID} or (
            resolution.payout is payout_state
        )
