"""What a reading's function is made of: levels of rows, and the texts of displays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from domain.reads import Columns, Entity
from schema.ids import Tag


class Unreadable(Exception):
    """The resolvers answer instead; the message says why."""


@dataclass(slots=True)
class Level:
    """The rows of one statement while the function is written."""

    number: int
    entity: Entity
    columns: Columns = field(default_factory=Columns)
    sealed: dict[str, tuple[int, Tag]] = field(default_factory=dict)  # by variable
    below: list[Callable[[], None]] = field(default_factory=list)

    @property
    def row(self) -> str:
        return f"r{self.number}"

    def value(self, sql: str) -> str:
        return f"{self.row}[{self.columns.add(sql)}]"

    def key(self, sql: str) -> str:
        """An id, as bytes."""
        return f"{self.row}[{self.columns.add_key(sql)}]"

    def instant(self, sql: str) -> str:
        return f"{self.row}[{self.columns.add_instant(sql)}]"

    def id(self, tag: Tag) -> str:
        name = f"i{self.number}_{tag.value}"
        self.sealed[name] = (self.columns.add_key(self.entity.key), tag)
        return name

    @property
    def each(self) -> str:
        """`for` clause over the rows and their sealed ids."""
        names = [self.row, *self.sealed]
        sources = [f"rows{self.number}", *(f"all_{name}" for name in self.sealed)]
        if len(names) == 1:
            return f"for {self.row} in rows{self.number}"
        return f"for {', '.join(names)} in zip({', '.join(sources)})"


def dict_display(members: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{key!r}: {text}" for key, text in members) + "}"
