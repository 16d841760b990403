"""Password rules: long, not everybody's, not one's own name; nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access.rules import (
    COMMON_PASSWORDS,
    PASSWORD_LENGTH_MIN,
    PasswordProblem,
    normal_password,
    password_problem,
)

PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=300)


def problem(password: str, *, email: str = "ada@example.com", name: str = "Ada Byron") -> object:
    return password_problem(password=password, email=email, name=name)


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("lantern quiet!", PasswordProblem.TOO_SHORT),  # 14
        ("lantern quiet tr", None),
        ("all lower case words do", None),  # no rules of composition
        ("x7" * 128 + "y", PasswordProblem.TOO_LONG),
        ("lantern\x00quiet tram", PasswordProblem.UNPRINTABLE),
        ("lantern\ud800quiet tram", PasswordProblem.UNPRINTABLE),
        ("Correct Horse Battery Staple", PasswordProblem.COMMON),
        ("PASSWORD1234567", PasswordProblem.COMMON),
        ("aaaaaaaaaaaaaaaa", PasswordProblem.COMMON),
        ("abc12abc12abc12abc", PasswordProblem.COMMON),
        (" " * 20, PasswordProblem.COMMON),
        ("my piecerate login", PasswordProblem.PERSONAL),
        ("i am ADA@example.com", PasswordProblem.PERSONAL),
        ("adabyron was here", PasswordProblem.PERSONAL),
        ("ada was here today", None),  # three letters hide in too many good ones
    ],
)
def test_what_is_refused(password: str, expected: PasswordProblem | None) -> None:
    """Length and a block list, compared without case and spaces."""
    assert problem(password) == expected


def test_the_part_before_the_at_sign_counts_as_personal() -> None:
    """It is half of the credentials already."""
    found = problem("lovelace quiet tram", email="lovelace@example.com")
    assert found is PasswordProblem.PERSONAL


def test_length_is_counted_after_normalisation() -> None:
    """A keyboard that writes letter and accent apart must not make a password longer."""
    assert problem("e\u0301" * 7 + "\u00fcber") is PasswordProblem.TOO_SHORT
    assert len(normal_password("e\u0301" * 10)) == 10


def test_every_listed_password_is_long_enough_to_matter() -> None:
    """A shorter one fails on length; it would only be dead weight in the list."""
    assert all(len(common) >= PASSWORD_LENGTH_MIN for common in COMMON_PASSWORDS)
    assert all(problem(common) is PasswordProblem.COMMON for common in COMMON_PASSWORDS)


@given(password=PRINTABLE)
def test_a_normal_password_stays_as_it_is(password: str) -> None:
    """Registration and log-in normalise apart; they must meet."""
    once = normal_password(password)
    assert normal_password(once) == once


@given(password=st.text(max_size=2000))
def test_no_text_breaks_the_rules(password: str) -> None:
    """Whatever is typed gets an answer, and what is accepted can be encoded and hashed."""
    if problem(password) is None:
        assert 15 <= len(normal_password(password)) <= 256
    normal_password(password).encode()
