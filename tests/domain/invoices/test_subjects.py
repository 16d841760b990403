"""What every booking is about, as the audit asks it."""

from __future__ import annotations

import re
from pathlib import Path

from domain.invoices.queries.checks import SUBJECTS

DOMAIN = Path(__file__).parents[3] / "domain"


def test_the_audit_knows_every_event_that_is_booked() -> None:
    """An unknown one would be reported as a transfer about nothing, on the day it first happens."""
    booked = {
        event
        for file in DOMAIN.rglob("*.py")
        for event in re.findall(r'event=\(?\s*"(E\d+[a-z]*)"', file.read_text())
    }
    known = [event for each in SUBJECTS for event in each.events]

    assert len(booked) > 20
    assert booked <= set(known)
    assert len(known) == len(set(known))
