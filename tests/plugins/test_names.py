"""Names as two sources write them: what is the same, and what only a person can say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.names import Likeness, compared, folded, is_latin


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Quillern", "QUILLERN ADA"),
        ("Jörg Müller-Lüdenscheidt", "JOERG MUELLER LUEDENSCHEIDT"),
        ("Søren Brandwyk", "Soren Brandwyk"),
        ("Ada Quillern", "Ada Seraphine Quillern"),
        ("Łukasz O\u2019Tesk", "LUKASZ OTESK"),
        ("Ana-María Vasko", "ana maria vasko"),
        ("Quillern", "quillern"),
    ],
)
def test_the_same_name(one: str, other: str) -> None:
    """Order, case, accents, hyphens and names left out make no other person."""
    assert compared(one, other) is compared(other, one) is Likeness.SAME


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("Ada Quillern", "Ada Brandwyk", Likeness.UNCLEAR),
        ("Quillern", "Ada Quillern", Likeness.UNCLEAR),
        ("Vander Berg", "Vanderberg", Likeness.UNCLEAR),
        ("Ада Квиллерн", "Ada Quillern", Likeness.UNCLEAR),
        ("", "Ada Quillern", Likeness.UNCLEAR),
        ("Tessaly Brandwyk", "Ada Quillern", Likeness.DIFFERENT),
    ],
)
def test_another_name(one: str, other: str, likeness: Likeness) -> None:
    """One common word is not enough, and no script is held against anybody."""
    assert compared(one, other) is compared(other, one) is likeness


@given(name=st.text(max_size=60))
def test_folding_is_stable(name: str) -> None:
    """Once folded, it stays as it is; no text breaks it."""
    plain = folded(name)

    assert folded(plain) == plain
    assert is_latin(name) is (bool(plain) and plain.replace(" ", "").isascii())
