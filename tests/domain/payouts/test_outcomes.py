"""What providers say that the sandbox never says: each word has one consequence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.database import fetch
from domain.money import Money
from domain.payouts import operations, queries
from domain.payouts.provider import (
    LookupAnswer,
    LookupMode,
    Observation,
    ObservedState,
    PayoutBatch,
    SendOutcome,
)
from domain.payouts.rules import AttemptState, ClosedReason, FrozenReason, PayoutState, Problem
from domain.provider import (
    AuthError,
    BatchRefused,
    ComplianceBlocked,
    Declined,
    DestinationInvalid,
    DuplicateRef,
    FieldProblem,
    InsufficientFunds,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Unsupported,
)
from tests.make.payouts import (
    House,
    attempts,
    batch_state,
    eur,
    money_of,
    payout,
    queued_jobs,
)
from tests.make.providers import accepted
from tests.make.rail import Rail, all_missing, all_of, rail_like

pytestmark = pytest.mark.asyncio

INVALID = DestinationInvalid(problems=(FieldProblem(field="iban", code="bad", message="Bad."),))


@pytest.mark.parametrize(
    ("error", "state", "problem"),
    [
        (NotSent("x"), PayoutState.QUEUED, None),
        (InsufficientFunds("x"), PayoutState.QUEUED, None),
        (AuthError("x"), PayoutState.QUEUED, None),
        (RateLimited("x", retry_after_seconds=90), PayoutState.QUEUED, None),
        (OutcomeUnknown("x"), PayoutState.UNKNOWN, None),
        (DuplicateRef("x"), PayoutState.UNKNOWN, None),
        (ValueError("x"), PayoutState.UNKNOWN, None),
        (ComplianceBlocked("x"), PayoutState.ON_HOLD, None),
        (Unsupported("x"), PayoutState.QUEUED, None),
        (Declined("x"), PayoutState.FAILED, Problem.PROVIDER_DECLINED),
        (INVALID, PayoutState.FAILED, Problem.DESTINATION_INVALID),
        (BatchRefused(problems=()), PayoutState.UNKNOWN, None),
    ],
)
async def test_each_error_has_one_consequence(
    house: House, error: Exception, state: PayoutState, problem: Problem | None
) -> None:
    """The money is back if, and only if, it certainly did not leave for good."""
    (payee,), (payout_id,), _ = await Rail(house).sent(error)

    record = await payout(payout_id)
    assert (record.state, record.problem) == (state, problem)
    is_back = state is PayoutState.FAILED
    expected = (eur("10.00"), eur("0")) if is_back else (eur("3.00"), eur("7.00"))
    assert await money_of(payee.id) == expected
    assert await queries.audit() == []


async def test_an_item_that_the_answer_omits_is_unknown(house: House) -> None:
    """A batch's status is never copied to its items."""
    rail = Rail(house)
    _, ids, batch_id = await rail.sent(
        lambda batch: SendOutcome(items=accepted(batch).items[:1]), count=2
    )

    states = sorted([(await payout(each)).state.value for each in ids])
    assert states == ["pending", "unknown"]
    await rail.look_up(batch_id, all_of(ObservedState.PAID))
    assert {(await payout(each)).state for each in ids} == {PayoutState.PAID}


async def test_a_status_nobody_maps_is_never_guessed(house: House) -> None:
    """After a send it is unknown; in a look-up it changes nothing."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(
        lambda batch: SendOutcome(
            items=(Observation(item_ref=batch.items[0].item_ref, state=None),)
        )
    )
    assert (await payout(payout_id)).state is PayoutState.UNKNOWN

    await rail.look_up(
        batch_id,
        lambda batch: LookupAnswer(
            found=(Observation(item_ref=batch.items[0].item_ref, state=None),), missing=()
        ),
    )

    assert (await payout(payout_id)).state is PayoutState.UNKNOWN


async def test_what_a_provider_does_not_support_goes_to_the_next(house: House) -> None:
    """And never back to the one that said so."""
    rail = Rail(house)
    rail.with_sandbox_behind()
    _, (payout_id,), _ = await rail.sent(Unsupported("x"))
    assert await queued_jobs("payout_route", str(payout_id)) == 1

    batch_id = await house.route(payout_id)
    await house.send(batch_id)
    await house.look_up(batch_id, after=timedelta(seconds=2))

    first, second = await attempts(payout_id)
    assert (first.instance_id, first.closed_reason) == ("rail", ClosedReason.UNSUPPORTED)
    assert (second.instance_id, second.state) == ("sandbox", AttemptState.PAID)


async def test_with_nobody_left_it_is_held(house: House) -> None:
    """The worker is told, and may take the money back."""
    _, (payout_id,), _ = await Rail(house).sent(Unsupported("x"))

    await operations.route_payout(
        payout_id=payout_id, providers=house.providers, new_id=house.world.new_id, now=house.clock()
    )

    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.HELD, Problem.NO_ROUTE)


async def test_no_answer_to_a_look_up_changes_nothing(house: House) -> None:
    """Not even the count of those that say "missing"."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(OutcomeUnknown("x"))

    for _ in range(4):
        await rail.look_up(batch_id, ValueError("x"))

    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))
    assert await batch_state(batch_id) == "sent"


async def test_found_again_after_missing_starts_the_count_anew(house: House) -> None:
    """A provider that contradicts itself is not believed."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(OutcomeUnknown("x"))

    await rail.look_up(batch_id, all_missing)
    await rail.look_up(batch_id, LookupAnswer(found=(), missing=()))
    await rail.look_up(batch_id, all_missing)

    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    await rail.look_up(batch_id, all_missing)
    assert (await payout(payout_id)).state is PayoutState.QUEUED


async def test_what_was_seen_is_never_missing(house: House) -> None:
    """An accepted item that a later look-up does not find stays accepted."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(accepted)

    for _ in range(4):
        await rail.look_up(batch_id, all_missing)

    assert (await payout(payout_id)).state is PayoutState.PENDING
    assert rail.provider.calls.count("send") == 1


async def test_after_the_window_another_attempt_is_made(house: House) -> None:
    """The old reference would pay again, so it is closed for good."""
    manifest = rail_like(window=timedelta(hours=2), mode=LookupMode.OUR_REF)
    rail = Rail(house, manifest=manifest)
    _, (payout_id,), batch_id = await rail.sent(OutcomeUnknown("x"))
    await rail.look_up(batch_id, all_missing, after=timedelta(hours=3))
    await rail.look_up(batch_id, all_missing)
    assert await batch_state(batch_id) == "closed"

    second_id = await house.route(payout_id)
    rail.answers(accepted)
    await house.send(second_id)

    first, second = await attempts(payout_id)
    assert (first.state, first.closed_reason) == (AttemptState.MISSING, ClosedReason.MISSING)
    assert second.state is AttemptState.ACCEPTED
    assert first.item_ref != second.item_ref


@pytest.mark.parametrize("mode", [LookupMode.SCAN, LookupMode.NONE])
async def test_silence_of_a_provider_that_cannot_be_asked_is_for_people(
    house: House, mode: LookupMode
) -> None:
    """A search that read too little, or none at all, proves nothing."""
    rail = Rail(house, manifest=rail_like(window=timedelta(hours=2), mode=mode))
    _, (payout_id,), batch_id = await rail.sent(OutcomeUnknown("x"))

    for _ in range(4):
        await rail.look_up(batch_id, all_missing, after=timedelta(hours=1))

    assert (await payout(payout_id)).state is PayoutState.UNKNOWN
    assert len(await attempts(payout_id)) == 1


async def test_a_search_that_read_enough_is_believed_but_not_paid_anew(house: House) -> None:
    """After the window a second person decides; until then the money stays."""
    rail = Rail(house, manifest=rail_like(window=timedelta(hours=2), mode=LookupMode.SCAN))
    (payee,), (payout_id,), batch_id = await rail.sent(OutcomeUnknown("x"))
    start = house.clock()

    def searched(batch: PayoutBatch) -> LookupAnswer:
        return replace(all_missing(batch), searched_from=start, searched_until=house.clock())

    for _ in range(3):
        await rail.look_up(batch_id, searched, after=timedelta(hours=1))

    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason == FrozenReason.MISSING_ITEM
    assert await money_of(payee.id) == (eur("3.00"), eur("7.00"))


async def test_one_item_missing_from_a_known_batch_is_for_people(house: House) -> None:
    """Sending the batch again would pay nobody: the provider has it already."""
    rail = Rail(house)
    _, ids, batch_id = await rail.sent(OutcomeUnknown("x"), count=2)

    def half(batch: PayoutBatch) -> LookupAnswer:
        one, other = batch.items
        return LookupAnswer(
            found=(Observation(item_ref=one.item_ref, state=ObservedState.PAID),),
            missing=(other.item_ref,),
        )

    for _ in range(3):
        await rail.look_up(batch_id, half)

    found = [attempt for each in ids for attempt in await attempts(each)]
    assert sorted((each.state.value, each.frozen_reason) for each in found) == [
        ("paid", None),
        ("unknown", FrozenReason.MISSING_ITEM),
    ]
    assert rail.provider.calls.count("send") == 1


async def test_what_this_provider_cannot_say_freezes(house: House) -> None:
    """Its manifest lists what may follow paid; anything else is for people."""
    rail = Rail(house)
    (payee,), (payout_id,), batch_id = await rail.sent(accepted)
    await rail.look_up(batch_id, all_of(ObservedState.PAID))

    await rail.look_up(batch_id, all_of(ObservedState.REVERSED))

    (attempt,) = await attempts(payout_id)
    assert attempt.frozen_reason == FrozenReason.CONFLICT
    assert (await payout(payout_id)).state is PayoutState.PAID
    assert await money_of(payee.id) == (eur("3.00"), eur("0"))


async def test_the_providers_cost_is_booked_beside_the_payout(house: House) -> None:
    """The worker gets the whole amount; what it cost us is an expense."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(accepted)

    await rail.look_up(batch_id, all_of(ObservedState.PAID, fee=Money(250_000, "EUR")))

    (attempt,) = await attempts(payout_id)
    assert attempt.fee == eur("0.25")
    rows = await fetch(
        "select a.code, e.amount from ledger_entry e"
        " join ledger_account a on a.id = e.account_id"
        " join ledger_transfer t on t.id = e.transfer_id"
        " where t.correlation_id = $1 and t.event = 'E9'",
        payout_id,
    )
    assert {row["code"].split(":")[0]: row["amount"] for row in rows} == {
        "worker": 7_000_000,
        "expense": 250_000,
        "provider": -7_250_000,
    }


async def test_a_rate_limit_is_waited_out(house: House) -> None:
    """As long as the provider asks, with the same reference."""
    rail = Rail(house)
    _, (payout_id,), batch_id = await rail.sent(RateLimited("x", retry_after_seconds=3600))

    (row,) = await fetch("select due_at from payout_batch where id = $1", batch_id)
    assert row["due_at"] == house.clock() + timedelta(hours=1)
    rail.answers(accepted)
    await house.send(batch_id)
    assert rail.provider.calls.count("send") == 1
    house.wait(timedelta(hours=1))
    await house.send(batch_id)
    assert (await payout(payout_id)).state is PayoutState.PENDING


async def test_errors_carry_no_more_than_they_may() -> None:
    """They are logged: names and codes, nothing of a body or a destination."""
    assert str(INVALID) == "iban: bad"
    assert str(ProviderError()) == "ProviderError"
