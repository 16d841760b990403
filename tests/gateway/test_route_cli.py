"""`piecerate route`: rules as TOML go in as written, and what they do is printed."""

from __future__ import annotations

import os
import sys
from io import StringIO
from pathlib import Path
from subprocess import run

import pytest
from rich.console import Console

from domain.payouts.operations import Preview
from domain.routing import queries
from domain.routing.rules import FIRST, Rule, RulesetState, Schedule, When
from gateway import routing_file
from gateway.given import clock
from gateway.refused import CommandRefused
from tests.make.members import add_finance_member, add_worker, email_of
from tests.make.world import World

RULES = """
[[rule]]
name = "euro area by SEPA"
when.region = "SEPA"
when.currency = "EUR"
when.amount.from = "0.50"
when.amount.to = "500.00"
providers = ["bank-eu", "sandbox"]
router = "first"
minimum = "10.00"
max_fee_percent = "1.5"
fee_payer = "PLATFORM"
schedule = "weekly"
hold_hours_after_destination_change = 48

[[rule]]
name = "everywhere else"
providers = ["sandbox"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text)
    return path


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Units become micros, percent become basis points, and what is left out has its default."""
    first, rest = routing_file.read_rules(written(tmp_path, RULES))

    assert first == Rule(
        name="euro area by SEPA",
        when=When(
            region="SEPA",
            currency="EUR",
            amount_from_micros=500_000,
            amount_to_micros=500_000_000,
        ),
        providers=("bank-eu", "sandbox"),
        router=FIRST,
        minimum_micros=10_000_000,
        max_fee_basis_points=150,
        schedule=Schedule.WEEKLY,
        hold_hours=48,
    )
    assert rest == Rule(name="everywhere else", providers=("sandbox",))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[rule", "no TOML"),
        ("[[rule]]\nname = 'x'", "providers"),
        ("[[rule]]\nname = 'x'\nproviders = ['a']\ncolour = 1", "colour"),
        ("[[rule]]\nname = 'x'\nproviders = ['a']\nwhen.colour = 1", "colour"),
        ("[[rule]]\nname = 'x'\nproviders = ['a']\nminimum = 'ten'", "no number"),
        ("[[rule]]\nname = 'x'\nproviders = ['a']\nminimum = '0.0000001'", "decimals"),
        ("[[rule]]\nname = 'x'\nproviders = ['a']\nfee_payer = 'me'", "me"),
        ("[[rule]]\nname = 'x'\nproviders = ['a']\nwhen.rail = 'sea'", "sea"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(tmp_path: Path, text: str, fault: str) -> None:
    """Nothing of it is kept, and the fault is named."""
    with pytest.raises(CommandRefused, match=fault):
        routing_file.read_rules(written(tmp_path, text))


@pytest.mark.asyncio
async def test_it_takes_two_members_of_finance(world: World, tmp_path: Path) -> None:
    """The command line is no way around the four eyes."""
    rules = routing_file.read_rules(written(tmp_path, RULES))
    ann, bob = [await add_finance_member(world) for _ in range(2)]
    worker = await add_worker(world)
    later = clock().replace(year=2099)

    async def load(email: str) -> int:
        return await routing_file.load(rules, email=email, effective_from=later, note="why")

    version = await load(email_of(ann))
    with pytest.raises(CommandRefused, match="role finance"):
        await load(email_of(worker))
    with pytest.raises(CommandRefused, match="Nobody"):
        await load("nobody@nowhere.example")
    with pytest.raises(CommandRefused, match="another person"):
        await routing_file.approve(version, email=email_of(ann))
    await routing_file.approve(version, email=email_of(bob))
    await routing_file.withdraw(version, email=email_of(ann))
    with pytest.raises(CommandRefused, match="withdrawn"):
        await routing_file.withdraw(version, email=email_of(ann))

    found = await queries.ruleset_record(version)
    assert found is not None
    assert (found.state, found.rules) == (RulesetState.WITHDRAWN, tuple(rules))


@pytest.mark.parametrize(("amount", "currency"), [("0", "EUR"), ("x", "EUR"), ("1", "XAU")])
def test_a_payment_that_cannot_be_is_refused(amount: str, currency: str) -> None:
    """A typing error is said, not previewed."""
    with pytest.raises(CommandRefused):
        routing_file.asked_for(
            amount=amount, currency=currency, country="PH", destination_country=None, kind="x"
        )


def test_a_preview_says_what_would_change() -> None:
    """In words, with the sign of the difference."""
    said = StringIO()
    preview = Preview(
        payout_count=10,
        moved_count=3,
        stranded_count=1,
        fee_differences={"EUR": 1_250_000, "USD": -500_000},
    )

    routing_file.tell_preview(preview, console=Console(file=said, width=200))

    assert "10 payouts in 30 days: 3 would move, 1 would be paid by nobody" in said.getvalue()
    assert "1.25 EUR more" in said.getvalue()
    assert "0.50 USD less" in said.getvalue()


def test_the_command_explains_a_payment(database: str, tmp_path: Path) -> None:
    """As an operator types it, against a database of their own."""
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "PIECERATE_HOME": str(tmp_path),
        "COLUMNS": "200",
    }
    options = ["--country=PH", "--amount=12.345678", "--currency=EUR", "--kind=sandbox"]

    done = run(  # noqa: S603  # our own command
        [sys.executable, "-m", "piecerate", "route", "preview", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert 'rule "as configured"' in done.stdout
    assert "12.34 EUR" in done.stdout
    assert "0.005678 EUR" in done.stdout
