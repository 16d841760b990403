"""The pages in `docs/` against the code: what they say must be so, what they show must run."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from inspect import getsource, signature
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from piecerate_acme import provider as acme_payouts

from domain import provider as errors
from domain.assignments.rules import AssignmentEvent, AssignmentState
from domain.campaigns.rules import CampaignEvent, CampaignState
from domain.database import fetch
from domain.deposits.rules import DepositState
from domain.invoices.rules import (
    BillableGroup,
    DocumentKind,
    bill,
    document_number,
    number_prefix,
)
from domain.ledger.rules import AccountKind
from domain.money import Money
from domain.payouts.operations import outcomes
from domain.payouts.operations.batches import Item
from domain.payouts.rules import AttemptState, PayoutState
from domain.provider import CallContext, ProviderError
from domain.verification.provider import CheckState
from domain.verification.rules import VerificationEvent, VerificationState
from gateway.job_kinds import (
    EVERY_HOUR,
    EVERY_MINUTE,
    EVERY_MONTH,
    EVERY_NIGHT,
    EVERY_TEN_MINUTES,
    EVERY_TEN_SECONDS,
    EVERY_TWO_SECONDS,
)
from gateway.jobs import JOBS
from gateway.settings import KEYS
from gateway.verify import CHECKS
from piecerate import plugin
from plugins.hookspecs import PiecerateHooks
from plugins.payments.sandbox.scenarios import Scenario
from tests.docs_support import states
from tests.docs_support.example import COST_MICROS, book_example
from tests.docs_support.markdown import DOCS, blocks, links, page, quoted, table
from tests.make.payouts import open_house
from tests.make.world import World
from tests.tidy.source import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
ADRS = sorted((DOCS / "adr").glob("*.md"))
PROVIDERS, LEDGER = "plugins/payout-providers.md", "finance/ledger.md"
ERRORS, SIMULATORS = "plugins/errors.md", "plugins/simulators.md"
DOCUMENTS, RUNNING = "finance/documents.md", "operating/running.md"
NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
CONTEXT = CallContext(now=NOW, send_no=1, correlation_id="BZZ000000000001")


# -- every page ---------------------------------------------------------------


def test_links_lead_somewhere() -> None:
    """A reader who follows one must not stand before nothing."""
    assert [
        f"{path.relative_to(ROOT)}: {address}"
        for path in PAGES
        for address in links(path)
        if not (path.parent / address).exists()
    ] == []


def test_no_page_names_a_package_index() -> None:
    """Where packages come from is the installer's business."""
    hosts = r"pypi\.(org|python)|pythonhosted|registry\.npmjs|npmjs\.(com|org)|proxy\.golang"

    assert [path.name for path in PAGES if re.search(hosts, path.read_text())] == []


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_a_decision_has_its_five_parts(path: Path) -> None:
    """A decision without its reason and its check is a habit."""
    parts = re.findall(r"^\*\*(\w+)\.\*\*", path.read_text(), re.MULTILINE)

    assert parts == ["Context", "Decision", "Consequences", "Alternatives", "Check"]
    assert path.read_text().startswith(f"# {path.name[:4]}. ")


def test_the_decisions_name_tests_that_exist() -> None:
    """A check that was renamed no longer guards what the decision promises."""
    tests = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in [path.name, *re.findall(r"def (test_\w+)", path.read_text())]
    }
    for path in ADRS:
        check = path.read_text().split("**Check.**")[1]
        named = re.findall(r"`([^`]*test_\w+(?:\.py)?)`", check)
        missing = [each for each in named if each.rpartition("/")[2] not in tests]
        assert not missing, f"{path.name}: {missing}"


# -- states -------------------------------------------------------------------


def test_the_diagrams_are_those_of_the_rules() -> None:
    """Run `python -m tests.docs_support.states` after a change of a state machine."""
    assert states.PAGE.read_text() == states.page()


@pytest.mark.parametrize(
    ("meanings", "rules"),
    [
        (states.CAMPAIGN_MEANING, CampaignState),
        (states.CAMPAIGN_EVENTS, CampaignEvent),
        (states.ASSIGNMENT_MEANING, AssignmentState),
        (states.ASSIGNMENT_EVENTS, AssignmentEvent),
        (states.PAYOUT_MEANING, PayoutState),
        (states.DEPOSIT_MEANING, DepositState),
        (states.VERIFICATION_MEANING, VerificationState),
        (states.VERIFICATION_EVENTS, VerificationEvent),
        (states.CHECK_MEANING, CheckState),
    ],
)
def test_every_state_and_event_is_explained(meanings: dict[str, str], rules: type) -> None:
    """A new one must not stand in a diagram without a word."""
    assert set(meanings) == set(rules)  # type: ignore[call-overload]  # an enum class


# -- plugins ------------------------------------------------------------------


def test_every_hook_is_on_its_page_word_for_word() -> None:
    """A plugin author copies the signature from there."""
    specs = {
        name: f"def {name}{signature(spec)}: ...".replace("(self)", "()").replace("'", "")
        for name, spec in vars(PiecerateHooks).items()
        if not name.startswith("_")
    }
    text = page("plugins/hooks.md")

    assert set(re.findall(r"^## `(\w+)`$", text, re.MULTILINE)) == set(specs)
    for spec in specs.values():
        assert f"{spec}\n" in blocks(text, "python")


def test_the_provider_on_the_page_is_the_one_that_runs_here() -> None:
    """An example that nobody runs is wrong within a month."""
    assert getsource(acme_payouts) in blocks(page(PROVIDERS), "python")  # tests/plugins runs it


def test_partners_can_import_every_error_that_they_may_raise() -> None:
    """The table names all there are; the guard alone raises `PluginBug`."""
    named = {quoted(row[0])[0] for row in table(ERRORS, "errors")}

    ours = (each for each in ProviderError.__subclasses__() if each.__module__[:6] == "domain")
    assert named == {each.__name__ for each in ours}
    assert named - {"PluginBug"} <= set(plugin.__all__)


@pytest.mark.parametrize("row", table(ERRORS, "errors"), ids=lambda row: quoted(row[0])[0])
def test_an_error_does_to_a_payout_what_the_table_says(row: list[str]) -> None:
    """The column "sent?" tells whether money may be sent again: it must not lie."""
    error, sent, _, state = row
    item = sending_item()
    decision = outcomes.after_send(
        items=[item],
        outcome=raised(quoted(error)[0], item.item_ref),
        manifest=acme_payouts.AcmePayouts.manifest,
    )

    (change,) = decision.changes
    assert change.payout.value == quoted(state)[0]
    if decision.again or change.payout is PayoutState.QUEUED:
        assert sent == "no"
    if sent.startswith(("perhaps", "yes")):
        assert not decision.again


def test_every_scenario_of_the_sandbox_is_explained() -> None:
    """The page is where a partner and a frontend team find them."""
    assert [quoted(row[0])[0] for row in table(SIMULATORS, "scenarios")] == list(Scenario)


# -- money --------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_chart_is_that_of_the_database(database: str) -> None:
    """Finance staff read the page, the database obeys the table."""
    assert database
    rows = await fetch("select * from ledger_account_kind")
    kinds = {
        row["kind"]: [
            row["account_class"],
            "debit" if row["normal_side"] == 1 else "credit",
            "yes" if row["is_house"] else "no",
        ]
        for row in rows
    }

    assert {quoted(row[0])[0]: row[1:4] for row in table(LEDGER, "chart")} == kinds
    assert set(kinds) == set(AccountKind)


@pytest.mark.asyncio
async def test_the_worked_example_is_what_the_operations_book(world: World, tmp_path: Path) -> None:
    """Line by line, with every event and every side that the page lists."""
    async with open_house(world, tmp_path, fee_micros=COST_MICROS) as house:
        example = await book_example(house)

    assert table(LEDGER, "example") == example.rows
    assert sides_of(example.rows) == {
        (row[0], tuple(sorted(quoted(row[2]))), tuple(sorted(quoted(row[3]))))
        for row in table(LEDGER, "events")
    }


def test_every_check_of_verify_is_explained() -> None:
    """Somebody who reads a difference looks its name up."""
    wanted = [[books, check] for books, checks in CHECKS.items() for check in checks]

    assert [row[:2] for row in table(LEDGER, "checks")] == wanted


def test_numbers_and_fractions_are_as_the_page_tells() -> None:
    """The examples in the text, computed."""
    text = page(DOCUMENTS)
    for kind in DocumentKind:
        prefix = number_prefix(code="DE", kind=kind)
        assert f"`{document_number(prefix=prefix, year=2026, sequence=1)}`" in text
        assert f"| `{kind}` |" in text

    first = bill(groups=[rewards(3)], carry_micros=0, exponent=2)
    assert first is not None and (first.net_minor, first.carry_micros) == (1, 5_000)
    second = bill(groups=[rewards(1)], carry_micros=first.carry_micros, exponent=2)
    assert second is not None and (second.net_minor, second.carry_micros) == (1, 0)
    assert [line.net_minor for line in second.lines] == [0, 1]
    assert bill(groups=[rewards(1)], carry_micros=0, exponent=2) is None


@pytest.mark.asyncio
@pytest.mark.parametrize("name", [LEDGER, DOCUMENTS, RUNNING, ERRORS])
async def test_the_sql_on_the_pages_runs(database: str, name: str) -> None:
    """People copy it in a hurry."""
    connection = await asyncpg.connect(database)
    try:
        for sql in [*blocks(page(name), "sql"), *inline_sql(page(name))]:
            await connection.fetch(sql.replace("'ASSIGNMENT'", f"'{UUID(int=1)}'"))
    finally:
        await connection.close()


# -- operating ----------------------------------------------------------------


def test_every_setting_is_explained() -> None:
    """`doctor` prints the same names and the same defaults."""
    wanted = [[key.name, key.default] for key in KEYS]

    assert [[quoted(row[0])[0], row[1]] for row in table(RUNNING, "settings")] == wanted


def test_every_job_is_explained() -> None:
    """Whoever finds a held one looks it up there."""
    rhythm = {
        None: "on demand",
        EVERY_TWO_SECONDS: "every 2 seconds",
        EVERY_TEN_SECONDS: "every 10 seconds",
        EVERY_MINUTE: "every minute",
        EVERY_TEN_MINUTES: "every 10 minutes",
        EVERY_HOUR: "every hour",
        EVERY_NIGHT: "every night, 03:23 UTC",
        EVERY_MONTH: "on the first of a month, 02:00 UTC",
    }
    wanted = [[job.name, rhythm[job.every]] for job in JOBS]

    assert [[quoted(row[0])[0], row[1]] for row in table(RUNNING, "jobs")] == wanted


def test_the_make_targets_in_the_house_page_exist() -> None:
    """And none is missing there."""
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert [quoted(row[0])[0] for row in table("house.md", "targets")] == [
        f"make {target}" for target in targets
    ]


def test_the_words_the_house_page_bans_are_banned_by_the_tests() -> None:
    """One list in two places would become two lists."""
    from tests.tidy.test_shape import BANNED  # noqa: PLC0415  # its tests would run here again

    line = page("house.md").split("Never used, whatever the meaning: ")[1].split("\n")[0]

    assert quoted(line) == list(BANNED)


# -- support ------------------------------------------------------------------


def sending_item() -> Item:
    return Item(
        attempt_id=UUID(int=1),
        item_ref="P1",
        state=AttemptState.SENDING,
        is_frozen=False,
        is_in_doubt=False,
        provider_ref=None,
        payout_id=UUID(int=3),
        payout_state=PayoutState.SENDING,
        worker_id=UUID(int=4),
        amount=Money(7_000_000, "USD"),
        fee=Money(0, "USD"),
        paid_at=None,
        destination_id=UUID(int=2),
        kind="acme",
        country="PH",
        currency="USD",
        sealed_fields=b"",
        fingerprint=b"",
    )


def raised(name: str, item_ref: str) -> ProviderError:
    match name:
        case "RateLimited":
            return errors.RateLimited(retry_after_seconds=60)
        case "DestinationInvalid":
            return errors.DestinationInvalid(problems=())
        case "BatchRefused":
            problem = errors.ItemProblem(item_ref=item_ref, code="x", message="")
            return errors.BatchRefused(problems=(problem,))
        case _:
            error: ProviderError = getattr(errors, name)("x")
            return error


def rewards(count: int) -> BillableGroup:
    return BillableGroup(campaign_id=UUID(int=1), title="", count=count, unit_micros=5_000)


def sides_of(rows: list[list[str]]) -> set[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(event, kinds debited, kinds credited) of each transfer in the example."""
    starts = [number for number, row in enumerate(rows) if row[0]]
    transfers = [rows[start:end] for start, end in pairwise([*starts, len(rows)])]
    return {
        (
            transfer[0][1],
            tuple(sorted(kind_of(account) for _, _, account, debit, _ in transfer if debit)),
            tuple(sorted(kind_of(account) for _, _, account, debit, _ in transfer if not debit)),
        )
        for transfer in transfers
    }


def kind_of(account: str) -> str:
    """`worker:A:earnings` is a `worker:earnings`."""
    parts = quoted(account)[0].split(":")
    return f"{parts[0]}:{parts[-1]}"


def inline_sql(text: str) -> list[str]:
    return [each for each in quoted(text) if each.startswith("select ")]
