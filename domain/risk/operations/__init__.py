"""Everything that changes a risk case: a job notes what is found, people decide."""

from __future__ import annotations

from domain.risk.operations.decide import act_on_case, clear_case, take_case
from domain.risk.operations.forget import forget_signals
from domain.risk.operations.look import look_for_signals, note_signals

__all__ = [
    "act_on_case",
    "clear_case",
    "forget_signals",
    "look_for_signals",
    "note_signals",
    "take_case",
]
