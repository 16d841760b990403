"""VIES: its official test numbers, what outages mean, how often and how many at once we ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from domain.provider import ConfigError, NoAnswer, RunBlocking
from domain.verification.provider import CheckKind, CheckOutcome, CheckState, Subject, TaxNumber
from plugins.conformance.transport import Lie
from plugins.kyc.vies.answers import said_of
from plugins.kyc.vies.settings import PolicyRow, ViesConfig
from plugins.kyc.vies.simulator import TEST_NUMBERS, ViesSimulator
from plugins.kyc.vies.verifier import Vies, split_number
from tests.plugins.kyc.make import Asking, asking

Result = TypeVar("Result")

OURS = {"own_prefix": "DE", "own_number": "136695976", "retry_delays": []}
LATER = {"300", "301", "302", "500", "501", "600", "601"}


@contextmanager
def vies(**config: Any) -> Iterator[tuple[Asking, ViesSimulator]]:
    simulator = ViesSimulator()
    with asking(Vies, simulator=simulator, **{**OURS, **config}) as house:
        yield house, simulator


def of(number: str, *, country: str = "FR", name: str | None = None) -> Subject:
    return Subject(name=name, tax_number=TaxNumber(country=country, kind="vat", number=number))


def asked(house: Asking, subject: Subject) -> CheckOutcome:
    return house.check(CheckKind.VAT_ACTIVE, subject)


@pytest.mark.parametrize("number", TEST_NUMBERS)
def test_the_official_test_numbers(number: str) -> None:
    """Valid, invalid, ours to mend, or for later: each as the service's own table says."""
    with vies(is_test_service=True) as (house, _):
        if number in ("202", "400", "401"):
            with pytest.raises(ConfigError):
                asked(house, of(number))
            assert house.guarded.guard.quarantine is not None
            return
        outcome = asked(house, of(number))

    wanted = {"100": CheckState.VERIFIED} | dict.fromkeys(LATER, CheckState.UNAVAILABLE)
    assert outcome.state is wanted.get(number, CheckState.MISMATCH)


def test_the_consultation_number_is_the_proof() -> None:
    """Theirs, with the digest of what they said, for as long as the policy lets it count."""
    with vies() as (house, simulator):
        outcome = asked(house, of("FR40303265045"))

    assert outcome.evidence is not None
    assert outcome.evidence.reference == simulator.consultations[0] == "WAPI0000000000001"
    assert outcome.evidence.digest and outcome.evidence.source == "vies"
    assert outcome.valid_until == house.bench.now().date() + timedelta(days=30)
    assert outcome.facts == {"registered_name": "QUILLERN STUDIO"}
    assert simulator.asked == [
        {
            "countryCode": "FR",
            "vatNumber": "40303265045",
            "requesterMemberStateCode": "DE",
            "requesterNumber": "136695976",
        }
    ]


def test_without_a_number_of_ours_there_is_no_proof() -> None:
    """The answer counts, and staff see that it carries no reference."""
    with vies(own_prefix="", own_number="") as (house, _):
        outcome = asked(house, of("FR40303265045"))

    assert outcome.state is CheckState.VERIFIED
    assert outcome.evidence is not None and outcome.evidence.reference == ""


def test_a_valid_answer_is_kept_for_a_day() -> None:
    """The same number is not asked for twice within it; a no is never kept."""
    with vies() as (house, simulator):
        first = asked(house, of("FR40303265045"))
        again = asked(house, of("40303265045"))
        house.bench.wait(timedelta(hours=23))
        asked(house, of("FR40303265045"))
        within = len(simulator.asked)
        house.bench.wait(timedelta(hours=1, seconds=1))
        asked(house, of("FR40303265045"))
        for _ in range(2):
            asked(house, of("FR23334175221"))

    assert first == again
    assert (within, len(simulator.asked)) == (1, 4)


def test_policies_are_dated_rows() -> None:
    """A new row changes nothing about the days before it."""
    old = PolicyRow(valid_from="2020-01-01", proof_days=30)  # type: ignore[arg-type]  # as in a file
    with vies(
        policies=[
            {"valid_from": "2020-01-01", "proof_days": 30},
            {"valid_from": "2026-06-01", "proof_days": 10, "cache_hours": 0},
        ]
    ) as (house, simulator):
        before = asked(house, of("FR40303265045"))
        house.bench.wait(timedelta(days=90))
        after = asked(house, of("FR40303265045"))
        asked(house, of("FR40303265045"))
        today = house.bench.now().date()

    assert before.valid_until == today - timedelta(days=90 - 30)
    assert after.valid_until == today + timedelta(days=10)
    assert len(simulator.asked) == 3
    assert old.proof_days == ViesConfig().policies[0].proof_days


@pytest.mark.parametrize("country", ["GB", "US", "CH"])
def test_who_is_not_in_vies_is_not_asked(country: str) -> None:
    """Great Britain has a service of its own; Northern Ireland is XI."""
    with vies() as (house, simulator):
        with pytest.raises(NoAnswer):
            asked(house, of("980780684", country=country))
        ireland = asked(house, of("XI432525179", country="XI"))

    assert not Vies.manifest.serves(kind=CheckKind.VAT_ACTIVE, country=country)
    assert ireland.state is CheckState.VERIFIED
    assert len(simulator.asked) == 1


def test_greece_is_el() -> None:
    """Whatever of both the member wrote."""
    assert split_number(country="GR", number="EL 094259216") == ("EL", "094259216")
    assert split_number(country="EL", number="094259216") == ("EL", "094259216")
    assert Vies.manifest.serves(kind=CheckKind.VAT_ACTIVE, country="GR")


def test_an_outage_harms_nobody_and_ends() -> None:
    """A member state that does not answer is UNAVAILABLE for as long as it does not."""
    with vies() as (house, simulator):
        simulator.down.add("FR")
        during = asked(house, of("FR40303265045"))
        other = asked(house, of("DE136695976", country="DE"))
        simulator.down.clear()
        after = asked(house, of("FR40303265045"))

    assert (during.state, other.state) == (CheckState.UNAVAILABLE, CheckState.VERIFIED)
    assert [each.code for each in during.reasons] == ["vies_unavailable"]
    assert after.state is CheckState.VERIFIED


def test_too_many_at_once_are_asked_again_a_little_later() -> None:
    """As often as there are delays, and not for another error."""
    with vies(retry_delays=[0, 0]) as (house, simulator):
        simulator.busy = 2
        outcome = asked(house, of("FR40303265045"))
        simulator.busy = 3
        given_up = asked(house, of("FR23334175221"))

    assert outcome.state is CheckState.VERIFIED
    assert given_up.state is CheckState.UNAVAILABLE
    assert len(simulator.asked) == 6


@dataclass
class Counting:
    """Runs calls as the house does, and notes how many ran at once."""

    inner: RunBlocking
    running: int = 0
    most: int = 0

    async def __call__(self, call: Callable[[], Result], /) -> Result:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self.inner(call)
        finally:
            self.running -= 1


@pytest.mark.parametrize("places", [1, 2])
@pytest.mark.parametrize("countries", [("FR",), ("FR", "DE")], ids="-".join)
def test_one_member_state_gets_few_questions_at_once(
    places: int, countries: tuple[str, ...]
) -> None:
    """Others need not wait for it."""
    with vies(per_country=places) as (house, simulator):
        counting = Counting(house.opened.env.run_blocking)
        verifier = Vies()
        house.bench.run(verifier.open(replace(house.opened.env, run_blocking=counting)))
        requests = [
            house.request(CheckKind.VAT_ACTIVE, of(f"{number:09d}", country=country))
            for number in range(700, 706)
            for country in countries
        ]

        async def all_at_once() -> None:
            context = house.bench.context()
            await asyncio.gather(*(verifier.check(each, context) for each in requests))

        house.bench.run(all_at_once())

    assert counting.most == places * len(countries)
    assert len(simulator.asked) == len(requests)


def test_another_name_is_for_a_person() -> None:
    """Traders have several names; a number of somebody quite different must not pass by itself."""
    with vies() as (house, _):
        same = asked(house, of("FR40303265045", name="Studio Quillern"))
        part = asked(house, of("FR40303265045", name="Ada Quillern"))
        other = asked(house, of("FR40303265045", name="Tessaly Brandwyk"))
        untold = asked(house, of("DE136695976", country="DE", name="Tessaly Brandwyk"))

    states = [each.state for each in (same, part, other, untold)]
    assert states == [*[CheckState.VERIFIED] * 2, CheckState.PENDING, CheckState.VERIFIED]
    assert other.is_for_people and other.valid_until == house.bench.now().date() + timedelta(
        days=30
    )


def test_a_lost_answer_is_no_answer() -> None:
    """Nothing of what was asked stands in the reason."""
    with vies() as (house, _):
        house.bench.wire.always = Lie.READ_TIMEOUT
        outcome = asked(house, of("FR40303265045"))

    assert outcome.state is CheckState.UNAVAILABLE
    assert "403032" not in repr(outcome)


@pytest.mark.parametrize(
    "answer",
    [
        {"actionSucceed": False, "valid": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]},
        {"actionSucceed": False, "valid": True},
        {"valid": False, "userError": "MS_MAX_CONCURRENT_REQ"},
        {"valid": True, "errorWrappers": [{"error": 7}]},
        {"valid": "true"},
        {"valid": None},
        {"valid": 1},
        {},
        [],
        None,
    ],
    ids=repr,
)
def test_only_a_plain_verdict_without_an_error_counts(answer: object) -> None:
    """An outage that also says `valid: false` has been seen in the wild."""
    with pytest.raises(NoAnswer):
        said_of(answer)


@pytest.mark.parametrize(
    "config",
    [
        {"own_prefix": ""},
        {"own_prefix": "GB"},
        {"policies": []},
    ],
)
def test_settings_that_cannot_work_stop_the_start(config: dict[str, Any]) -> None:
    """Rather than the first member's check."""
    with pytest.raises(ConfigError), vies(**config):
        pass


def test_health_is_their_own_page() -> None:
    """No member state is asked for it."""
    with vies() as (house, simulator):
        house.bench.run(house.guarded.health(house.bench.context()))

    assert simulator.asked == []
    assert [each.path for each in simulator.calls] == [
        "/taxation_customs/vies/rest-api/check-status"
    ]
