"""The suite itself: a good provider passes it, and each wrong one fails the case it is wrong in."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from piecerate_acme.provider import STATES, AcmePayouts
from piecerate_acme.simulator import KEY, WEBHOOK_SECRET, WRONG_PHONE, AcmeSimulator

from piecerate.conformance import Bench, ObservedState, PayoutConformance, does_not_apply
from piecerate.plugin import BatchRefused
from plugins.conformance.cases import CASES
from tests.plugins.wrong_providers import WRONG, Wrong

STATUSES = {state: status for status, state in STATES.items()}


class AcmeSuite(PayoutConformance):
    """As an author writes it, with a past that Acme does not have."""

    __test__ = False
    provider = AcmePayouts
    simulator = AcmeSimulator
    secrets = {"api_key": KEY, "webhook_secret": WEBHOOK_SECRET}  # noqa: RUF012  # as authors write it
    webhook_secrets = ("webhook_secret",)
    webhook_event_field = "type"
    status_field = "status"
    items_field = "payments"
    amount_field = "minor"
    currency_field = "currency"

    def destination(self, kind: str) -> Mapping[str, str]:
        assert kind == "acme"
        return {"phone": "+639170000001"}

    def bring(self, bench: Bench, item_ref: str, state: ObservedState) -> None:
        if state not in STATUSES:
            does_not_apply(f"Acme Pay has no status for {state.value}")
        assert isinstance(bench.simulator, AcmeSimulator)
        bench.simulator.effects()
        bench.simulator.bring(item_ref, STATUSES[state])

    def earlier_states(self) -> Sequence[Mapping[str, str]]:
        return ({"legacy": "1"},)


class TestAcme(AcmeSuite):
    """The right one: what fails below fails because of the mistake alone."""

    __test__ = True


def runs(suite: object, number: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """Every test of a case, with every set of its parameters."""
    for name, test in inspect.getmembers(type(suite), inspect.isfunction):
        if getattr(test, "conformance_case", ("",))[0] != number:
            continue
        marks = [each for each in getattr(test, "pytestmark", []) if each.name == "parametrize"]
        names = [each.args[0] for each in marks]
        for values in itertools.product(*(list(each.args[1]) for each in marks)):
            given = dict(zip(names, values, strict=True))
            yield f"{name}{list(given.values())}", _bound(suite, name, given)


def _bound(suite: object, name: str, given: dict[str, Any]) -> Callable[[], None]:
    return lambda: getattr(suite, name)(**given)


def failures(wrong: Wrong, number: str) -> list[str]:
    return failures_of(type("Suite", (AcmeSuite,), {"provider": wrong.provider})(), number)


def failures_of(suite: object, number: str) -> list[str]:
    failed = []
    for name, run in runs(suite, number):
        try:
            run()
        except pytest.skip.Exception:
            continue
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  # however it fails
            failed.append(f"{name}: {error!r}"[:300])
    return failed


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.case} {wrong.how}")
def test_a_wrong_provider_fails_its_case(wrong: Wrong) -> None:
    """A suite that passes everybody is worth nothing."""
    assert failures(wrong, wrong.case)


def test_there_is_a_wrong_provider_for_every_case() -> None:
    """A new case needs one, and a case without a test is none."""
    numbered = {number for number in CASES if number.startswith("C")}
    tested = {
        getattr(test, "conformance_case", ("",))[0]
        for _, test in inspect.getmembers(PayoutConformance, inspect.isfunction)
    } - {""}

    assert tested == numbered
    assert {each.case for each in WRONG} == numbered


def test_the_example_names_whom_the_service_does_not_know() -> None:
    """Offline while the member types; and again when the service knows better."""
    with AcmeSuite().bench() as bench:
        opened = bench.open()
        good, bad = bench.batch(count=2).items
        strange = replace(bad, destination=replace(bad.destination, fields={"phone": WRONG_PHONE}))
        batch = replace(bench.batch(), items=(good, strange))

        with pytest.raises(BatchRefused) as refused:
            bench.send(opened, batch)
        wrong = replace(bad.destination, fields={"phone": "call me", "name": "x"})
        problems = bench.run(opened.guarded.check_destination(wrong))

    assert [each.item_ref for each in refused.value.problems] == [bad.item_ref]
    assert {each.field for each in problems} == {"phone", "name"}


def test_the_example_cancels_what_is_not_paid_yet() -> None:
    """And tells the truth of what is."""
    with AcmeSuite().bench() as bench:
        opened = bench.open()
        early, late = bench.batch(), bench.batch()
        for batch in (early, late):
            bench.send(opened, batch)
        seen = bench.run(opened.guarded.cancel(early.items[0], bench.context()))
        bench.wait(timedelta(minutes=2))
        too_late = bench.run(opened.guarded.cancel(late.items[0], bench.context()))

    assert seen.state is ObservedState.CANCELLED
    assert too_late.state is ObservedState.PAID
