"""What a simulation leaves behind: a line per day, a summary, and one page of charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from rich.console import Console
from rich.table import Table

from domain.inspection import Move
from gateway.simulation.market import Market
from gateway.simulation.moves import never_made, unmoved

WIDTH: Final = 720
HEIGHT: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Sums since the beginning."""

    number: int
    members: int
    done: Counter[str]
    refused: int
    jobs: int
    crashes: int

    @classmethod
    def of(cls, number: int, market: Market) -> Self:
        return cls(
            number=number,
            members=len(market.people),
            done=Counter(market.done),
            refused=market.refused.total(),
            jobs=market.desk.done.total(),
            crashes=market.crash_count + market.desk.crash_count,
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Outcome:
    """Without words for itself: asyncio asks a task that is over for those of its result, and
    those of a whole marketplace, in which everything leads to everything, never end.
    """

    days: Sequence[Day]
    wrongs: Sequence[str]
    market: Market
    moves: Mapping[Move, int]
    digest: str

    def show(self, console: Console) -> None:
        """The last line is the digest, for who compares two runs."""
        market = self.market
        for title, counts in (
            ("done", market.done),
            ("refused", market.refused),
            ("jobs", market.desk.done),
            ("moves", {str(move): count for move, count in self.moves.items()}),
        ):
            table = Table(title, "count", box=None, pad_edge=False)
            for name, count in sorted(counts.items()):
                table.add_row(name, f"{count:,}")
            console.print(table)
        self._show_what_stood_still(console)
        last = self.days[-1]
        console.print(
            f"\n{last.number} days, {last.members:,} members, {last.crashes:,} crashes, "
            f"{len(self.wrongs)} violations"
        )
        for each in self.wrongs:
            console.print(f"  {each}", markup=False, highlight=False, soft_wrap=True)
        console.print(f"digest: {self.digest}", highlight=False)

    def _show_what_stood_still(self, console: Console) -> None:
        for title, names in (
            ("never moved", unmoved(self.moves)),
            ("moves that nobody made", map(str, never_made(self.moves))),
        ):
            said = "; ".join(names) or "none"
            console.print(f"{title}: {said}", markup=False, highlight=False, soft_wrap=True)

    def write(self, path: Path) -> None:
        """One page without scripts that needs no network."""
        environment = Environment(
            loader=PackageLoader("gateway.simulation"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
        )
        page = environment.get_template("report.html").render(
            outcome=self, charts=list(self._charts()), width=WIDTH, height=HEIGHT
        )
        path.write_text(page, encoding="utf-8")

    def _charts(self) -> Iterator[tuple[str, str, int]]:
        yield "Members", *_line([day.members for day in self.days])
        for name in ("claim", "hand in", "approve", "reject", "contest", "ask for payout"):
            yield f"{name.capitalize()}, in all", *_line([day.done[name] for day in self.days])
        yield "Crashes, in all", *_line([day.crashes for day in self.days])


def _line(values: Sequence[int]) -> tuple[str, int]:
    """Points of a polyline, and the highest value."""
    highest = max((*values, 1))
    step = WIDTH / max(1, len(values) - 1)
    points = (
        f"{index * step:.1f},{HEIGHT - value * HEIGHT / highest:.1f}"
        for index, value in enumerate(values)
    )
    return " ".join(points), highest
