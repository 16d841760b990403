"""Which machines a simulated marketplace moves, and that none moves but by its table."""

from __future__ import annotations

from domain.inspection import Move
from gateway.simulation.moves import (
    ALSO,
    MACHINES,
    listed_moves,
    never_made,
    unlisted,
    unmoved,
)
from tests.machines.tables import table_ids

EVERYTHING = {move for machine in MACHINES for move in listed_moves(machine)}


def test_every_table_of_moves_is_watched() -> None:
    """Whoever adds a machine adds it here too, and lets somebody in the marketplace move it."""
    assert {id(table) for table in (*MACHINES.values(), *ALSO.values())} == table_ids()


def test_a_machine_that_nobody_moves_is_named() -> None:
    """And so is each move of the others that nobody made."""
    without_tickets = {move for move in EVERYTHING if move.machine != "ticket"}
    reopened = Move("ticket", "resolved", "open")

    assert (unmoved(EVERYTHING), never_made(EVERYTHING)) == ([], [])
    assert unmoved(without_tickets) == ["ticket"]
    assert set(never_made(without_tickets)) == listed_moves("ticket")
    assert never_made(EVERYTHING - {reopened}) == [reopened]


def test_a_move_that_no_table_lists_is_found() -> None:
    """A payout alone may take two steps at once, of which its table lists both."""
    back = Move("dispute", "final", "panel")
    two_steps = Move("payout", "requested", "queued")

    assert unlisted(EVERYTHING) == []
    assert unlisted({*EVERYTHING, back, two_steps}) == [back]
    assert unlisted({Move("campaign", "draft", "running")}) != []
