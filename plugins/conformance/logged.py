"""What is logged while a case runs, at every level and by everybody."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict


@contextmanager
def logged() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, at every level."""
    texts: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(record.getMessage())
            texts.append(repr(record.args))

    handler, root = Keeps(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with structlog.testing.capture_logs([_Keeping(texts)]):
            yield texts
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


class _Keeping:
    """A processor that notes each event as it comes."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts

    def __call__(self, logger: object, method: str, event: EventDict) -> EventDict:
        self._texts.append(repr(event))
        return event
