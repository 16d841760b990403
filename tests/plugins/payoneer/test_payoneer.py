"""Payoneer: accepted is not paid, refused is not believed, and our reference finds everything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.money import Money
from domain.payouts.provider import ObservedState, OnboardingMember, OnboardingStatus, PayoutBatch
from domain.provider import (
    AuthError,
    BatchRefused,
    ConfigError,
    DuplicateRef,
    HealthStatus,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    RateLimited,
)
from plugins.payments.payoneer.payouts import amount_said
from plugins.payments.payoneer.settings import HOSTS, LOGINS, STATUSES
from plugins.payments.payoneer.simulator import CANCELLED, LOADED, PROGRAM, PayoneerSimulator
from plugins.simulation import serve
from plugins.simulation_http import Fault
from tests.plugins.payoneer.make import SECRETS, batch_of, context, dearer, opened


@pytest.fixture(name="simulator")
def _simulator() -> Iterator[PayoneerSimulator]:
    simulator = PayoneerSimulator()
    with serve(simulator):
        yield simulator


@pytest.mark.asyncio
async def test_accepted_is_not_paid(simulator: PayoneerSimulator) -> None:
    """The answer carries no ids: each payment is accepted, and looked up by our reference."""
    provider = await opened(simulator)
    batch = batch_of("anna-1", "ben-2")

    sent = await provider.send(batch, context(simulator))
    simulator.clock.advance(timedelta(hours=2))
    answer = await provider.look_up(batch, context(simulator))

    assert [(each.state, each.provider_ref) for each in sent.items] == [
        (ObservedState.ACCEPTED, None)
    ] * 2
    assert [(each.state, each.amount) for each in answer.found] == [
        (ObservedState.PAID, item.amount) for item in batch.items
    ]
    assert [each.provider_ref for each in answer.found] == ["PO0000001", "PO0000002"]


@pytest.mark.asyncio
async def test_one_bad_payment_refuses_all_and_is_named(simulator: PayoneerSimulator) -> None:
    """Nothing of it was executed: that was looked up, payment by payment."""
    simulator.refuse["ben-2"] = "payee_blocked"
    provider = await opened(simulator)
    batch = batch_of("anna-1", "ben-2", "cleo-3")

    with pytest.raises(BatchRefused) as refused:
        await provider.send(batch, context(simulator))

    (problem,) = refused.value.problems
    assert (problem.item_ref, problem.code) == (batch.items[1].item_ref, "payee_blocked")
    asked = [call.path for call in simulator.calls if call.path.endswith("/status")]
    assert sorted(asked) == sorted(
        f"/v4/programs/{PROGRAM}/payouts/{item.item_ref}/status" for item in batch.items
    )
    assert simulator.effects() == []


@pytest.mark.asyncio
async def test_a_refusal_is_not_believed_when_part_of_it_exists(
    simulator: PayoneerSimulator,
) -> None:
    """What exists is told; the others are unknown, not refused."""
    provider = await opened(simulator)
    first = batch_of("anna-1")
    await provider.send(first, context(simulator))
    both = batch_of("anna-1", "ben-2")

    sent = await provider.send(both, context(simulator))

    assert [each.item_ref for each in sent.items] == [first.items[0].item_ref]


@pytest.mark.asyncio
async def test_a_refusal_that_cannot_be_confirmed_is_unknown(simulator: PayoneerSimulator) -> None:
    """The look-up got no answer, so nobody knows."""
    simulator.refuse["ben-2"] = "payee_blocked"
    simulator.script(Fault.HTTP_500, path="/status")
    provider = await opened(simulator)

    with pytest.raises(OutcomeUnknown):
        await provider.send(batch_of("ben-2"), context(simulator))


@pytest.mark.parametrize("refuses_known", [True, False])
@pytest.mark.asyncio
async def test_a_repeated_send_pays_only_what_is_not_there(
    simulator: PayoneerSimulator, *, refuses_known: bool
) -> None:
    """Also if they would take the same reference twice, which nobody has documented."""
    simulator.refuses_known = refuses_known
    provider = await opened(simulator)
    await provider.send(batch_of("anna-1"), context(simulator))
    both = batch_of("anna-1", "ben-2")

    again = await provider.send(both, context(simulator, send_no=2))
    third = await provider.send(both, context(simulator, send_no=3))

    assert [each.ref for each in simulator.effects()] == [item.item_ref for item in both.items]
    assert {each.item_ref for each in again.items} == {item.item_ref for item in both.items}
    assert {each.state for each in third.items} == {ObservedState.ACCEPTED}


@pytest.mark.asyncio
async def test_a_known_reference_is_adopted_not_paid_again(simulator: PayoneerSimulator) -> None:
    """A look-up then shows the first amount, whatever this one says."""
    provider = await opened(simulator)
    batch = batch_of("anna-1")
    await provider.send(batch, context(simulator))

    with pytest.raises(DuplicateRef):
        await provider.send(dearer(batch), context(simulator))
    answer = await provider.look_up(dearer(batch), context(simulator))

    assert answer.found[0].amount == batch.items[0].amount
    assert len(simulator.effects()) == 1


@pytest.mark.asyncio
async def test_one_token_serves_all_threads(simulator: PayoneerSimulator) -> None:
    """Eight look-ups at once fetch one token, and so does a batch of them."""
    provider = await opened(simulator)
    batches = [batch_of("anna-1", "ben-2", number=number) for number in range(1, 9)]

    await asyncio.gather(*(provider.look_up(each, context(simulator)) for each in batches))

    assert len(simulator.tokens) == 1


@pytest.mark.asyncio
async def test_a_token_is_replaced_a_minute_early(simulator: PayoneerSimulator) -> None:
    """Not at the moment when it ends, in the middle of a payment."""
    provider = await opened(simulator)
    counts = []
    for seconds in (0, 3539, 1):
        simulator.clock.advance(timedelta(seconds=seconds))
        await provider.health(context(simulator))
        counts.append(len(simulator.tokens))

    assert counts == [1, 1, 2]
    assert [call.status for call in simulator.calls if "token" not in call.path] == [404] * 3


@pytest.mark.asyncio
async def test_a_refused_token_is_replaced_once(simulator: PayoneerSimulator) -> None:
    """All threads that saw it refused share the next one; a second refusal is final."""
    provider = await opened(simulator)
    await provider.health(context(simulator))
    simulator.revoke()

    await asyncio.gather(
        *(
            provider.look_up(batch_of("anna-1", number=number), context(simulator))
            for number in range(1, 9)
        )
    )
    assert len(simulator.tokens) == 2
    simulator.script(Fault.UNAUTHORIZED, times=2, path="masspayouts")
    with pytest.raises(AuthError):
        await provider.send(batch_of("anna-1"), context(simulator))
    assert len(simulator.tokens) == 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.HTTP_500, NotSent),
        (Fault.DROP_BEFORE, NotSent),
        (Fault.DROP_AFTER, NotSent),
        (Fault.TRUNCATED, NotSent),
        (Fault.HTML, NotSent),
        (Fault.REDIRECT, NotSent),
        (Fault.RATE_LIMITED, RateLimited),
        (Fault.UNAUTHORIZED, AuthError),
    ],
)
@pytest.mark.asyncio
async def test_without_a_token_nothing_is_sent(
    simulator: PayoneerSimulator, fault: Fault, error: type[Exception]
) -> None:
    """Whatever goes wrong while signing in, no payment has left: it may be sent again."""
    provider = await opened(simulator)
    simulator.script(fault, path="token")

    with pytest.raises(error):
        await provider.send(batch_of("anna-1"), context(simulator))
    await provider.send(batch_of("anna-1"), context(simulator))

    assert len(simulator.effects()) == 1


@pytest.mark.asyncio
async def test_a_strangers_404_is_no_missing(simulator: PayoneerSimulator) -> None:
    """A page of somebody on the way must not make us pay again."""
    provider = await opened(simulator, program_id=f"{PROGRAM}")
    simulator.script(Fault.HTML, path="/status")

    with pytest.raises(NoAnswer):
        await provider.look_up(batch_of("anna-1"), context(simulator))


@pytest.mark.asyncio
async def test_another_program_is_our_mistake(simulator: PayoneerSimulator) -> None:
    """403: staff are asked, nothing is sent."""
    provider = await opened(simulator, program_id="7")

    with pytest.raises(AuthError):
        await provider.send(batch_of("anna-1"), context(simulator))
    assert (await provider.health(context(simulator))).status is HealthStatus.DOWN


@pytest.mark.asyncio
async def test_words_without_a_row_are_not_guessed(simulator: PayoneerSimulator) -> None:
    """The operator may add what they have understood."""
    batch = batch_of("anna-1")
    provider = await opened(simulator)
    await provider.send(batch, context(simulator))
    simulator.bring(batch.items[0].item_ref, "Bounced")

    plain = await provider.look_up(batch, context(simulator))
    told = await opened(simulator, statuses={"bounced": "returned"})
    taught = await told.look_up(batch, context(simulator))

    assert (plain.found[0].state, plain.found[0].provider_code) == (None, "Bounced")
    assert taught.found[0].state is ObservedState.RETURNED
    assert all(row.verified_on is None and row.source for row in STATUSES.values())


@pytest.mark.asyncio
async def test_cancelling_tells_what_it_became(simulator: PayoneerSimulator) -> None:
    """Cancelled, or too late; a lost answer means that nobody knows."""
    provider = await opened(simulator)
    batch = batch_of("anna-1", "ben-2", "cleo-3")
    await provider.send(batch, context(simulator))
    simulator.bring(batch.items[1].item_ref, LOADED)

    early = await provider.cancel(batch.items[0], context(simulator))
    late = await provider.cancel(batch.items[1], context(simulator))
    simulator.script(Fault.DROP_AFTER, path="/cancel")
    with pytest.raises(OutcomeUnknown):
        await provider.cancel(batch.items[2], context(simulator))

    assert (early.state, late.state) == (ObservedState.CANCELLED, ObservedState.PAID)
    answer = await provider.look_up(batch, context(simulator))
    assert answer.found[2].provider_code == CANCELLED


@pytest.mark.asyncio
async def test_a_cancelled_payment_that_is_not_there(simulator: PayoneerSimulator) -> None:
    """Nothing is concluded from it."""
    provider = await opened(simulator)

    seen = await provider.cancel(batch_of("anna-1").items[0], context(simulator))

    assert (seen.state, seen.provider_code) == (None, "NOT_FOUND")


@pytest.mark.asyncio
async def test_registration(simulator: PayoneerSimulator) -> None:
    """A link, then the payee's id as a destination; refused is told."""
    provider = await opened(simulator)
    anna = OnboardingMember(onboarding_ref="anna-1", country="PH", return_url="https://x.example")

    link = await provider.start_onboarding(anna, context(simulator))
    again = await provider.start_onboarding(anna, context(simulator))
    before = await provider.onboarding_state("nobody", context(simulator))
    pending = await provider.onboarding_state(link.provider_ref, context(simulator))
    simulator.decide("anna-1", "Active")
    ready = await provider.onboarding_state(link.provider_ref, context(simulator))
    simulator.decide("anna-1", "Declined")
    refused = await provider.onboarding_state(link.provider_ref, context(simulator))
    simulator.decide("anna-1", "Something new")
    strange = await provider.onboarding_state(link.provider_ref, context(simulator))

    assert (link.provider_ref, again.url) == ("anna-1", link.url)
    assert link.url.startswith(simulator.url)
    assert link.url not in repr(link)
    assert before.status is pending.status is strange.status is OnboardingStatus.PENDING
    assert (ready.status, ready.fields) == (OnboardingStatus.READY, {"payee_id": "anna-1"})
    assert refused.status is OnboardingStatus.REFUSED and refused.member_message


@pytest.mark.asyncio
async def test_more_than_they_take_at_once_is_refused(simulator: PayoneerSimulator) -> None:
    """Five hundred are theirs; ours is less, because each is looked up after a refusal."""
    provider = await opened(simulator)
    many = batch_of(*[f"p-{number}" for number in range(501)])

    with pytest.raises(BatchRefused):
        await provider.send(many, context(simulator))
    await provider.send(
        PayoutBatch(
            batch_ref=many.batch_ref, items=many.items[:500], items_digest="", first_sent_at=None
        ),
        context(simulator),
    )

    assert len(simulator.effects()) == 500
    assert provider.manifest.max_batch <= 500


@pytest.mark.asyncio
async def test_the_sandbox_and_the_live_house_are_not_mixed(simulator: PayoneerSimulator) -> None:
    """Each has its own host for signing in; another endpoint is a mistake."""
    assert {url.removeprefix("https://") for pair in LOGINS.items() for url in pair} == HOSTS
    assert all(
        ("sandbox" in endpoint) == ("sandbox" in login) for endpoint, login in LOGINS.items()
    )
    provider = await opened(simulator)
    simulator.url = "https://api.payoneer.com.evil.example"

    with pytest.raises(ConfigError):
        await opened(simulator)
    assert provider.manifest.secrets == tuple(SECRETS)


@pytest.mark.parametrize(
    ("said", "micros"),
    [
        ("20.01", 20_010_000),
        (20, 20_000_000),
        (Decimal("20.01"), 20_010_000),
        ("-1", -1_000_000),
        (None, None),
        (True, None),
        ("NaN", None),
        ("1e3", None),
        ("1.0000001", None),
        (0.1, None),
    ],
)
def test_amounts_are_read_exactly_or_not_at_all(said: object, micros: int | None) -> None:
    """What cannot be exact is not compared with what we sent."""
    assert amount_said(said, "USD") == (None if micros is None else Money(micros, "USD"))
    assert amount_said(said, "usd") is None
