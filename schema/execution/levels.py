"""What a reading's function is made of: levels of rows, and the texts of displays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from domain.columns import Columns
from domain.reads import Entity
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
    _used: set[int] = field(default_factory=set)  # of each row by itself

    @property
    def all(self) -> str:
        """The columns of all of its rows."""
        return f"all{self.number}"

    def column(self, number: int) -> str:
        """The whole of one."""
        return f"{self.all}[{number}]"

    def value(self, sql: str) -> str:
        return self._named(self.columns.add(sql))

    def key(self, sql: str) -> str:
        """An id, as bytes."""
        return self._named(self.columns.add_key(sql))

    def keys(self, sql: str) -> str:
        """Those of all rows."""
        return self.column(self.columns.add_key(sql))

    def instant(self, sql: str) -> str:
        return self._named(self.columns.add_instant(sql))

    def id(self, tag: Tag) -> str:
        name = f"i{self.number}_{tag.value}"
        self.sealed[name] = (self.columns.add_key(self.entity.key), tag)
        return name

    @property
    def each(self) -> str:
        """`for` clause over the rows: what is used of each, and its sealed ids."""
        sources = {self._name(number): self.column(number) for number in sorted(self._used)}
        sources |= {name: f"all_{name}" for name in self.sealed}
        if not sources:
            return f"for _ in {self.column(-1)}"
        if len(sources) == 1:
            ((name, source),) = sources.items()
            return f"for {name} in {source}"
        return f"for {', '.join(sources)} in zip({', '.join(sources.values())})"

    def _named(self, number: int) -> str:
        self._used.add(number)
        return self._name(number)

    def _name(self, number: int) -> str:
        return f"r{self.number}_{number}"


def dict_display(members: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{key!r}: {text}" for key, text in members) + "}"
