"""Rules, runs, quotes and standing wishes as frontends see them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import pytest

from domain.database import execute, fetch_value, transaction
from domain.payouts import operations
from domain.routing.provider import FeePayer
from domain.routing.rules import Rule, Schedule, When
from gateway.providers import Providers
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import day_without_runs
from tests.make.routing import in_force
from tests.make.scene import Scene
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

WORKER: Final = "worker_ann"
AMOUNT: Final = {"amount": "7.005", "currency": "EUR"}
DRAFT: Final[dict[str, Any]] = {
    "effectiveFrom": "2099-01-01T00:00:00Z",
    "note": "Weekly",
    "rules": [
        {
            "name": "euro area",
            "when": {"region": "SEPA", "currency": "EUR", "amountTo": "500.00", "rail": "SANDBOX"},
            "providers": ["sandbox", "nobody"],
            "minimum": "10.00",
            "maxFeeBasisPoints": 150,
            "feePayer": "MEMBER",
            "schedule": "WEEKLY",
        },
        {"name": "rest", "providers": ["sandbox"]},
    ],
}
DRY_RUN: Final[dict[str, Any]] = {
    "amount": {"amount": "12.345678", "currency": "EUR"},
    "country": "PH",
    "destinationCountry": "PH",
    "destinationKind": "sandbox",
}


async def paid_worker(ask: Ask, providers: Providers) -> Scene:
    scene = Scene(ask, providers)
    await scene.join(WORKER)
    await scene.pay_out(WORKER)
    return scene


async def test_two_people_make_a_ruleset_and_everybody_sees_who(ask: Ask) -> None:
    """What was written is what is shown; the author's own approval is refused."""
    ann, bob = [await add_finance_member(ask.world) for _ in range(2)]
    drafted = (await ask(example("routingRulesetDraft"), viewer=ann, input=DRAFT)).only()
    version = {"version": drafted["ruleset"]["version"]}

    own = (await ask(example("routingRulesetApprove"), viewer=ann, input=version)).only()
    done = (await ask(example("routingRulesetApprove"), viewer=bob, input=version)).only()
    gone = (await ask(example("routingRulesetWithdraw"), viewer=ann, input=version)).only()

    assert own["errors"][0]["code"] == "SECOND_PERSON_NEEDED"
    assert done["ruleset"]["state"] == "APPROVED"
    assert done["ruleset"]["authorId"] == ask.id(Tag.MEMBER, ann)
    assert done["ruleset"]["approverId"] == ask.id(Tag.MEMBER, bob)
    first, rest = done["ruleset"]["rules"]
    said = {**DRAFT["rules"][0]["when"], "amountTo": "500"}
    assert {name: first["when"][name] for name in said} == said
    assert [value for name, value in first["when"].items() if name not in said] == [None] * 7
    assert (first["minimum"], first["feePayer"], first["schedule"]) == (
        "10",
        "MEMBER",
        "WEEKLY",
    )
    assert (rest["router"], rest["holdHours"], rest["minimum"]) == ("cheapest", 24, None)
    assert (gone["ruleset"]["state"], gone["ruleset"]["withdrawnById"]) == (
        "WITHDRAWN",
        ask.id(Tag.MEMBER, ann),
    )


async def test_the_rule_at_fault_is_named(ask: Ask) -> None:
    """A form shows the fault where it is."""
    ann = await add_finance_member(ask.world)
    wrong = [{**DRAFT["rules"][1], "when": {"region": "MARS"}}, *DRAFT["rules"]]

    refused = (
        await ask(example("routingRulesetDraft"), viewer=ann, input={**DRAFT, "rules": wrong[::-1]})
    ).only()

    assert refused["errors"][0]["path"] == ["rules", "2"]


async def test_a_dry_run_explains_every_candidate_to_finance_alone(ask: Ask) -> None:
    """A draft may be tried before anybody approves it."""
    ann, worker = await add_finance_member(ask.world), await add_worker(ask.world)
    drafted = (await ask(example("routingRulesetDraft"), viewer=ann, input=DRAFT)).only()
    version = drafted["ruleset"]["version"]

    async def asked(viewer: UUID | None, **more: object) -> Any:
        return await ask(example("payoutRouteDryRun"), viewer=viewer, input={**DRY_RUN, **more})

    plain = (await asked(ann)).only()
    tried = (await asked(ann, rulesetVersion=version, country="DE")).only()

    assert (await asked(worker)).code == "FORBIDDEN"
    assert (await asked(None)).code == "FORBIDDEN"
    assert (plain["rulesetVersion"], plain["rule"], plain["chosen"]) == (
        None,
        "as configured",
        "sandbox",
    )
    assert plain["candidates"][0]["payable"]["amount"] == "12.34"
    assert plain["candidates"][0]["remainder"]["amount"] == "0.005678"
    assert (tried["rule"], tried["chosen"]) == ("euro area", "sandbox")
    assert [each["dropped"] for each in tried["candidates"]] == [None, "NOT_CONFIGURED"]


async def test_a_quote_is_agreed_to_with_its_token(ask: Ask, providers: Providers) -> None:
    """Without it, or with one that is not the viewer's own, nothing happens."""
    scene = await paid_worker(ask, providers)
    worker, place = scene.people[WORKER], scene.ids[f"destination_{WORKER}"]
    rule = Rule(name="x", providers=("sandbox",), fee_payer=FeePayer.MEMBER, hold_hours=24)
    wish = {"amount": AMOUNT, "destinationId": place}
    async with in_force(ask.world, rule):
        quoted = (await ask(example("payoutQuote"), viewer=worker, input=wish)).only()["quote"]
        payout = {"amount": quoted["amount"], "destinationId": place}
        step_up_id = await scene.step_up(WORKER, payoutRequest=payout)
        answers = [
            (
                await ask(
                    example("payoutRequest"),
                    viewer=worker,
                    input={
                        **payout,
                        "stepUpId": step_up_id,
                        "idempotencyKey": "agreed",
                        "quote": token,
                    },
                )
            ).only()
            for token in (None, "rubbish", quoted["token"][:-6] + "AAAA==", quoted["token"])
        ]

    assert (quoted["payable"]["amount"], quoted["remainder"]["amount"]) == ("7.00", "0.005")
    assert quoted["goesAt"] is not None
    codes = [[each["code"] for each in answer["errors"]] for answer in answers]
    assert codes == [["QUOTE_NEEDED"], ["QUOTE_EXPIRED"], ["QUOTE_EXPIRED"], []]
    assert answers[-1]["payout"]["amount"]["amount"] == "7.00"


async def test_a_quote_that_cannot_be_is_refused(ask: Ask, providers: Providers) -> None:
    """As `payoutRequest` would; strangers' destinations do not exist."""
    scene = await paid_worker(ask, providers)
    wish = {"amount": AMOUNT, "destinationId": scene.ids[f"destination_{WORKER}"]}
    other = await add_worker(ask.world)

    foreign = (await ask(example("payoutQuote"), viewer=other, input=wish)).only()
    nobody = (await ask(example("payoutQuote"), input=wish)).only()

    assert foreign["errors"][0]["code"] == "INVALID_ID"
    assert nobody["errors"][0]["code"] == "SIGN_IN_REQUIRED"


async def test_methods_tell_the_form_or_why_there_is_none(ask: Ask) -> None:
    """P39: a form for providers nobody has heard of, or why there is none; P49: the calendar."""
    found = (await ask(example("payoutMethods"), country="PH")).only()
    weekly = Rule(name="x", providers=("sandbox",), schedule=Schedule.WEEKLY)
    async with in_force(ask.world, weekly):
        planned = (await ask(example("payoutMethods"), country="PH")).only()
    elsewhere = Rule(name="x", providers=("sandbox",), when=When(country="DE"))
    async with in_force(ask.world, elsewhere):
        none = (await ask(example("payoutMethods"), country="PH")).only()

    (method,) = found["methods"]
    assert (method["kind"], found["missing"]) == ("sandbox", None)
    assert '"scenario"' in method["formSchema"]
    assert "EUR" in {each["currency"] for each in method["currencies"]}
    assert none == {"methods": [], "missing": "NO_RULE"}
    days = planned["methods"][0]["currencies"][0]["runDays"]
    assert [each["runOn"] for each in days] == [
        "2026-04-02",
        "2026-04-09",
        "2026-04-16",
        "2026-04-23",
    ]


async def test_a_standing_wish_is_made_held_and_ended(ask: Ask, providers: Providers) -> None:
    """After a step-up for exactly it; another currency has none."""
    scene = await paid_worker(ask, providers)
    worker, place = scene.people[WORKER], scene.ids[f"destination_{WORKER}"]
    wish = {"minimum": {"amount": "10.00", "currency": "EUR"}, "destinationId": place}
    step_up_id = await scene.step_up(WORKER, payoutInstructionSet=wish)

    async def done(name: str, **input_: object) -> Any:
        worker = scene.people[WORKER]
        return (await ask(example(f"payoutInstruction{name}"), viewer=worker, input=input_)).only()

    made = await done("Set", **wish, stepUpId=step_up_id)
    held = await done("Pause", currency="EUR", until="2030-01-01T00:00:00Z")
    listed = (await ask(example("payoutInstructions"), viewer=worker)).only()
    again = await done("Pause", currency="EUR")
    other = await done("Remove", currency="USD")
    ended = await done("Remove", currency="EUR")
    empty = (await ask(example("payoutInstructions"), viewer=worker)).only()

    assert made["instruction"]["destination"]["id"] == place
    assert listed == [held["instruction"]]
    assert held["instruction"]["pausedUntil"] == "2030-01-01T00:00:00Z"
    assert again["instruction"]["pausedUntil"] is None
    assert other["errors"][0]["code"] == "NOT_FOUND"
    assert (ended["currency"], empty) == ("EUR", [])


async def test_a_run_is_seen_and_released(ask: Ask, providers: Providers) -> None:
    """Count and sum per provider, then the names under it; the worker sees what it waits for."""
    scene = await paid_worker(ask, providers)
    world, ann = ask.world, await add_finance_member(ask.world)
    payout_id = ask.key(Tag.PAYOUT, scene.ids[f"payout_{WORKER}"])
    rule = Rule(name="x", providers=("sandbox",), schedule=Schedule.DAILY, hold_hours=0)
    async with in_force(world, rule):
        await operations.route_payout(
            payout_id=payout_id,
            providers=providers.payouts,
            new_id=world.new_id,
            now=world.now,
        )
        then = await day_without_runs(world.now)
        await operations.collect_runs(now=then, new_id=world.new_id)
        node = "query ($id: ID!) { node(id: $id) { ... on Payout { state problem heldUntil } } }"
        own = (
            await ask(node, viewer=scene.people[WORKER], id=scene.ids[f"payout_{WORKER}"])
        ).only()
        run_id = await fetch_value("select run_id from payout where id = $1", payout_id)
        wish = {"runId": ask.id(Tag.PAYOUT_RUN, run_id), "reason": "Sums compared"}
        released = (await ask(example("payoutRunRelease"), viewer=ann, input=wish)).only()
        again = (await ask(example("payoutRunRelease"), viewer=ann, input=wish)).only()
        given_up = (
            await ask(example("payoutRunCancel"), viewer=ann, input={"runId": wish["runId"]})
        ).only()

    assert own == {"state": "HELD", "problem": "WAITS_FOR_RUN", "heldUntil": None}
    assert (released["missingCount"], released["run"]["state"]) == (0, "RELEASED")
    assert released["run"]["releasedBy"] == [ask.id(Tag.MEMBER, ann)]
    shares = released["run"]["shares"]
    assert [(each["instance"], each["payoutCount"], each["total"]) for each in shares] == [
        ("sandbox", 1, {"amount": "12.00", "currency": "EUR"})
    ]
    assert [each["errors"][0]["code"] for each in (again, given_up)] == ["INVALID_TRANSITION"] * 2


async def test_a_held_payout_is_released_by_finance(ask: Ask, providers: Providers) -> None:
    """And why it went where it went can be read afterwards."""
    scene = await paid_worker(ask, providers)
    ann = await add_finance_member(ask.world)
    id_ = scene.ids[f"payout_{WORKER}"]
    async with transaction():
        await execute(
            "update payout set state = 'held', problem = 'screening' where id = $1",
            ask.key(Tag.PAYOUT, id_),
        )

    wish = {"payoutId": id_, "reason": "The member was called"}
    done = (await ask(example("payoutRelease"), viewer=ann, input=wish)).only()
    await operations.route_payout(
        payout_id=ask.key(Tag.PAYOUT, id_),
        providers=providers.payouts,
        new_id=ask.world.new_id,
        now=ask.world.now,
    )
    document = """
        query ($id: ID!) {
          payoutOversight { routeDecisions(payoutId: $id) { rule chosen candidates { outcome } } }
        }
    """
    seen = (await ask(document, viewer=ann, id=id_)).only()

    assert done == {"missingCount": 0, "errors": []}
    assert seen["routeDecisions"] == [
        {"rule": "as configured", "chosen": "sandbox", "candidates": [{"outcome": "CHOSEN"}]}
    ]
