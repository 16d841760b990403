"""Which rule decides and whom it chooses: the promises that hold for any rules and candidates."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.routing.provider import FeePayer, Obstacle, Rail
from domain.routing.rules import (
    CHEAPEST,
    FIRST,
    Candidate,
    DropReason,
    Facts,
    Instance,
    Offer,
    Outcome,
    Rule,
    Ruleset,
    When,
    chosen_among,
    deciding,
    drop_reason,
    dropped,
    fee_fault,
    kept,
    matches,
    problems_of,
)

NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
REGIONS = {"SEPA": frozenset({"DE", "FR"})}
FACTS = Facts(
    country="DE",
    destination_country="FR",
    destination_kind="sepa_iban",
    amount=Money(10_000_000, "EUR"),
    rails=frozenset({Rail.BANK_SEPA}),
    level=1,
    member_age_days=30,
    legal_entity="PCR",
)
# Each condition with a value that holds for FACTS and one that does not.
CONDITIONS: dict[str, tuple[Any, Any]] = {
    "country": ("DE", "FR"),
    "region": ("SEPA", "NOWHERE"),
    "destination_country": ("FR", "DE"),
    "currency": ("EUR", "USD"),
    "amount_from_micros": (10_000_000, 10_000_001),
    "amount_to_micros": (10_000_000, 9_999_999),
    "destination_kind": ("sepa_iban", "paypal_email"),
    "rail": (Rail.BANK_SEPA, Rail.WALLET),
    "level": (1, 2),
    "member_age_days": (30, 31),
    "legal_entity": ("PCR", "OTHER"),
}
whens = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in CONDITIONS.items()}
).map(lambda said: When(**said))
rules = st.lists(whens, max_size=6).map(
    lambda found: tuple(
        Rule(name=str(place), when=when, providers=("x",)) for place, when in enumerate(found)
    )
)


def offer(fee: int | None, *, currency: str = "EUR", days: int = 1) -> Offer:
    return Offer(
        payable=Money(10_000_000, "EUR"),
        remainder=Money(0, "EUR"),
        fee=None if fee is None else Money(fee, currency),
        arrives_within=timedelta(days=days),
        expires_at=NOW + timedelta(minutes=5),
    )


offers = st.none() | st.builds(
    offer,
    st.none() | st.integers(0, 3),
    currency=st.sampled_from(["EUR", "USD"]),
    days=st.integers(0, 2),
)
candidates = st.lists(
    st.one_of(
        offers.map(lambda each: kept("", each)),
        st.sampled_from(DropReason).map(lambda reason: dropped("", reason)),
    ),
    max_size=6,
).map(lambda found: [replace(each, instance_id=str(at)) for at, each in enumerate(found)])


def test_every_condition_is_tried() -> None:
    """A condition that no test knows could mean anything."""
    assert CONDITIONS.keys() == {each.name for each in fields(When)}


@given(whens)
def test_a_rule_matches_when_every_condition_holds(when: When) -> None:
    """One that fails is enough, and what is not said counts for nothing."""
    said = {each.name: getattr(when, each.name) for each in fields(When)}
    wanted = all(value in (None, CONDITIONS[name][0]) for name, value in said.items())

    assert matches(when, FACTS, REGIONS) is wanted


@given(rules)
def test_the_first_matching_rule_decides(found: tuple[Rule, ...]) -> None:
    """Whatever stands below it, however cheap, is not looked at."""
    matching = [each for each in found if matches(each.when, FACTS, REGIONS)]

    decided = deciding(Ruleset(rules=found, version=1, regions=REGIONS), FACTS)

    assert decided == (matching[0] if matching else None)


@given(candidates, st.sampled_from([CHEAPEST, FIRST, "plugin"]), st.none() | st.sampled_from("012"))
def test_the_trace_tells_of_every_candidate_once(
    found: list[Candidate], router: str, preferred: str | None
) -> None:
    """None is lost, none stands twice, at most one is chosen, and never a dropped one."""
    trace = chosen_among(
        found, rule=Rule(name="x", router=router), currency="EUR", preferred=preferred
    )

    assert sorted(each.instance_id for each in trace) == [each.instance_id for each in found]
    reasons = {each.instance_id: each.dropped for each in found}
    assert all(each.dropped == reasons[each.instance_id] for each in trace)
    chosen = [each for each in trace if each.outcome is Outcome.CHOSEN]
    able = [each for each in found if each.outcome is Outcome.KEPT]
    assert len(chosen) == (1 if able else 0)
    assert all(each.dropped is None for each in chosen)
    assert trace[: len(chosen)] == tuple(chosen)


@given(candidates)
def test_the_cheapest_is_chosen_then_the_quickest_then_the_first(found: list[Candidate]) -> None:
    """A cost that nobody can compare comes last."""
    trace = chosen_among(found, rule=Rule(name="x"), currency="EUR")
    able = [each for each in found if each.outcome is Outcome.KEPT]
    comparable = [
        (each.offer.fee.micros, each.offer.arrives_within, each.instance_id)
        for each in able
        if each.offer is not None
        and each.offer.fee is not None
        and (each.offer.fee.currency == "EUR" or each.offer.fee.micros == 0)
    ]

    chosen = trace[0].instance_id if able else None

    if comparable:
        assert chosen == min(comparable)[2]
    elif able:
        assert chosen == able[0].instance_id


@given(candidates)
def test_the_first_router_keeps_the_order_of_the_rule(found: list[Candidate]) -> None:
    """Whatever the others cost."""
    trace = chosen_among(found, rule=Rule(name="x", router=FIRST), currency="EUR")
    able = [each.instance_id for each in found if each.outcome is Outcome.KEPT]

    assert [each.instance_id for each in trace][: len(able)] == able


def test_what_a_plugin_prefers_is_chosen_when_it_could() -> None:
    """It cannot choose somebody whom the rules dropped, or who is none of the candidates."""
    found = [
        kept("dear", offer(5)),
        kept("cheap", offer(1)),
        dropped("gone", DropReason.QUARANTINED),
    ]
    rule = Rule(name="x", router="plugin")

    def chosen(preferred: str | None) -> str:
        return chosen_among(found, rule=rule, currency="EUR", preferred=preferred)[0].instance_id

    assert [chosen("dear"), chosen("gone"), chosen("else"), chosen(None)] == [
        "dear",
        "cheap",
        "cheap",
        "cheap",
    ]


@pytest.mark.parametrize(
    ("instance", "rule", "is_cooling_down", "reason"),
    [
        ({"obstacle": Obstacle.NOT_CONFIGURED}, {}, False, DropReason.NOT_CONFIGURED),
        ({"obstacle": Obstacle.QUARANTINED}, {}, False, DropReason.QUARANTINED),
        ({"obstacle": Obstacle.UNHEALTHY}, {}, False, DropReason.UNHEALTHY),
        ({"obstacle": Obstacle.CIRCUIT_OPEN}, {}, False, DropReason.CIRCUIT_OPEN),
        ({"takes_kind": False}, {}, False, DropReason.NO_DESTINATION),
        ({"serves_country": False}, {}, False, DropReason.COUNTRY_NOT_SERVED),
        ({"serves_currency": False}, {}, False, DropReason.CURRENCY_NOT_SERVED),
        ({}, {"minimum_micros": 10_000_001}, False, DropReason.BELOW_MINIMUM),
        ({"amount_fault": DropReason.ABOVE_MAXIMUM}, {}, False, DropReason.ABOVE_MAXIMUM),
        ({"requires_level": 2}, {}, False, DropReason.LEVEL_TOO_LOW),
        ({"refused_before": True}, {}, False, DropReason.ALREADY_REJECTED_HERE),
        ({}, {}, True, DropReason.DESTINATION_COOLING_DOWN),
        ({"balance": Money(9_999_999, "EUR")}, {}, False, DropReason.BALANCE_TOO_LOW),
        ({"balance": Money(10_000_000, "EUR")}, {"minimum_micros": 10_000_000}, False, None),
        ({"balance": Money(1, "USD"), "requires_level": 1}, {}, False, None),
    ],
)
def test_each_obstacle_has_its_reason(
    instance: dict[str, Any],
    rule: dict[str, Any],
    is_cooling_down: bool,  # noqa: FBT001  # a column of the table above
    reason: DropReason | None,
) -> None:
    """Staff read it in the trace; exactly at a limit nothing is dropped."""
    found = drop_reason(
        Instance(instance_id="a", **instance),
        rule=Rule(name="x", **rule),
        facts=FACTS,
        is_cooling_down=is_cooling_down,
    )

    assert found is reason


@pytest.mark.parametrize(
    ("fee", "rule", "reason"),
    [
        (offer(150_000), {"max_fee_basis_points": 150}, None),
        (offer(150_001), {"max_fee_basis_points": 150}, DropReason.FEE_TOO_HIGH),
        (offer(1, currency="USD"), {"max_fee_basis_points": 150}, DropReason.FEE_TOO_HIGH),
        (offer(1, currency="USD"), {}, None),
        (offer(None), {"max_fee_basis_points": 1}, None),
        (offer(None), {"fee_payer": FeePayer.MEMBER}, DropReason.NO_QUOTE),
        (offer(10_000_000), {"fee_payer": FeePayer.MEMBER}, DropReason.FEE_TOO_HIGH),
        (offer(9_999_999), {"fee_payer": FeePayer.MEMBER}, None),
    ],
)
def test_a_fee_is_held_to_its_limit(
    fee: Offer, rule: dict[str, Any], reason: DropReason | None
) -> None:
    """One and a half percent is one and a half percent, to the micro."""
    assert fee_fault(fee, rule=Rule(name="x", **rule), facts=FACTS) is reason


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (Rule(name="", providers=("a",)), "a rule has a name"),
        (Rule(name="x"), "name 1 to 20 providers"),
        (Rule(name="x", providers=("a", "a")), "a provider stands here twice"),
        (Rule(name="a\0b", providers=("a",)), "cannot be shown"),
        (Rule(name="x", providers=("a\x1b",)), "cannot be shown"),
        (Rule(name="x", providers=("a" * 101,)), "too long"),
        (Rule(name="x", providers=("a",), router="\u202e"), "cannot be shown"),
        (
            Rule(name="x", providers=("a",), when=When(destination_kind="\0")),
            "cannot be shown",
        ),
        (Rule(name="x", providers=("a",), when=When(legal_entity="\0")), "cannot be shown"),
        (Rule(name="x", providers=("a",), when=When(region="MARS")), "there is no such region"),
        (Rule(name="x", providers=("a",), when=When(amount_to_micros=5)), "one on the currency"),
        (
            Rule(
                name="x",
                providers=("a",),
                when=When(currency="EUR", amount_from_micros=2, amount_to_micros=1),
            ),
            "ends before it begins",
        ),
        (Rule(name="x", providers=("a",), minimum_micros=-1), "below zero"),
        (Rule(name="x", providers=("a",), max_fee_basis_points=10_001), "0 to 100 percent"),
        (Rule(name="x", providers=("a",), hold_hours=721), "0 to 720 hours"),
    ],
)
def test_what_makes_no_sense_is_found_before_it_is_approved(rule: Rule, problem: str) -> None:
    """And said of the rule at fault."""
    good = Rule(name="good", providers=("a",), when=When(region="SEPA"))

    ((position, found),) = problems_of([good, rule], regions=REGIONS)

    assert position == 1
    assert problem in found
