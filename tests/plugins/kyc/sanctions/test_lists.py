"""The published layouts of the lists, read by their headers; invented names only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.provider import FileRefused
from plugins.kyc.sanctions import eu, ofac, uk, un
from plugins.kyc.sanctions.countries import country_of
from plugins.kyc.sanctions.entries import BirthDate, ListedKind, birth_of
from plugins.kyc.sanctions.gathering import ReadList
from tests.plugins.kyc.sanctions.make import (
    ALT_CSV,
    EU_CSV,
    EU_XML,
    OFSI_CSV,
    SDN_CSV,
    SDN_XML,
    UK_CSV,
    UN_XML,
)

Reader = Callable[[Sequence[bytes]], ReadList]
PUBLISHED = date(2026, 11, 20)


def years(first: int, last: int) -> BirthDate:
    return BirthDate(date(first, 1, 1), date(last, 12, 31))


def day(year: int, month: int, number: int) -> BirthDate:
    return BirthDate(date(year, month, number), date(year, month, number))


@pytest.mark.parametrize("files", [(SDN_CSV, ALT_CSV), (SDN_XML,)], ids=["csv", "xml"])
def test_ofac(files: Sequence[bytes]) -> None:
    """Both layouts tell the same: names, other names, births, nationality, programmes."""
    found = ofac.read(files)

    person, company = found.entries
    assert (person.entry_id, person.kind) == ("101", ListedKind.PERSON)
    assert person.names == ("Ostap Jarek VELDRANOV", "Ostap WELDRANOFF")
    assert day(1970, 3, 12) in person.born
    assert person.countries == {"IR"} and "SDGT" in person.programmes
    assert (company.names, company.kind) == (("BLUE QUILL TRADING",), ListedKind.OTHER)
    assert found.published_on == (PUBLISHED if len(files) == 1 else None)


@pytest.mark.parametrize("content", [EU_CSV, EU_XML], ids=["csv", "xml"])
def test_the_european_union(content: bytes) -> None:
    """In the table a row per name, birth and citizenship; all of one entry."""
    found = eu.read([content])

    person, company = found.entries
    assert (person.entry_id, person.names) == ("13", ("Mirek Skarlund",))
    assert person.born == (day(1965, 4, 1), years(1966, 1966))
    assert person.countries == {"BY"} and person.programmes == ("UTO",)
    assert (company.entry_id, company.kind) == ("14", ListedKind.OTHER)
    assert found.published_on == PUBLISHED


def test_the_united_nations() -> None:
    """A name in parts, a span of years, a country as they write it."""
    person, group = un.read([UN_XML]).entries

    assert person.names == ("Tomas Hadrel Brunswater", "Abu Hadrel")
    assert person.born == (years(1960, 1964),) and person.countries == {"IR"}
    assert (group.names, group.kind) == (("Northfall Brigade",), ListedKind.OTHER)


@pytest.mark.parametrize("content", [UK_CSV, OFSI_CSV], ids=["list", "older"])
def test_the_united_kingdom(content: bytes) -> None:
    """Two publishers and two sets of headers; the first line is a banner with the day."""
    found = uk.read([content])

    person = found.entries[0]
    assert person.names[0] == "Petrik GALVEREEN" and person.kind is ListedKind.PERSON
    assert person.born[0] == years(1975, 1975) and "RU" in person.countries
    assert found.published_on is not None and found.published_on.day == 20


def test_columns_may_move_but_not_vanish() -> None:
    """Found by name, whatever their order and capitals; one that lacks refuses the file."""
    lines = UK_CSV.decode().splitlines()
    turned = "\r\n".join([lines[0], *(",".join(line.split(",")[::-1]) for line in lines[1:])])
    without = UK_CSV.replace(b"D.O.B", b"Remark")

    moved = uk.read([turned.replace("Unique ID", "unique  id").encode()])

    assert [each.names for each in moved.entries] == [
        each.names for each in uk.read([UK_CSV]).entries
    ]
    with pytest.raises(FileRefused, match=r"lacks the column D\.O\.B"):
        uk.read([without])


READERS: list[tuple[Reader, bytes]] = [
    (ofac.read, SDN_CSV),
    (ofac.read, SDN_XML),
    (eu.read, EU_CSV),
    (eu.read, EU_XML),
    (un.read, UN_XML),
    (uk.read, UK_CSV),
]
IDS = ["ofac csv", "ofac xml", "eu csv", "eu xml", "un", "uk"]


@pytest.mark.parametrize(("read", "content"), READERS, ids=IDS)
def test_a_cut_file_never_becomes_a_shorter_list_in_silence(read: Reader, content: bytes) -> None:
    """XML that ends too early is refused; a table without its header, rows or columns, too."""
    cuts = [b"", content[:40], content.rstrip(b"\r\n\x1a")[:-40]]
    cuts += [content.splitlines()[0]] if content is not SDN_CSV else []  # that has no header
    for cut in cuts:
        with pytest.raises(FileRefused):
            read([cut])


@pytest.mark.parametrize(("read", "content"), READERS, ids=IDS)
def test_another_publishers_file_is_refused(read: Reader, content: bytes) -> None:
    """An operator who mixes two up is told, and nobody is screened against it."""
    own = next(name for name, pair in zip(IDS, READERS, strict=True) if pair == (read, content))
    for name, (_, other) in zip(IDS, READERS, strict=True):
        if name.split()[0] != own.split()[0]:
            with pytest.raises(FileRefused):
                read([other])


@pytest.mark.parametrize("read", [ofac.read, eu.read, un.read])
def test_xml_with_a_document_type_is_refused(read: Reader) -> None:
    """No entity is ever resolved, and nobody is called for one."""
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'

    with pytest.raises(FileRefused):
        read([bomb])


@given(content=st.binary(max_size=300))
def test_no_bytes_are_an_error(content: bytes) -> None:
    """Refused or read, by every reader."""
    for read in (ofac.read, eu.read, un.read, uk.read):
        try:
            found = read([content])
        except FileRefused:
            continue
        assert found.entries


@pytest.mark.parametrize(
    ("text", "birth"),
    [
        ("12 Mar 1970", day(1970, 3, 12)),
        ("1970-03-12", day(1970, 3, 12)),
        ("1970-03-12T00:00:00", day(1970, 3, 12)),
        ("12/03/1970", day(1970, 3, 12)),
        ("00/03/1970", BirthDate(date(1970, 3, 1), date(1970, 3, 31))),
        ("00/00/1970", years(1970, 1970)),
        ("dd/mm/1970", years(1970, 1970)),
        ("Dec 1970", BirthDate(date(1970, 12, 1), date(1970, 12, 31))),
        ("circa 1970", years(1970, 1970)),
        ("1968 to 1970", years(1968, 1970)),
        ("31/02/1970", None),
        ("12 Foo 1970", None),
        ("unknown", None),
        ("", None),
        ("9999", None),
    ],
)
def test_birth_dates_as_lists_write_them(text: str, birth: BirthDate | None) -> None:
    """As exact as they are; what cannot be read says nothing."""
    assert birth_of(text) == birth


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Iran", "IR"),
        ("Iran (Islamic Republic of)", "IR"),
        ("Korea, North", "KP"),
        ("Russian Federation", "RU"),
        ("The Gambia", "GM"),
        ("DE", "DE"),
        ("00", None),
        ("Utopia", None),
        ("", None),
    ],
)
def test_countries_as_lists_write_them(text: str, code: str | None) -> None:
    """A name that nobody understands contradicts nobody."""
    assert country_of(text) == code


def test_a_digest_changes_with_what_an_entry_says() -> None:
    """A decision about it holds until then, whatever the order of the rows."""
    (before, _) = eu.read([EU_XML]).entries
    (same, _) = eu.read([EU_CSV]).entries
    (after, _) = eu.read([EU_XML.replace(b"1966", b"1967")]).entries

    assert before.digest == same.digest != after.digest
