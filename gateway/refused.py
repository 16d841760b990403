"""What ends a command with one sentence and exit code 1."""

from __future__ import annotations


class CommandRefused(RuntimeError):
    """Its message is one sentence for the person at the terminal: what is wrong, what to do."""
