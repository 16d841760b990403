"""A pytest plugin: the matrix of cases in the terminal, and `conformance.json`.

`pytest -p plugins.conformance.report --conformance-json conformance.json tests/`
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any, Final

import pytest

from plugins.conformance.cases import CASES
from plugins.conformance.suite import NOT_APPLICABLE

PASSED, FAILED, SKIPPED = "passed", "failed", "does not apply"
PORTS: Final = {"C": "payouts", "D": "deposits", "V": "verifiers"}
MARKS: Final = {PASSED: "[green]pass[/]", FAILED: "[red]FAIL[/]", SKIPPED: "[dim]n/a[/]"}


@dataclass
class Cell:
    """One case of one provider; the worst of its tests counts."""

    title: str
    outcome: str = SKIPPED
    reasons: list[str] = field(default_factory=list)

    def note(self, outcome: str, reason: str) -> None:
        order = (SKIPPED, PASSED, FAILED)
        if order.index(outcome) > order.index(self.outcome):
            self.outcome = outcome
        if reason and reason not in self.reasons:
            self.reasons.append(reason)


class Matrix:
    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Cell]] = {}
        self.kinds: dict[str, type[Any]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        marked = getattr(getattr(item, "function", None), "conformance_case", None)
        provider = getattr(getattr(item, "cls", None), "provider", None)
        if marked is None or provider is None or (report.when != "call" and report.passed):
            return report
        number = marked[0]
        name = f"{provider.manifest.id} {PORTS[number[0]]}"
        self.kinds[name] = provider
        cell = self.rows.setdefault(name, {}).setdefault(number, Cell(CASES[number]))
        outcome, reason = _judged(report, call)
        cell.note(outcome, reason)
        return report

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        target = config.getoption("--conformance-json")
        if target:
            Path(str(target)).write_text(json.dumps(self.as_json(), indent=2) + "\n")
        _show(self.rows, width=terminalreporter._tw.fullwidth)  # noqa: SLF001  # pytest has no other name for it

    def as_json(self) -> dict[str, Any]:
        return {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "providers": [
                {
                    "provider": name,
                    "version": self.kinds[name].manifest.version,
                    "api_version": self.kinds[name].manifest.api_version,
                    "distribution": distribution_of(self.kinds[name]),
                    "digest": digest_of(self.kinds[name]),
                    "passed": all(each.outcome != FAILED for each in cells.values()),
                    "cases": {
                        number: {
                            "title": cell.title,
                            "outcome": cell.outcome,
                            "reasons": cell.reasons,
                        }
                        for number, cell in sorted(cells.items(), key=_by_number)
                    },
                }
                for name, cells in sorted(self.rows.items())
            ],
        }


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--conformance-json", default=None, help="Where to write the result.")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Matrix(), "piecerate-conformance")


def distribution_of(kind: type[Any]) -> str:
    package = kind.__module__.partition(".")[0]
    names = packages_distributions().get(package, [])
    return f"{names[0]}=={version(names[0])}" if names else ""


def digest_of(kind: type[Any]) -> str:
    """Of the sources beside the provider: what was tested can be told from what runs."""
    source = sys.modules[kind.__module__].__file__
    assert source is not None
    digest = hashlib.sha256()
    for path in sorted(Path(source).parent.rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"sha256:{digest.hexdigest()}"


def _judged(report: pytest.TestReport, call: pytest.CallInfo[None]) -> tuple[str, str]:
    if report.passed:
        return PASSED, ""
    text = str(call.excinfo.value) if call.excinfo is not None else ""
    line = text.strip().splitlines()[0] if text.strip() else ""
    if report.skipped:
        is_said = line.startswith(NOT_APPLICABLE)
        return (SKIPPED, line.removeprefix(NOT_APPLICABLE)) if is_said else (FAILED, line)
    return FAILED, line[:200]


def _by_number(entry: tuple[str, Cell]) -> tuple[str, int]:
    return entry[0][0], int(entry[0][1:])


def _show(rows: dict[str, dict[str, Cell]], *, width: int) -> None:
    from rich.console import Console  # noqa: PLC0415  # pytest is quicker without
    from rich.table import Table  # noqa: PLC0415

    console = Console(width=max(width, 80))
    for name, cells in sorted(rows.items()):
        shown = Table(title=name, title_justify="left")
        for column in ("case", "", "what", "why"):
            shown.add_column(column)
        for number, cell in sorted(cells.items(), key=_by_number):
            shown.add_row(number, MARKS[cell.outcome], cell.title, "; ".join(cell.reasons))
        console.print(shown)
