"""A3: no machine is added without a test of all that its table leaves out."""

from __future__ import annotations

from tests.machines import test_illegal_asks, test_illegal_moves
from tests.machines.tables import known_tables, uncovered


def test_all_pairs_of_every_table_are_tested() -> None:
    """Whoever adds a table of moves adds a test that says `all_pairs_of` it."""
    assert test_illegal_asks and test_illegal_moves  # they are what covers

    assert uncovered() == []


def test_tables_are_found_by_their_shape() -> None:
    """Or a machine with a name of its own would be forgotten in silence."""
    found = known_tables()

    assert {"domain.tickets.rules.MOVES", "domain.verification.rules.states.CHECK_MOVES"} <= found
    assert len(found) >= 13
