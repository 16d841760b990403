"""The lists of the United Kingdom as CSV: the UK Sanctions List, and the older one of OFSI.

Each row is one name or address; rows with the same id are one entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from re import search, sub
from typing import Final

from domain.provider import FileRefused
from plugins.kyc.sanctions.columns import Layout, Row, banner_and_rows
from plugins.kyc.sanctions.entries import ListedKind, birth_of
from plugins.kyc.sanctions.gathering import Gathering, ReadList, day_of, kind_of

LIST_ID: Final = "uk"
KINDS: Final[Mapping[str, ListedKind]] = {
    "individual": ListedKind.PERSON,
    "entity": ListedKind.OTHER,
    "ship": ListedKind.OTHER,
}
NAME_PARTS: Final = tuple(f"name_{number}" for number in range(1, 7))  # the sixth is the surname
TABLE: Final = Layout(
    columns={
        "id": ("Unique ID", "Group ID"),
        "kind": ("Designation Type", "Group Type", "Individual, Entity, Ship"),
        **{part: (part.replace("_", " "),) for part in NAME_PARTS},
        "born": ("D.O.B", "DOB"),
        "nationality": ("Nationality(/ies)", "Nationality"),
        "programme": ("Regime Name", "Regime"),
    },
    needed=frozenset({"id", "kind", "name_1", "name_6", "born"}),
)


def read(files: Sequence[bytes]) -> ReadList:
    if len(files) != 1:
        raise FileRefused("one file is the whole list")
    banner, rows = banner_and_rows(files[0], TABLE)
    found = Gathering(LIST_ID)
    for row in rows:
        if not row["id"]:
            raise FileRefused("a row without its id")
        found.about(
            row["id"],
            kind=kind_of(row["kind"], KINDS),
            names=[" ".join(row[part] for part in NAME_PARTS)],
            born=[birth_of(each) for each in _several(row["born"])],
            countries=_nationalities(row),
            programmes=[row["programme"]],
        )
    return found.done(published_on=_published(banner))


def _several(text: str) -> list[str]:
    return [each for each in sub(r"\(\d+\)", "|", text).split("|") if each.strip()]


def _nationalities(row: Row) -> list[str]:
    """`(1) Iran (2) Iraq`, or one."""
    return [each.strip(" .,;") for each in _several(row["nationality"])]


def _published(banner: str) -> date | None:
    said = search(r"\d{1,2}/\d{1,2}/\d{4}|\d{1,2}-[A-Za-z]{3}-\d{4}", banner)
    return day_of(said[0], formats=("%d/%m/%Y", "%d-%b-%Y")) if said else None
