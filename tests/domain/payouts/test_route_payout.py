"""`route_payout`: the rules choose, every candidate is explained, what does not go says why."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.errors import InvalidTransition, NotAllowed, SecondPersonNeeded
from domain.members.operations import grant_role
from domain.members.rules import Role
from domain.payouts import operations, queries
from domain.payouts.operations.releases import Released
from domain.payouts.operations.routes import Asked
from domain.payouts.provider import Quote, QuoteRequest
from domain.payouts.rules import PayoutState
from domain.provider import CallContext, HealthStatus, Unsupported
from domain.routing.provider import (
    PayoutRouter,
    PayoutScreener,
    RouteOffer,
    RouteRequest,
    ScreenDecision,
    ScreenRequest,
    ScreenVerdict,
)
from domain.routing.rules import Rule, Schedule, When
from plugins.guarded_choice import GuardedRouter, GuardedScreener
from tests.make.members import add_finance_member
from tests.make.payouts import House, attempts, eur, payout, queued_jobs
from tests.make.routing import Priced, directory, in_force, outcomes, priced

pytestmark = pytest.mark.asyncio

DAY = timedelta(days=1)


async def run(house: House, payout_id: object) -> object:
    return await operations.route_payout(
        payout_id=payout_id,  # type: ignore[arg-type]  # the tests have it from the request
        providers=house.providers,
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def test_the_cheapest_that_could_gets_it_and_all_are_explained(house: House) -> None:
    """The trace is kept with the decision: nobody has to guess a month later."""
    house.providers = directory(
        {
            "dear": priced("0.30"),
            "cheap": priced("0.10"),
            "silent": priced(None),
            "abroad": priced("0.01", countries=frozenset({"DE"})),
            "greedy": priced("5.00"),
        }
    )
    names = ("dear", "abroad", "nobody", "cheap", "silent", "greedy")
    rule = Rule(name="all", providers=names, max_fee_basis_points=1_000, hold_hours=0)
    payee = await house.payee()
    async with in_force(house.world, rule) as version:
        payout_id = (await house.request(payee)).payout_id
        await house.route(payout_id)

    (decision,) = await queries.route_decisions(payout_id=payout_id)
    assert (decision.ruleset_version, decision.rule_name) == (version, "all")
    assert decision.instance_id == "cheap"
    assert [line["instance"] for line in decision.trace][:2] == ["cheap", "dear"]
    assert outcomes(decision.trace) == {
        "cheap": "chosen",
        "dear": "kept",
        "abroad": "country_not_served",
        "nobody": "not_configured",
        "silent": "no_quote",
        "greedy": "fee_too_high",
    }
    assert decision.trace[0]["fee"] == [100_000, "EUR"]
    assert [each.instance_id for each in await attempts(payout_id)] == ["cheap"]


async def test_a_price_is_asked_without_the_account(house: House) -> None:
    """Whoever is not chosen must not learn who is paid."""
    one, other = priced("0.30"), priced("0.10")
    house.providers = directory({"one": one, "other": other})
    payee = await house.payee()
    async with in_force(house.world, Rule(name="x", providers=("one", "other"), hold_hours=0)):
        await house.route((await house.request(payee)).payout_id)

    assert [each.destination.fields for each in [*one.asked, *other.asked]] == [{}, {}]
    assert one.asked[0].amount == eur("7.00")


async def test_an_expired_price_is_none(house: House) -> None:
    """A provider's old promise is no promise."""
    stale = priced("0.01", valid_for=-timedelta(seconds=1))
    house.providers = directory({"stale": stale, "fresh": priced("0.30")})
    payee = await house.payee()
    async with in_force(house.world, Rule(name="x", providers=("stale", "fresh"), hold_hours=0)):
        payout_id = (await house.request(payee)).payout_id
        await house.route(payout_id)

    (decision,) = await queries.route_decisions(payout_id=payout_id)
    assert outcomes(decision.trace) == {"stale": "no_quote", "fresh": "chosen"}


async def test_prices_are_asked_at_the_same_time_and_in_no_transaction(house: House) -> None:
    """Two that each wait for the other both answer; the guard refuses open transactions."""
    both = asyncio.Barrier(2)

    class Waiting(Priced):
        async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
            await both.wait()
            return await super().quote(request, context)

    def waiting(fee: str) -> Waiting:
        plain = priced(fee)
        return Waiting(plain.script, manifest=plain.manifest, fee=plain.fee)

    house.providers = directory({"one": waiting("0.20"), "other": waiting("0.10")})
    payee = await house.payee()
    async with in_force(house.world, Rule(name="x", providers=("one", "other"), hold_hours=0)):
        payout_id = (await house.request(payee)).payout_id
        await house.route(payout_id)

    assert [each.instance_id for each in await attempts(payout_id)] == ["other"]


async def test_who_is_down_or_did_not_want_it_is_passed_over(house: House) -> None:
    """Fail-over, but only after a certain no."""
    ill, first = priced("0.01"), priced("0.02")
    ill.health_status = HealthStatus.DOWN
    house.providers = directory({"ill": ill, "first": first, "second": priced("0.03")})

    async def refuse(_: object) -> object:
        raise Unsupported("not here")

    first.script = refuse
    payee = await house.payee()
    names = ("ill", "first", "second")
    async with in_force(house.world, Rule(name="x", providers=names, hold_hours=0)):
        payout_id = (await house.request(payee)).payout_id
        await house.send(await house.route(payout_id))
        await house.route(payout_id)

    newest, oldest = await queries.route_decisions(payout_id=payout_id)
    assert outcomes(oldest.trace) == {"ill": "unhealthy", "first": "chosen", "second": "kept"}
    assert outcomes(newest.trace) == {
        "ill": "unhealthy",
        "first": "already_rejected_here",
        "second": "chosen",
    }
    assert [each.instance_id for each in await attempts(payout_id)] == ["first", "second"]


async def test_without_a_rule_for_it_it_is_held_and_tried_again(house: House) -> None:
    """The same answer every minute is written once."""
    payee = await house.payee()
    other = Rule(name="elsewhere", providers=("sandbox",), when=When(country="DE"), hold_hours=0)
    payout_id = (await house.request(payee)).payout_id
    async with in_force(house.world, other):
        assert await run(house, payout_id) is None
        house.wait(timedelta(minutes=1))
        assert await run(house, payout_id) is None

    record = await payout(payout_id)
    assert (record.state, record.problem) == (PayoutState.HELD, "no_route")
    (decision,) = await queries.route_decisions(payout_id=payout_id)
    assert (decision.rule_name, decision.trace) == (None, [])
    assert await run(house, payout_id) is not None


async def test_a_new_destination_cools_down_and_then_goes(house: House) -> None:
    """A thief who added an account must wait, and its owner is told by the held payout."""
    payee = await house.payee()
    async with in_force(house.world, Rule(name="x", providers=("sandbox",), hold_hours=24)):
        payout_id = (await house.request(payee)).payout_id
        assert await run(house, payout_id) is None
        held = await payout(payout_id)
        house.wait(DAY - timedelta(seconds=1))
        await operations.release_cooled(now=house.world.now)
        early = await queued_jobs("payout_route", str(payout_id))
        await run(house, payout_id)
        still = await payout(payout_id)
        house.wait(timedelta(seconds=1))
        await operations.release_cooled(now=house.world.now)
        await house.route(payout_id)

    assert (held.state, held.problem) == (PayoutState.HELD, "destination_cooling_down")
    assert held.held_until == held.requested_at + DAY
    assert early == 1  # the job of the request, which nobody has taken
    assert still.problem == "destination_cooling_down"
    done = await payout(payout_id)
    assert (done.state, done.problem, done.held_until) == (PayoutState.QUEUED, None, None)


async def test_a_large_payout_waits_for_two_people(house: House) -> None:
    """One person is not enough, twice the same one neither, nor whoever is paid by it."""
    payee = await house.payee(earnings="6000.00")
    ann, bob = await add_finance_member(house.world), await add_finance_member(house.world)
    payout_id = (await house.request(payee, "5000.01")).payout_id
    await run(house, payout_id)

    async def release(member_id: object) -> operations.Released:
        return await operations.release_payout(
            payout_id=payout_id,
            member_id=member_id,  # type: ignore[arg-type]  # a member's id
            reason="seen",
            new_id=house.world.new_id,
            now=house.world.now,
        )

    assert (await payout(payout_id)).problem == "awaits_release"
    assert await run(house, payout_id) is None
    with pytest.raises(NotAllowed):
        await release(payee.id)
    await grant_role(member_id=payee.id, role=Role.FINANCE, now=house.world.now)
    with pytest.raises(SecondPersonNeeded):
        await release(payee.id)
    assert (await release(ann)).missing_count == 1
    with pytest.raises(SecondPersonNeeded):
        await release(ann)
    assert (await payout(payout_id)).state is PayoutState.HELD
    assert (await release(bob)).is_out
    assert (await payout(payout_id)).state is PayoutState.APPROVED
    with pytest.raises(InvalidTransition):
        await release(bob)
    await house.route(payout_id)
    assert (await payout(payout_id)).state is PayoutState.QUEUED


async def test_a_payout_at_the_limit_goes_by_itself(house: House) -> None:
    """The limit is what one person, here the worker alone, may set in motion."""
    payee = await house.payee(earnings="6000.00")
    payout_id = (await house.request(payee, "5000.00")).payout_id

    await house.route(payout_id)

    assert (await payout(payout_id)).state is PayoutState.QUEUED


class Verdicts(PayoutScreener):
    """Says of each payout what the test wrote down."""

    name = "verdicts"

    def __init__(self, decision: ScreenDecision | None) -> None:
        self.decision = decision

    async def screen(self, request: ScreenRequest, context: CallContext) -> ScreenVerdict:
        assert request.member_age_days >= 0
        assert context.correlation_id
        if self.decision is None:
            raise RuntimeError("the list did not load")
        return ScreenVerdict(decision=self.decision)


@pytest.mark.parametrize(
    ("decisions", "problem"),
    [
        ([ScreenDecision.ALLOW], None),
        ([ScreenDecision.ALLOW, ScreenDecision.HOLD], "screening"),
        ([ScreenDecision.HOLD, ScreenDecision.DENY], "screening_denied"),
        ([ScreenDecision.ALLOW, None], "screening"),
    ],
)
async def test_a_screener_stands_before_the_approval(
    house: House, decisions: list[ScreenDecision | None], problem: str | None
) -> None:
    """Any DENY wins, and one that fails holds: silence lets nothing out."""
    screeners = [GuardedScreener(Verdicts(each)) for each in decisions]
    house.providers = directory({"one": priced("0.10")}, screeners=screeners)
    payee, person = await house.payee(), await add_finance_member(house.world)
    payout_id = (await house.request(payee)).payout_id

    batch_id = await run(house, payout_id)

    assert (await payout(payout_id)).problem == problem
    assert (batch_id is None) is (problem is not None)
    released = operations.release_payout(
        payout_id=payout_id,
        member_id=person,
        reason="looked at it",
        new_id=house.world.new_id,
        now=house.world.now,
    )
    if problem == "screening":
        assert (await released).is_out
        await house.route(payout_id)
    else:
        with pytest.raises(InvalidTransition):
            await released


async def released(house: House, payout_id: UUID) -> Released:
    return await operations.release_payout(
        payout_id=payout_id,
        member_id=await add_finance_member(house.world),
        reason="looked at it",
        new_id=house.world.new_id,
        now=house.world.now,
    )


async def test_a_release_after_screening_ends_no_other_hold(house: House) -> None:
    """Whoever stole an account adds a destination: that it was looked at makes it no older."""
    screeners = [GuardedScreener(Verdicts(ScreenDecision.HOLD))]
    house.providers = directory({"one": priced("0.10")}, screeners=screeners)
    rule = Rule(name="x", providers=("one",), hold_hours=24, schedule=Schedule.DAILY)
    async with in_force(house.world, rule):
        payout_id = (await house.request(await house.payee())).payout_id
        await run(house, payout_id)
        assert (await payout(payout_id)).problem == "screening"
        assert (await released(house, payout_id)).is_out

        assert await run(house, payout_id) is None
        assert (await payout(payout_id)).problem == "destination_cooling_down"
        house.wait(DAY)
        assert await operations.release_cooled(now=house.world.now) >= 1
        assert await run(house, payout_id) is None
        assert (await payout(payout_id)).problem == "waits_for_run"


async def test_two_people_who_released_it_after_screening_are_enough(house: House) -> None:
    """Above the limit they were two already: nobody is asked a third and a fourth time."""
    screeners = [GuardedScreener(Verdicts(ScreenDecision.HOLD))]
    house.providers = directory({"one": priced("0.10")}, screeners=screeners)
    async with in_force(house.world, Rule(name="x", providers=("one",), hold_hours=24)):
        payee = await house.payee(earnings="6000.00")
        payout_id = (await house.request(payee, "5000.01")).payout_id
        await run(house, payout_id)
        assert not (await released(house, payout_id)).is_out
        assert (await released(house, payout_id)).is_out
        assert await run(house, payout_id) is None
        house.wait(DAY)

        assert await run(house, payout_id) is not None


class Dearest(PayoutRouter):
    """A plugin's own mind."""

    name = "dearest"

    async def choose(
        self,
        request: RouteRequest,
        offers: list[RouteOffer],  # type: ignore[override]  # narrower is fine here
        context: CallContext,
    ) -> str | None:
        assert request.amount.currency == "EUR"
        assert context.now
        if len(offers) == 1:
            raise RuntimeError("nothing to choose")
        return max(offers, key=lambda each: each.fee).instance_id


async def test_a_plugins_router_chooses_where_a_rule_names_it(house: House) -> None:
    """And when it fails, the cheapest is taken."""
    routers = {"dearest": GuardedRouter(Dearest())}
    house.providers = directory({"a": priced("0.10"), "b": priced("0.30")}, routers=routers)
    both = Rule(name="both", providers=("a", "b"), router="dearest", hold_hours=0)
    one = Rule(name="one", providers=("a",), router="dearest", hold_hours=0)
    chosen = []
    for rule in (both, one):
        payee = await house.payee()
        async with in_force(house.world, rule):
            payout_id = (await house.request(payee)).payout_id
            await house.route(payout_id)
        chosen += [each.instance_id for each in await attempts(payout_id)]

    assert chosen == ["b", "a"]


async def test_whoever_is_taken_along_needs_no_job(house: House) -> None:
    """15,000 of them would each look again; given up with its batch, each has a job anew."""
    payees = [await house.payee() for _ in range(2)]
    ids = [(await house.request(each)).payout_id for each in payees]
    before = [await queued_jobs("payout_route", str(each)) for each in ids]
    await house.route(ids[0])
    after = [await queued_jobs("payout_route", str(each)) for each in ids]
    await operations.cancel_payout(
        worker_id=payees[0].id,
        payout_id=ids[0],
        key=house.world.key(payees[0].id),
        new_id=house.world.new_id,
        now=house.world.now,
    )

    assert (before, after) == ([1, 1], [1, 0])
    assert await queued_jobs("payout_route", str(ids[1])) == 1


async def test_fellows_join_only_when_the_rules_send_them_the_same_way(house: House) -> None:
    """Two amounts, two providers, two batches; each with its own decision."""
    house.providers = directory({"small": priced("0.10"), "large": priced("0.10")})
    rules = (
        Rule(
            name="small",
            when=When(currency="EUR", amount_to_micros=5_000_000),
            providers=("small",),
            hold_hours=0,
        ),
        Rule(name="large", providers=("large",), hold_hours=0),
    )
    payees = [await house.payee() for _ in range(4)]
    async with in_force(house.world, *rules):
        ids = [
            (await house.request(payee, amount)).payout_id
            for payee, amount in zip(payees, ("1.00", "7.00", "2.00", "8.00"), strict=True)
        ]
        await house.route(ids[0])
        states = [(await payout(each)).state for each in ids]

    assert states == [
        PayoutState.QUEUED,
        PayoutState.REQUESTED,
        PayoutState.QUEUED,
        PayoutState.REQUESTED,
    ]
    (decision,) = await queries.route_decisions(payout_id=ids[2])
    assert (decision.rule_name, decision.instance_id) == ("small", "small")


async def test_two_routers_at_once_make_one_batch(house: House) -> None:
    """The row is locked only to write: whoever comes second finds it taken."""
    payee = await house.payee()
    payout_id = (await house.request(payee)).payout_id

    batches = await asyncio.gather(*(run(house, payout_id) for _ in range(4)))

    assert len([each for each in batches if each is not None]) == 1
    assert len(await attempts(payout_id)) == 1


async def test_a_dry_run_explains_and_writes_nothing(house: House) -> None:
    """As the member would be answered, with what a draft would do."""
    house.providers = directory({"one": priced("0.25"), "other": priced(None)})
    asked = Asked(
        amount=eur("12.345678"),
        fee=eur("0"),
        country="PH",
        level=0,
        member_since=house.world.now,
        destination_kind="sandbox",
        destination_country="PH",
        is_exact=False,
    )
    async with in_force(
        house.world, Rule(name="x", providers=("one", "other", "none"), schedule=Schedule.DAILY)
    ):
        facts, route = await operations.dry_run(
            asked=asked, providers=house.providers, now=house.world.now
        )

    assert facts.amount == eur("12.345678")
    assert route.chosen is not None
    assert route.chosen.offer is not None
    assert (route.chosen.offer.payable, route.chosen.offer.remainder) == (
        eur("12.34"),
        eur("0.005678"),
    )
    assert {each.instance_id: each.dropped for each in route.trace} == {
        "one": None,
        "other": "no_quote",
        "none": "not_configured",
    }


async def test_a_draft_is_tried_on_the_last_month(house: House) -> None:
    """How many would move, how many nobody would pay, and what it would cost more."""
    house.wait(timedelta(days=400))  # a month of its own
    old, new = priced("0.10"), priced("0.40")
    house.providers = directory({"old": old, "new": new})
    for amount in ("1.00", "7.00"):
        payout_id = (await house.request(await house.payee(), amount)).payout_id
        await house.route(payout_id)
    house.wait(DAY)
    async with in_force(
        house.world,
        Rule(
            name="small",
            providers=("new",),
            when=When(currency="EUR", amount_to_micros=5_000_000),
        ),
    ) as version:
        preview = await operations.preview_ruleset(
            version=version, providers=house.providers, now=house.world.now
        )

    assert (preview.payout_count, preview.moved_count, preview.stranded_count) == (2, 1, 1)


async def test_an_account_of_two_members_waits_for_people(house: House) -> None:
    """C2: in any spelling, also when the other one removed it; one word lets it go on."""
    account, payees = house.world.new_token()[:40], []
    for text in (account, f" {account[:9].upper()}-{account[9:]}"):
        payee, fields = await house.payee(), {"account": text, "scenario": "ok"}
        destination_id = await house.add_destination(payee.id, payee.session, fields=fields)
        await house.confirm(payee.id, destination_id)
        payees.append(replace(payee, destination_id=destination_id))
    first, second = payees
    await operations.remove_destination(
        member_id=first.id, destination_id=first.destination_id, now=house.world.now
    )
    payout_id = (await house.request(second)).payout_id

    assert await run(house, payout_id) is None
    assert (await payout(payout_id)).problem == "screening"
    assert (await released(house, payout_id)).is_out
    await house.route(payout_id)
