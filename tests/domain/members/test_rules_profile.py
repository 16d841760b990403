"""One spelling per address, and what somebody may say of themselves."""

from __future__ import annotations

from datetime import date

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from domain.members.rules import COUNTRIES, email_address, email_key, profile_problem

TODAY = date(2026, 3, 29)
LOCAL_PARTS = st.from_regex(r"[A-Za-z0-9]{1,12}([.+_-][A-Za-z0-9]{1,12}){0,2}", fullmatch=True)
DOMAINS = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,15}\.(com|org|test|DE)", fullmatch=True)


def problem(
    *,
    name: str = "Ada Byron",
    email: str = "ada@example.com",
    country: str = "GB",
    born_on: date = date(1990, 1, 1),
) -> str | None:
    found = profile_problem(name=name, email=email, country=country, born_on=born_on, today=TODAY)
    return None if found is None else found.field


@given(local=LOCAL_PARTS, domain=DOMAINS)
def test_case_never_makes_a_second_address(local: str, domain: str) -> None:
    """Otherwise one person registers as many times as there are spellings."""
    address = f"{local}@{domain}"
    assert email_key(address) == email_key(address.upper()) == email_key(address.swapcase())


@given(local=LOCAL_PARTS, domain=DOMAINS)
def test_the_local_part_is_kept_as_it_was_written(local: str, domain: str) -> None:
    """Letters go to the spelling the member chose; only domains have no case."""
    assert email_address(f"{local}@{domain}") == f"{local}@{domain.lower()}"


@given(text=st.text(max_size=80))
def test_a_key_of_anything_is_its_own_key(text: str) -> None:
    """Log-in computes the key of whatever was typed; it must neither fail nor wander."""
    assert email_key(email_key(text)) == email_key(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@münchen.de", "ada@xn--mnchen-3ya.de"),
        ("ada@münchen.de", "ada@mu\u0308nchen.de"),
        ("ada@example.com", "\uff41da@example.com"),  # full-width a
        ("jos\u00e9@example.com", "jose\u0301@example.com"),
    ],
)
def test_spellings_of_one_address_share_a_key(one: str, other: str) -> None:
    """Punycode, full-width letters and combining accents are the same mailbox."""
    assert email_key(one) == email_key(other)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "ada@b@example.com",
        "Ada <ada@example.com>",
        "ada@example.com\n",
        "ada\x00@example.com",
        "\ud800@example.com",
        "ada@[127.0.0.1]",
        "a" * 250 + "@example.com",
    ],
)
def test_what_is_no_address(email: str) -> None:
    """Nothing unmailable, and nothing the database could not store, gets in."""
    assert email_address(email) is None
    assert problem(email=email) == "email"


@pytest.mark.parametrize("name", ["", "  ", "\t", "Ada\x00", "Ada\nByron", "\ud800", "a" * 201])
def test_what_is_no_name(name: str) -> None:
    """Blank, longer than 200, or with characters that break a letter or the database."""
    assert problem(name=name) == "name"


@pytest.mark.parametrize(
    "name", ["A", " Ada ", "a" * 200, "\u738b\u79c0\u82f1", "Seán O'Neill-Ångström"]
)
def test_what_is_a_name(name: str) -> None:
    """People are called all sorts of things; spaces around do not count."""
    assert problem(name=name) is None


@pytest.mark.parametrize("country", ["", "de", "DEU", "XX", "EU", "UK", "ZZ", "AN"])
def test_what_is_no_country(country: str) -> None:
    """Lower case, three letters, reserved, withdrawn and invented codes."""
    assert problem(country=country) == "country"


def test_the_countries_are_those_of_the_standard() -> None:
    """CLDR knows each of them, and what it knows beyond is reserved or user-assigned."""
    territories = {str(code) for code in Locale("en").territories}
    known = {code for code in territories if len(code) == 2 and code.isalpha()}
    assert len(COUNTRIES) == 249
    assert known >= COUNTRIES
    assert known - COUNTRIES <= {
        *("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ")
    }


def test_nobody_is_born_tomorrow() -> None:
    """A day in the future is a slip of the keyboard, not a young person."""
    assert problem(born_on=date(2026, 3, 30)) == "born_on"
    assert problem(born_on=TODAY) is None  # too young, which is judged apart


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\ufffe", "\U0001ffff", "\x07"])
def test_a_name_cannot_turn_a_document_around(character: str) -> None:
    """It is printed on invoices, beside amounts."""
    assert problem(name=f"Erin {character}Hale") == "name"


@pytest.mark.parametrize("name", ["نور الدین", "می\u200cخواهم", "李小龍", "Zoë O'Neil-Ñandú"])  # noqa: RUF001  # names are meant
def test_names_of_every_script_are_names(name: str) -> None:
    """A joiner inside a Persian word is no trick."""
    assert problem(name=name) is None


def test_nobody_is_older_than_anybody_ever_was() -> None:
    """The year 0001 is a typing error, or worse."""
    assert problem(born_on=date(1, 1, 2)) == "born_on"
