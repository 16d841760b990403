"""The pages for plugin authors against the code: every field, method, case and fault is there."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from domain.deposits.provider import DepositManifest, DepositProvider
from domain.payouts.provider import (
    DestinationKind,
    Idempotency,
    Lookup,
    PayoutManifest,
    PayoutProvider,
)
from domain.provider import CurrencyLimits
from domain.verification.provider import CheckNeeds, Verifier, VerifierManifest
from gateway.plugin_cases import EngineCases
from gateway.plugin_cli import plugin as commands
from piecerate.conformance import PayoutConformance
from plugins.abilities import ABILITIES
from plugins.conformance.cases import CASES
from plugins.conformance.suite import Conformance, PayoutSuite
from plugins.conformance.verifier_suite import VerifierSuite
from plugins.http import error_of
from plugins.simulation import Fault
from tests.docs_support.markdown import quoted, table

MANIFEST, PORTS = "plugins/manifest.md", "plugins/ports.md"
OF_THE_VERIFIER_SUITE = {
    *("asked", "begun", "best_of", "checking", "kinds", "looked_up", "needs_network", "news_of"),
    *("once", "outcome", "ready", "report", "tried"),
}
OF_THE_SUITE = {"applies", "advanced", "bench", "finished", "patiently", "probed", "news"}


@pytest.mark.parametrize(
    ("marker", "kind"),
    [
        ("payouts", PayoutManifest),
        ("deposits", DepositManifest),
        ("idempotency", Idempotency),
        ("lookup", Lookup),
        ("currency", CurrencyLimits),
        ("destination", DestinationKind),
        ("verifiers", VerifierManifest),
        ("needs", CheckNeeds),
    ],
)
def test_every_field_of_a_manifest_is_explained(marker: str, kind: type) -> None:
    """In the order of the code."""
    said = [quoted(row[0])[0] for row in table(MANIFEST, marker)]

    assert said == [each.name for each in fields(kind)]


@pytest.mark.parametrize(
    ("marker", "kind"),
    [
        ("payout_methods", PayoutProvider),
        ("deposit_methods", DepositProvider),
        ("verifier_methods", Verifier),
    ],
)
def test_every_method_of_a_port_is_explained(marker: str, kind: type) -> None:
    """And whether it moves money."""
    said = {quoted(row[0])[0] for row in table(PORTS, marker)}

    assert said == {name for name, _ in inspect.getmembers(kind, inspect.isfunction)}


def test_every_ability_is_explained_with_its_methods() -> None:
    """What the guard knows is what an author may inherit."""
    said = {quoted(row[0])[0]: set(quoted(row[1])) for row in table(PORTS, "abilities")}

    assert said == {
        each.__name__: set(getattr(each, "__abstractmethods__", ())) for each in ABILITIES
    }


def test_every_case_and_every_fault_is_listed() -> None:
    """The numbers are what people talk about."""
    assert [row[:2] for row in table("plugins/conformance.md", "cases")] == [
        list(each) for each in CASES.items()
    ]
    assert [quoted(row[0])[0] for row in table("plugins/simulators.md", "faults")] == list(Fault)


def test_everything_an_author_may_say_is_listed() -> None:
    """A knob that nobody knows of is turned by nobody."""
    said = {quoted(row[0])[0] for row in table("plugins/conformance.md", "attributes")}
    named = {
        name
        for kind in (Conformance, PayoutSuite, EngineCases)
        for name in (*vars(kind), *kind.__annotations__)
        if not name.startswith(("_", "test_", "must_", "needs_", "sent_"))
    }

    assert said == named - OF_THE_SUITE
    assert issubclass(PayoutConformance, EngineCases)


def test_everything_an_author_may_say_of_a_verifier_is_listed() -> None:
    """In the order of the code; what the cases use of it is not theirs to say."""
    said = [quoted(row[0])[0] for row in table("plugins/conformance.md", "verifier_attributes")]
    named = [*VerifierSuite.__annotations__, *vars(VerifierSuite)]
    theirs = {name for name in named if not name.startswith("_")} - OF_THE_VERIFIER_SUITE

    assert set(said) == theirs


def test_every_command_is_listed() -> None:
    """The table is where an author looks first."""
    said = {quoted(row[0])[0] for row in table("plugins/README.md", "commands")}
    names = {
        f"piecerate plugin {each.name or getattr(each.callback, '__name__', '')}"
        for each in commands.registered_commands
    } | {"piecerate simulators"}

    assert {" ".join(each.split()[:3]) for each in said} == names


@pytest.mark.parametrize("row", table("plugins/errors.md", "statuses"), ids=lambda row: row[0])
def test_a_status_becomes_the_error_on_the_page(row: list[str]) -> None:
    """Whether money may have moved is read off this table."""
    for status in row[0].split(", "):
        assert type(error_of(int(status))).__name__ == quoted(row[1])[0]
