"""The consolidated list of the Security Council of the United Nations, as XML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from domain.provider import FileRefused
from plugins.kyc.sanctions.entries import BirthDate, ListedKind, birth_of, year_of
from plugins.kyc.sanctions.gathering import Gathering, ReadList, day_of
from plugins.kyc.sanctions.xml import children, local_name, text_at, texts_at

LIST_ID: Final = "un"
NAME_PARTS: Final = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


def read(files: Sequence[bytes]) -> ReadList:
    from plugins.safe_xml import parsed  # noqa: PLC0415  # loads lxml

    if len(files) != 1:
        raise FileRefused("one file is the whole list")
    root = parsed(files[0])
    if local_name(root) != "CONSOLIDATED_LIST":
        raise FileRefused("the file is no CONSOLIDATED_LIST")
    found = Gathering(LIST_ID)
    for person in children(root, "INDIVIDUALS", "INDIVIDUAL"):
        _entry(found, person, ListedKind.PERSON, alias="INDIVIDUAL_ALIAS")
    for group in children(root, "ENTITIES", "ENTITY"):
        _entry(found, group, ListedKind.OTHER, alias="ENTITY_ALIAS")
    return found.done(published_on=day_of(root.get("dateGenerated", "")[:10]))


def _entry(found: Gathering, element: Any, kind: ListedKind, *, alias: str) -> None:
    entry_id, first = text_at(element, "DATAID"), text_at(element, "FIRST_NAME")
    if not entry_id or not first:
        raise FileRefused("an entry lacks its DATAID or its FIRST_NAME")
    found.about(
        entry_id,
        kind=kind,
        names=[
            " ".join(text_at(element, part) for part in NAME_PARTS),
            *texts_at(element, alias, "ALIAS_NAME"),
        ],
        born=[_birth(each) for each in children(element, "INDIVIDUAL_DATE_OF_BIRTH")],
        countries=texts_at(element, "NATIONALITY", "VALUE"),
        programmes=texts_at(element, "UN_LIST_TYPE"),
    )


def _birth(element: Any) -> BirthDate | None:
    exact = birth_of(text_at(element, "DATE"))
    if exact is not None:
        return exact
    first = text_at(element, "FROM_YEAR") or text_at(element, "YEAR")
    last = text_at(element, "TO_YEAR") or first
    is_year = first.isascii() and first.isdigit() and last.isascii() and last.isdigit()
    return year_of(int(first), int(last)) if is_year else None
