"""Writes what a reading's function does with a page: nodes, edges, cursors, counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from schema.execution.levels import Level, Unreadable, dict_display
from schema.execution.plans import FieldPlan, Selection
from schema.execution.readings import PageStatement


class PageWriter(Protocol):
    """What the writer of a reading offers here."""

    lines: list[str]
    names: dict[str, Any]
    pages: dict[int, PageStatement]

    def selection(self, plan: FieldPlan) -> Selection: ...

    def object(self, level: Level, selection: Selection) -> str: ...


def write_page(
    writer: PageWriter, level: Level, selection: Selection, statement: PageStatement
) -> Callable[[str], None]:
    """Asks for the columns now; the function given writes the rest, once the rows are there.

    It takes the expression for the ids of the parents.
    """
    number = level.number
    writer.pages[number] = statement
    writer.names[f"page{number}"] = statement
    shown = _Shown(writer, level)
    members = [(key, shown.member(selection, key)) for key in selection.empty]
    statement.tells_more = shown.tells_more
    if shown.wants_cursors:
        statement.keys_at = {
            by: tuple(level.columns.add(each) for each in names)
            for by, names in statement.listing.orders.items()
        }

    def write(parents: str) -> None:
        writer.lines += [f"{name} = [{text} {level.each}]" for name, text in shown.rows.items()]
        if shown.wants_counts:
            writer.lines.append(
                f"counts{number} = await run.counts({number}, page{number}, {parents})"
            )
        if shown.wants_cursors:
            writer.lines.append(f"cursor{number} = run.cursor({number}, page{number}, {level.all})")
        writer.lines += [
            f"begins{number}, ends{number}, backward{number} = run.info({number})",
            f"def connection{number}(parent):",
            f"    start, stop, more = found{number}.cuts[parent]",
            f"    return {dict_display(members)}",
        ]

    return write


@dataclass(slots=True)
class _Shown:
    """What of a page is asked for."""

    writer: PageWriter
    level: Level
    rows: dict[str, str] = field(default_factory=dict)  # displays of all rows, by variable
    wants_cursors: bool = False
    wants_counts: bool = False
    tells_more: bool = False

    def member(self, selection: Selection, key: str) -> str:
        plan = _plan(selection, key)
        if plan is None:
            return repr(selection.type.name)
        number = self.level.number
        match plan.name:
            case "nodes":
                return f"{self._rows(plan)}[start:stop]"
            case "edges":
                edge = self.writer.selection(plan)
                display = dict_display((each, self._edge(edge, each)) for each in edge.empty)
                return f"[{display} for at in range(start, stop)]"
            case "pageInfo":
                info = self.writer.selection(plan)
                return dict_display((each, self._info(info, each)) for each in info.empty)
            case "totalCount":
                self.wants_counts = True
                return f"counts{number}[parent].number"
            case "totalCountIsEstimate":
                self.wants_counts = True
                return f"counts{number}[parent].is_estimate"
        raise Unreadable(f"{plan.name} of a connection")

    def _rows(self, plan: FieldPlan) -> str:
        name = f"made{self.level.number}_{len(self.rows)}"
        self.rows[name] = ""  # its number is taken before what lies below takes one
        self.rows[name] = self.writer.object(self.level, self.writer.selection(plan))
        return name

    def _edge(self, edge: Selection, key: str) -> str:
        plan = _plan(edge, key)
        if plan is None:
            return repr(edge.type.name)
        if plan.name == "node":
            return f"{self._rows(plan)}[at]"
        self.wants_cursors = True
        return f"cursor{self.level.number}(at)"

    def _info(self, info: Selection, key: str) -> str:
        plan, number = _plan(info, key), self.level.number
        if plan is None:
            return repr(info.type.name)
        match plan.name:
            case "hasNextPage":
                self.tells_more = True
                return f"(ends{number} or more and not backward{number})"
            case "hasPreviousPage":
                self.tells_more = True
                return f"(begins{number} or more and backward{number})"
        self.wants_cursors = True
        at = "start" if plan.name == "startCursor" else "stop - 1"
        return f"(cursor{number}({at}) if stop > start else None)"


def _plan(selection: Selection, key: str) -> FieldPlan | None:
    """None for `__typename`."""
    return next((each for each in selection.fields if each.key == key), None)
