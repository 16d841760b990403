"""The commands for plugin authors, as somebody at a terminal runs them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from rich.console import Console
from typer.testing import CliRunner

from gateway.instances import configured
from gateway.plugin_bench import work
from gateway.plugin_checks import check, module_of, offered
from gateway.plugin_cli import plugin
from gateway.plugin_show import capabilities_json, every_offer
from gateway.plugin_suites import shipped, suites
from gateway.refused import CommandRefused
from gateway.settings import settings_from
from gateway.simulators import simulators, tell
from plugins.conformance.suite import PayoutSuite
from plugins.manager import BUILT_IN
from tests.tidy.source import ROOT

ACME = str(ROOT / "examples" / "plugin-acme")


def piecerate(*words: str, cwd: Path, status: int = 0) -> str:
    """What it says, to both ends.

    No byte code is kept: a file that is changed and changed back within a second has its old
    size and time, and Python would take what it had compiled of the change.
    """
    said = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "piecerate", *words],
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == status, said.stdout + said.stderr
    return said.stdout + said.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `plugin new` writes."""
    folder = tmp_path_factory.mktemp("new")
    said = piecerate(
        *("plugin", "new", "payments", "zipay", "--rails", "wallet", "--countries", "PH,IN"),
        cwd=folder,
    )
    assert "Next: piecerate plugin conformance" in said
    return folder / "piecerate-zipay"


@pytest.mark.timeout(180)
def test_a_new_plugin_is_green_from_the_start(project: Path) -> None:
    """A newcomer breaks what works, instead of looking for what is missing."""
    said = piecerate("plugin", "conformance", ".", "--json", "told.json", cwd=project)

    (told,) = json.loads((project / "told.json").read_text())["providers"]
    assert told["provider"] == "zipay payouts"
    assert told["passed"]
    assert told["version"] == "0.1.0"
    assert told["digest"].startswith("sha256:")
    assert "FAIL" not in said
    skipped = [each for each in told["cases"].values() if each["outcome"] == "does not apply"]
    assert skipped and all(each["reasons"] for each in skipped)


@pytest.mark.timeout(400)  # three commands, one of them mypy without its cache
def test_a_new_verifier_is_green_from_the_start(tmp_path: Path) -> None:
    """And in order, types as well."""
    piecerate("plugin", "new", "verifier", "zicheck", "--countries", "PH,IN", cwd=tmp_path)
    project = tmp_path / "piecerate-zicheck"
    said = piecerate("plugin", "conformance", ".", "--json", "told.json", cwd=project)

    (told,) = json.loads((project / "told.json").read_text())["providers"]
    assert (told["provider"], told["passed"]) == ("zicheck verifiers", True)
    assert "FAIL" not in said
    applied = {number for number, each in told["cases"].items() if each["outcome"] == "passed"}
    assert applied == {f"V{number}" for number in range(1, 11)}
    assert "is in order" in piecerate("plugin", "check", ".", cwd=project)


@pytest.mark.parametrize("words", [(), ("acme",), ("payments",), ("wallet", "acme")])
def test_a_new_plugin_without_its_kind_or_name_says_which_there_are(words: tuple[str, ...]) -> None:
    """A newcomer forgets the kind first: the answer is a line that works."""
    refused = CliRunner().invoke(plugin, ["new", *words])

    assert isinstance(refused.exception, CommandRefused)
    assert "payments or verifier" in str(refused.exception)
    assert "piecerate plugin new payments acme" in str(refused.exception)


def test_a_failing_case_fails_the_command(project: Path) -> None:
    """In CI nobody reads the matrix."""
    path = project / "piecerate_zipay" / "provider.py"
    text = path.read_text()
    path.write_text(
        text.replace("raise_for_failure(error)", "raise NotSent from error").replace(
            "    Money,\n", "    Money,\n    NotSent,\n"
        )
    )
    try:
        said = piecerate("plugin", "conformance", ".", "--only", "c03", cwd=project, status=1)
    finally:
        path.write_text(text)

    assert "FAIL" in said
    assert "instead of OutcomeUnknown" in said


@pytest.mark.timeout(120)
def test_a_new_plugin_is_in_order(project: Path) -> None:
    """Types as well."""
    assert "is in order" in piecerate("plugin", "check", ".", cwd=project)


PLANTED = {
    "import httpx": "all calls go through",
    "from domain.payouts import operations": "domain.payouts is ours alone",
    "import gateway.settings": "gateway.settings is ours alone",
    "from plugins.payments import sandbox": "plugins.payments is ours alone",
    "import piecerate_zipay.simulator": "no part of the running plugin",
    "def f(amount): return amount / 100": "a float",
    "def f(fee): return float(fee)": "a float",
    "def f(price): return price * 1.05": "a float",
    "def f(): return requests.get('http://x')": "use a session",
}


def test_check_finds_what_a_plugin_may_not_do(project: Path) -> None:
    """Each planted mistake, at its own line, and nothing else."""
    path = project / "piecerate_zipay" / "planted.py"
    path.write_text("".join(f"{line}\n" for line in PLANTED))
    try:
        said = piecerate("plugin", "check", ".", "--no-types", cwd=project, status=1)
    finally:
        path.unlink()

    lines = said.splitlines()
    assert len(lines) == len(PLANTED)
    for number, wanted in enumerate(PLANTED.values(), start=1):
        assert any(f"planted.py:{number}: " in line and wanted in line for line in lines), said


def test_check_finds_wrong_hooks(project: Path) -> None:
    """A misspelt one would be refused at the start; a bare function is never called."""
    path = project / "piecerate_zipay" / "__init__.py"
    text = path.read_text()
    path.write_text(
        f"{text}\n@hookimpl\ndef payout_provider(): return ()\ndef deposit_providers(): return ()\n"
    )
    try:
        said = piecerate("plugin", "check", ".", "--no-types", cwd=project, status=1)
    finally:
        path.write_text(text)

    assert "there is no hook 'payout_provider'" in said
    assert "'deposit_providers' lacks @hookimpl" in said


def test_check_finds_a_wrong_manifest(project: Path) -> None:
    """The same that loading refuses, before anybody loads it."""
    path = project / "piecerate_zipay" / "settings.py"
    text = path.read_text()
    path.write_text(text.replace("concurrency=4", "concurrency=0"))
    try:
        said = piecerate("plugin", "check", ".", "--no-types", cwd=project, status=1)
    finally:
        path.write_text(text)

    assert "concurrency is below 1" in said


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_what_we_ship_passes_our_own_check(name: str) -> None:
    """An author looks at these first; one of which no class is seen is not checked at all."""
    assert check(module_of(name)) == []
    assert list(offered(module_of(name)))


def test_whatever_we_ship_has_a_suite() -> None:
    """`conformance --all` means all: every provider and verifier of every built-in plugin."""
    offers = {each for name in BUILT_IN for each in offered(module_of(name))}

    assert {vars(each)["provider"] for each in suites(shipped())} == offers


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["new", "kyc", "acme"], "say which kind (payments or verifier)"),
        (["new", "payments", "Acme Pay"], "is no name"),
        (["new", "payments", "acme", "--rails", "pigeon"], "--rails is one of"),
        (["new", "payments", "acme", "--countries", "Philippines"], "ISO 3166"),
        (["conformance"], "say --all"),
        (["conformance", "nobody"], "has no test_conformance"),
        (["check", "nobody"], "no plugin 'nobody' is installed"),
        (["check", "."], "entry point"),
        (["run", ACME, "--suite", "TestNobody"], "there are TestAcme"),
    ],
)
def test_a_wrong_command_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    """And writes nothing."""
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(plugin, words)

    assert isinstance(result.exception, CommandRefused)
    assert said in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_list_and_show_tell_what_there_is(tmp_path: Path) -> None:
    """Before anybody allows a plugin, it is looked at."""
    listed = piecerate("plugin", "list", cwd=tmp_path)
    assert "sandbox" in listed and "loaded" in listed and "blocked" in listed
    shown = piecerate("plugin", "show", ACME, cwd=tmp_path)
    assert "Cancels, ReceivesWebhooks, ReadsStatements" in shown
    assert "api_key, webhook_secret" in shown
    assert "look_up_delays" in piecerate("plugin", "show", "vies", cwd=tmp_path)


def test_capabilities_are_one_file_for_programs() -> None:
    """Every manifest of ours, as JSON."""
    told = json.loads(capabilities_json(every_offer()))

    assert {each["manifest"]["id"] for each in told} >= {"sandbox"}
    assert len(told) == len(every_offer())
    assert all(each["kind"] in ("payout", "deposit", "verifier") for each in told)


def test_the_workbench_says_what_it_does_not_know() -> None:
    """A page of help would hide that a word was misspelt."""
    said = bench("wait 1d", "fault drop_after 2")

    assert "there is no 'wait'" in said
    assert "the next 2 calls that move money: drop_after" in said
    assert "hand a new batch over" not in said


def bench(*commands: str) -> str:
    (suite,) = suites([ACME])
    assert issubclass(suite, PayoutSuite)
    written = io.StringIO()
    work(suite, commands, console=Console(file=written, width=500))
    return written.getvalue()


def test_the_workbench_pays_and_shows_the_wire() -> None:
    """Without a database, and without what must not be seen."""
    said = bench("trace on", "send 2", "end", "effects", "health", "quit", "send")

    assert "> PUT /v1/batches/" in said
    assert said.count(": paid") >= 2
    assert "+639170000001" not in said
    assert "acme-key" not in said
    assert said.count("> PUT") == 1, "nothing is done after quit"


def test_the_workbench_breaks_things() -> None:
    """A lost answer, a kill, a bounce: what an author wants to see once."""
    lost = bench("trace off", "fault drop_after", "send", "end")
    assert "send: OutcomeUnknown" in lost and ": unknown" in lost and ": paid" in lost
    killed = bench("trace off", "lie connect_timeout", "send", "kill", "step", "end", "effects")
    assert "killed; another process" in killed and ": paid" in killed
    for command in ("look", "webhook"):
        killed = bench("send", "kill", command, "end")
        assert "killed; another process" in killed and ": paid" in killed
    before = bench("kill", "send", "effects", "end", "effects")
    assert before.index("killed; another process") < before.index(": paid")
    bounced = bench("send", "end", "webhook", "bring returned", "look", "state")
    assert "payment.changed" in bounced and "1 times credited back" in bounced


def test_the_workbench_bears_nonsense() -> None:
    """Somebody tries things out there."""
    said = bench(
        "",
        "dance",
        'send "1',
        "look",
        "fault",
        "lie sunshine",
        "bring reversed",
        "clock x",
        "again",
    )

    assert "there is no 'dance'" in said
    assert said.count("that does not work") == 7
    assert "send something first" in said


@pytest.mark.timeout(120)
def test_simulators_start_together_and_say_how(tmp_path: Path) -> None:
    """The file that they write is one that Piecerate starts with."""
    said: list[str] = []
    with simulators([ACME], folder=tmp_path, first_port=0) as served:
        tell(served, folder=tmp_path, say=said.append)
        (acme,) = served
        answer = requests.get(f"{acme.url}/_sim/effects", timeout=5)
        assert answer.json() == []

    settings = settings_from(
        {"PIECERATE_HOME": str(tmp_path), "PIECERATE_PROVIDERS": str(tmp_path / "providers.toml")}
    )
    instance, *sandbox = configured(settings).instances
    assert (instance.plugin, instance.config) == ("acme", {"endpoint": acme.url})
    assert {each.plugin for each in sandbox} == {"sandbox"}, "for deposits, and other kinds"
    assert set(instance.secrets) == {"api_key", "webhook_secret"}
    assert any(acme.url in line for line in said)


@pytest.mark.timeout(120)
def test_every_shipped_simulator_starts(tmp_path: Path) -> None:
    """At once, each on a port of its own."""
    with simulators(folder=tmp_path, first_port=0) as served:
        for each in served:
            assert requests.get(f"{each.url}/_sim/effects", timeout=5).ok
    content = (tmp_path / "providers.toml").read_text()
    assert len({each.url for each in served}) == len(served) > 2
    assert content.count('plugin = "sandbox"') == 2, "behind the others: payouts and deposits"
    settings = settings_from(
        {"PIECERATE_HOME": str(tmp_path), "PIECERATE_PROVIDERS": str(tmp_path / "providers.toml")}
    )
    assert len(configured(settings).instances) == content.count("plugin = ")
