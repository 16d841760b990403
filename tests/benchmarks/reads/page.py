"""Writes docs/benchmarks/reads.md and the chart beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schema.limits import TRUSTED_LIMITS
from tests.benchmarks.machine import load, machine, moment
from tests.benchmarks.reads.chart import Bar, chart
from tests.benchmarks.reads.growth import Cost
from tests.benchmarks.reads.load import Found
from tests.benchmarks.reads.measuring import CONNECTIONS, ROUNDS
from tests.benchmarks.reads.questions import COST_OF_Q2, OURS, PAGE, Question
from tests.benchmarks.reads.rows import Size
from tests.benchmarks.reads.servers import LIMIT, PIECERATE, WRITTEN
from tests.tidy.source import ROOT

FOLDER: Final[Path] = ROOT / "docs" / "benchmarks"
METHOD: Final = Path(__file__).with_name("method.md")
SECONDS_MIN: Final = 14  # below, the slow servers answer too few times
LOAD_MAX: Final = 0.5  # per core before the run; above, others were at work
US, POSTGRAPHILE, MERCURIUS = PIECERATE.name, "PostGraphile 5", "mercurius-jit"
TITLES: Final = {
    Question.Q1: "Q1: one campaign, six fields",
    Question.Q2: f"Q2: {PAGE} campaigns, each with its employer and its newest ten assignments, "
    "those with worker and ratings",
    Question.M1: "M1: a claim, with the assignment in the answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    size: Size
    seconds: float
    load_before: tuple[float, float, float]
    cores: int
    fill_seconds: float
    found: Mapping[Question, Mapping[str, Found]]
    by_pgbench: Mapping[Question, float]
    growth: Sequence[Cost]
    alone: Found
    busy: Found

    @property
    def doubts(self) -> list[str]:
        """Why these figures are not yet a result."""
        found = []
        if self.seconds < SECONDS_MIN:
            found.append(f"each measurement took {self.seconds:g} s instead of {SECONDS_MIN}")
        if self.size.divisor != 1:
            found.append(f"there was only a {self.size.divisor}th of the rows")
        if self.load_before[0] > LOAD_MAX * self.cores:
            found.append(f"the machine had other work (load {self.load_before[0]:.1f} before)")
        return found


def cpu(found: Found) -> float:
    return found.app_ms + found.database_ms


def write(figures: Figures) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    panels = {
        TITLES[question].partition(",")[0]: [
            Bar(name, each.app_ms, each.database_ms, is_ours=name == US)
            for name, each in rows.items()
        ]
        for question, rows in figures.found.items()
    }
    note = "Provisional figures." if figures.doubts else f"Taken {moment()}."
    (FOLDER / "reads.svg").write_text(chart(panels, note=note))
    (FOLDER / "reads.md").write_text("\n".join([*lines(figures), ""]))


def lines(figures: Figures) -> Iterator[str]:
    yield "# Benchmark of reads, side by side"
    yield ""
    yield "Written by `make bench-reads`; nothing here is asserted by a test."
    yield ""
    if figures.doubts:
        yield f"**Provisional: {'; '.join(figures.doubts)}. Do not quote these figures.**"
        yield ""
    before = ", ".join(f"{each:.1f}" for each in figures.load_before)
    yield f"Taken {moment()} on {machine()}."
    yield f"Load average (1, 5, 15 minutes) before the run: {before}; after it: {load()}."
    yield (
        f"{ROUNDS} interleaved rounds of {figures.seconds:g} s per server and question; "
        f"the rows were made in {figures.fill_seconds:.0f} s."
    )
    yield "Compare within one run only. 2.00x means that Piecerate needs half of that server's CPU."
    yield ""
    yield "![Processor time per request](reads.svg)"
    for question in figures.found:
        yield from table(figures, question)
    yield from targets(figures)
    yield from growth(figures)
    yield from beside(figures)
    yield from METHOD.read_text().splitlines()
    yield from documents()


def table(figures: Figures, question: Question) -> Iterator[str]:
    rows = figures.found[question]
    ours = cpu(rows[US])
    yield ""
    yield f"## {TITLES[question]}"
    yield ""
    yield f"{CONNECTIONS[question]} connections. CPU in milliseconds per request."
    yield ""
    yield "| server | app | database | sum | Piecerate is | p50 | p99 | requests/s | memory |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name, each in sorted(rows.items(), key=lambda item: cpu(item[1])):
        factor = "" if name == US else f"{cpu(each) / ours:.2f}x"
        shown = f"**{name}**" if name == US else name
        yield (
            f"| {shown} | {each.app_ms:.2f} | {each.database_ms:.2f} | {cpu(each):.2f} "
            f"| {factor} | {each.p50_ms:.1f} ms | {each.p99_ms:.1f} ms "
            f"| {each.per_second:,.0f} | {each.memory_mib:.0f} MiB |"
        )
    statement = figures.by_pgbench[question]
    factor = f"{statement / ours:.2f}x"
    yield f"| the statement by pgbench | | {statement:.2f} | {statement:.2f} | {factor} | | | | |"


def targets(figures: Figures) -> Iterator[str]:
    """Those of the first version and of the ambition beyond."""
    found = figures.found

    def against(question: Question, name: str, us: str = US) -> float:
        return cpu(found[question][name]) / cpu(found[question][us])

    memory = found[Question.Q2][US].memory_mib / found[Question.Q2][POSTGRAPHILE].memory_mib
    slower = figures.busy.p99_ms / figures.alone.p99_ms
    rows = [
        ("Q2 against PostGraphile 5", against(Question.Q2, POSTGRAPHILE), ">= 2.5", ">= 4.5"),
        ("Q2 against mercurius-jit", against(Question.Q2, MERCURIUS), ">= 1.7", ">= 3.5"),
        (
            "Q2 against the one-statement limit",
            against(Question.Q2, LIMIT.name),
            ">= 0.9",
            ">= 0.95",
        ),
        (
            "Q2 as written lists, against the same",
            against(Question.Q2, LIMIT.name, WRITTEN.name),
            ">= 0.9",
            ">= 0.95",
        ),
        ("Q1 against PostGraphile 5", against(Question.Q1, POSTGRAPHILE), ">= 1.0", ">= 2"),
        ("Q1 against mercurius-jit", against(Question.Q1, MERCURIUS), ">= 0.4", ">= 0.8"),
        ("M1 against PostGraphile 5", against(Question.M1, POSTGRAPHILE), ">= 1.0", ">= 1.5"),
        ("memory against PostGraphile 5", memory, "<= 0.5", ""),
        ("p99 of Q1 beside Q2, against alone", slower, "<= 5", ""),
    ]
    yield from ["", "## Targets", ""]
    yield from ["| measure | now | first version | ambition |", "|---|---:|---:|---:|"]
    for what, value, first, ambition in rows:
        yield f"| {what} | {value:.2f} {met(value, first)} | {first} | {ambition} |"


def met(value: float, target: str) -> str:
    sign, number = target.split()
    is_met = value >= float(number) if sign == ">=" else value <= float(number)
    return "(met)" if is_met else "(not met)"


def growth(figures: Figures) -> Iterator[str]:
    sizes = sorted({each.campaigns for each in figures.growth})
    yield from ["", "## Growth", "", "Piecerate alone; CPU of app and database, in milliseconds."]
    yield ""
    yield "| page | " + " | ".join(f"{size:,} campaigns" for size in sizes) + " |"
    yield "|---|" + "---:|" * len(sizes)
    named: dict[str, dict[int, Found]] = {}
    for each in figures.growth:
        what = "a page deep in the list" if each.what.startswith("page ") else each.what
        named.setdefault(what, {})[each.campaigns] = each.found
    for what, by_size in named.items():
        cells = [f"{by_size[size].app_ms:.2f} + {by_size[size].database_ms:.2f}" for size in sizes]
        yield f"| {what} | {' | '.join(cells)} |"
    deep = next(each.what for each in reversed(figures.growth) if each.what.startswith("page "))
    yield ""
    yield f"The deep page of the largest list is {deep}, found by its cursor."


def beside(figures: Figures) -> Iterator[str]:
    yield from ["", "## One worker, two kinds of readers", ""]
    yield (
        f"Q1 alone answers in {figures.alone.p50_ms:.1f} ms (p50) and {figures.alone.p99_ms:.1f} "
        f"ms (p99); while {CONNECTIONS[Question.Q2]} connections ask Q2 of the same worker, in "
        f"{figures.busy.p50_ms:.1f} ms and {figures.busy.p99_ms:.1f} ms."
    )


def documents() -> Iterator[str]:
    yield (
        f"A page of {PAGE} costs {COST_OF_Q2:,} of the {TRUSTED_LIMITS.cost:,} points that a "
        "trusted document may cost; Q2 is one."
    )
    for question, text in OURS.items():
        yield from ["", f"{question.value.upper()} as Piecerate is asked:", ""]
        yield from ["```graphql", *text.splitlines(), "```"]
