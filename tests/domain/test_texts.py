"""What a text may hold that one person writes and another one reads."""

from __future__ import annotations

import sys
from unicodedata import bidirectional, category

import pytest

from domain.errors import InvalidInput
from domain.texts import has_unprintable, passed_on, require_grounds, text_problem

TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize(
    ("text", "is_fine"),
    [
        ("", False),
        ("  ", False),
        ("\u200b\u2060\u00ad", False),
        ("\u0301", False),
        ("x" * 100, True),
        (" " + "x" * 100 + "\n", True),
        ("x" * 101, False),
        ("a\nb\r\nc\td", True),
        ("a\rb", False),
        ("\0", False),
        ("a\x1b[2Jb", False),
        ("half \ud800", False),
        ("price: \u202e05.0", False),
        ("price: \u206605.0\u2069", False),
        ("שלום \u200f(1)", True),
        ("👩\u200d👧 ठीक\u200dहै", True),
    ],
)
def test_what_a_text_may_hold(text: str, is_fine: bool) -> None:  # noqa: FBT001  # a parameter
    """It can be seen, stored, and turns nothing around that stands after it."""
    assert (text_problem(text, most=100) is None) is is_fine


def test_a_line_has_no_breaks() -> None:
    """A title or a note in a table stays in its row."""
    assert text_problem("one", most=10, is_line=True) is None
    assert [text_problem(f"a{each}b", most=10, is_line=True) for each in "\n\t"].count(None) == 0


@pytest.mark.parametrize(
    "text",
    [
        "short",
        "x" * 4097,
        "short" + "\u200b" * 20,
        *(blank * 25 for blank in "\u2800\u3164\u115f\uffa0"),
        "." + "\u2800" * 25 + ".",
        "No." + " " * 25 + "\n" * 25 + "!",
        "No" + "\u0301" * 25,
    ],
)
def test_grounds_say_something(text: str) -> None:
    """What a person must decide by, or live with, is more than a word."""
    with pytest.raises(InvalidInput) as refusal:
        require_grounds(text)
    assert refusal.value.path == ("text",)
    require_grounds("I followed clause 2 to the letter.")
    require_grounds("मैंने हर निर्देश का पालन किया है।")


def test_the_pattern_holds_what_unicode_says() -> None:
    """Every character, so that nothing new turns a page around unseen."""
    for code in range(sys.maxunicode + 1):
        sign = chr(code)
        is_bad = category(sign) in {"Cc", "Cs"} or code & 0xFFFE == 0xFFFE
        assert has_unprintable(sign) is (is_bad or bidirectional(sign) in TURNS), hex(code)


def test_what_is_passed_on_has_no_contact_data() -> None:
    """P3: also where members do not write messages."""
    assert passed_on(" Thanks! a@example.org\n") == "Thanks! •••"
