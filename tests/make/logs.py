"""The real logs in a test's own process, and what pytest had put back afterwards."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from gateway.logs import configure_logs


@contextmanager
def production_logs(*, as_json: bool = True, process: str = "web") -> Iterator[None]:
    """No logger keeps what it is told here: one that did would be deaf to later tests."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logs(as_json=as_json, process=process)
    structlog.configure(cache_logger_on_first_use=False)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
