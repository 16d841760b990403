"""What the launcher tells the person in front of it: one line per step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text


class Progress:
    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, doing: str, done: str) -> Iterator[None]:
        """A spinner while it lasts (on a terminal), then a line with the seconds it took."""
        begun = time.monotonic()
        if not self.console.is_terminal:
            self.console.print(Text(f"  … {doing}"))
        with self.console.status(Text(f"{doing} …")):
            yield
        self.console.print(Text(f"  ✓ {done} ({time.monotonic() - begun:.1f} s)"))

    def say(self, text: str) -> None:
        self.console.print(Text(text))
