"""How a command begins: settings, logs, and signals that unwind."""

from __future__ import annotations

import signal
import sys

from gateway.logs import configure_logs
from gateway.settings import Settings, read_settings


def started(process: str) -> Settings:
    """SIGTERM unwinds like Ctrl-C: what the command has started is stopped."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    settings = read_settings()
    configure_logs(as_json=settings.is_production, process=process)
    return settings
