"""Bars of processor time per request, as SVG; drawn by hand, so nothing needs to be installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 760
NAME_WIDTH: Final = 170
BAR_WIDTH: Final = 450
ROW: Final = 24
TITLE: Final = 40
APP, DATABASE, OURS, INK, PAPER = "#4c78a8", "#f2a65a", "#1b9e77", "#222222", "#ffffff"


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    app_ms: float
    database_ms: float
    is_ours: bool = False

    @property
    def sum_ms(self) -> float:
        return self.app_ms + self.database_ms


def chart(panels: Mapping[str, Sequence[Bar]], *, note: str) -> str:
    """One panel per question, the quickest on top; each has a scale of its own."""
    parts: list[str] = []
    top = 30
    for title, bars in panels.items():
        parts.append(_text(10, top + 20, title, bold=True))
        top += TITLE
        longest = max(bar.sum_ms for bar in bars)
        for bar in sorted(bars, key=lambda each: each.sum_ms):
            parts += _bar(bar, top, BAR_WIDTH / longest)
            top += ROW
    height = top + 50
    legend = [
        *_key(10, height - 30, OURS, "Piecerate"),
        *_key(110, height - 30, APP, "others"),
        *_key(200, height - 30, DATABASE, "PostgreSQL"),
        _text(320, height - 20, "milliseconds of CPU per request; shorter is better"),
        _text(10, 20, note),
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="13">'
    )
    return "\n".join(
        [
            head,
            f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
            *parts,
            *legend,
            "</svg>\n",
        ]
    )


def _bar(bar: Bar, top: int, scale: float) -> list[str]:
    app, database = bar.app_ms * scale, bar.database_ms * scale
    colour = OURS if bar.is_ours else APP
    end = NAME_WIDTH + app + database
    return [
        _text(10, top + 15, bar.name, bold=bar.is_ours),
        _box(NAME_WIDTH, top, app, colour),
        _box(NAME_WIDTH + app, top, database, DATABASE),
        _text(end + 6, top + 15, f"{bar.sum_ms:.2f}"),
    ]


def _key(left: int, top: int, colour: str, name: str) -> list[str]:
    return [_box(left, top, 12, colour, height=12), _text(left + 18, top + 10, name)]


def _box(left: float, top: float, width: float, colour: str, *, height: int = ROW - 6) -> str:
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height}" '
        f'fill="{colour}"/>'
    )


def _text(left: float, top: float, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{left:.1f}" y="{top:.1f}" fill="{INK}"{weight}>{escape(words)}</text>'
