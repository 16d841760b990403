"""The zone of travel documents, against the specimens of ICAO 9303."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.kyc.documents.mrz import Format, MrzRefused, check_digit, read_zone
from tests.plugins.kyc.documents.make import TD1_SPECIMEN, TD2_SPECIMEN, TD3_SPECIMEN, passport

DAY = date(2011, 6, 1)
SPECIMENS = {
    Format.TD1: (TD1_SPECIMEN, "D23145890"),
    Format.TD2: (TD2_SPECIMEN, "D23145890"),
    Format.TD3: (TD3_SPECIMEN, "L898902C3"),
}


@pytest.mark.parametrize("format_", SPECIMENS)
def test_the_specimens(format_: Format) -> None:
    """All digits fit, and every field is where the standard has it."""
    text, number = SPECIMENS[format_]

    zone = read_zone(text, as_of=DAY)

    assert zone.format is format_ and zone.is_consistent
    assert (zone.number, zone.issuer, zone.nationality) == (number, "UTO", "UTO")
    assert (zone.surname, zone.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (zone.born_on, zone.expires_on) == (date(1974, 8, 12), date(2012, 4, 15))
    assert zone.sex == "F"


@pytest.mark.parametrize("format_", SPECIMENS)
def test_any_wrong_digit_is_seen(format_: Format) -> None:
    """Each digit that a check digit covers, by each other digit."""
    text, _ = SPECIMENS[format_]
    names = {Format.TD1: 2, Format.TD2: 0, Format.TD3: 0}[format_]
    lines = text.splitlines()
    for row, line in enumerate(lines):
        for place, character in enumerate(line):
            if row == names or not character.isdigit():
                continue
            for other in "0123456789".replace(character, ""):
                changed = [*lines]
                changed[row] = line[:place] + other + line[place + 1 :]
                assert not read_zone("\n".join(changed), as_of=DAY).is_consistent, (row, place)


def test_the_digits_of_the_standard() -> None:
    """Part 3, appendix A."""
    assert check_digit("520727") == "3"
    assert check_digit("AB2134<<<") == "5"
    assert check_digit("HA672242<658022549601086<<<<<<<<<<<<<<0") == "8"


def test_a_long_number_of_a_card_goes_on_in_the_next_field() -> None:
    """Ten and more characters: its check digit stands behind the rest."""
    zone = read_zone(
        "I<UTOD23145890<7349<<<<<<<<<<<\n"
        "3407127M9507122UTO<<<<<<<<<<<2\n"
        "STEVENSON<<PETER<JOHN<<<<<<<<<",
        as_of=date(1994, 1, 1),
    )

    assert zone.number == "D23145890734" and zone.is_consistent
    assert zone.expires_on == date(1995, 7, 12)


@pytest.mark.parametrize("gap", ["", " ", "\r\n", "\n\n"])
def test_as_people_type_it(gap: str) -> None:
    """Small letters, blanks, lost line breaks: the same zone."""
    typed = TD3_SPECIMEN.lower().replace("\n", gap).replace("utoeriksson", "uto eriksson")

    assert read_zone(typed, as_of=DAY) == read_zone(TD3_SPECIMEN, as_of=DAY)


@pytest.mark.parametrize(
    "text", ["", "hello", TD3_SPECIMEN[:-1], TD3_SPECIMEN.replace("Z", "?"), "<" * 500]
)
def test_what_is_no_zone_is_refused_without_quoting_it(text: str) -> None:
    """Its text goes to staff."""
    with pytest.raises(MrzRefused) as refused:
        read_zone(text, as_of=DAY)

    assert "ERIKSSON" not in str(refused.value)


@given(text=st.text(alphabet="ABC<0123456789\n ", max_size=120))
def test_no_text_is_an_error(text: str) -> None:
    """Refused or read; nothing else."""
    try:
        zone = read_zone(text, as_of=DAY)
    except MrzRefused:
        return
    assert zone.format in Format


@pytest.mark.parametrize(
    ("born_on", "as_of"),
    [
        (date(2010, 1, 1), date(2026, 1, 1)),
        (date(1930, 1, 1), date(2026, 1, 1)),
        (date(2004, 2, 29), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2026, 1, 1)),
    ],
)
def test_two_digits_of_a_year(born_on: date, as_of: date) -> None:
    """Nobody is born after today."""
    text = passport(surname="Quillern", given="Ada", born_on=born_on, expires_on=date(2030, 1, 1))

    assert read_zone(text, as_of=as_of).born_on == born_on


def test_a_long_name_may_be_cut() -> None:
    """The line was full: what is missing is not held against the member."""
    long = passport(
        surname="Quillern van der Brandwyk",
        given="Adalwolfina Seraphine Marrowick",
        born_on=date(1990, 1, 1),
        expires_on=date(2030, 1, 1),
    )

    assert read_zone(long, as_of=DAY).is_name_cut
    assert not read_zone(TD3_SPECIMEN, as_of=DAY).is_name_cut
