"""The consolidated financial sanctions list of the European Union, version 1.1, as XML or CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from domain.provider import FileRefused
from plugins.kyc.sanctions.columns import Layout, banner_and_rows
from plugins.kyc.sanctions.entries import BirthDate, ListedKind, birth_of, year_of
from plugins.kyc.sanctions.gathering import Gathering, ReadList, day_of, kind_of
from plugins.kyc.sanctions.xml import children, local_name

LIST_ID: Final = "eu"
KINDS: Final[Mapping[str, ListedKind]] = {
    "person": ListedKind.PERSON,
    "p": ListedKind.PERSON,
    "enterprise": ListedKind.OTHER,
    "e": ListedKind.OTHER,
}
TABLE: Final = Layout(
    columns={
        "id": ("Entity_LogicalId",),
        "generated": ("fileGenerationDate",),
        "kind": ("Entity_SubjectType_ClassificationCode", "Entity_SubjectType"),
        "programme": ("Entity_Regulation_Programme",),
        "name": ("NameAlias_WholeName",),
        "first": ("NameAlias_FirstName",),
        "middle": ("NameAlias_MiddleName",),
        "last": ("NameAlias_LastName",),
        "born": ("BirthDate_BirthDate",),
        "born_year": ("BirthDate_Year",),
        "citizenship": ("Citizenship_CountryIso2Code",),
    },
    needed=frozenset({"id", "kind", "name", "born"}),
    delimiter=";",
)


def read(files: Sequence[bytes]) -> ReadList:
    if len(files) != 1:
        raise FileRefused("one file is the whole list")
    content = files[0]
    return _xml(content) if content.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<") else _csv(content)


def _csv(content: bytes) -> ReadList:
    """A row per name, address, birth and document, each repeating the entry."""
    found = Gathering(LIST_ID)
    published_on: date | None = None
    for row in banner_and_rows(content, TABLE)[1]:
        if not row["id"]:
            raise FileRefused("a row without Entity_LogicalId")
        published_on = published_on or day_of(row["generated"], formats=("%d/%m/%Y", "%Y-%m-%d"))
        parts = " ".join((row["first"], row["middle"], row["last"]))
        found.about(
            row["id"],
            kind=kind_of(row["kind"], KINDS),
            names=[row["name"] or parts],
            born=[birth_of(row["born"]) or _year(row["born_year"])],
            countries=[row["citizenship"]],
            programmes=[row["programme"]],
        )
    return found.done(published_on=published_on)


def _xml(content: bytes) -> ReadList:
    from plugins.safe_xml import parsed  # noqa: PLC0415  # loads lxml

    root = parsed(content)
    if local_name(root) != "export":
        raise FileRefused("the file is no export of the list")
    found = Gathering(LIST_ID)
    for entity in children(root, "sanctionEntity"):
        entry_id = entity.get("logicalId", "") or entity.get("euReferenceNumber", "")
        names = [_name(each) for each in children(entity, "nameAlias")]
        if not entry_id or not any(each.strip() for each in names):
            raise FileRefused("a sanctionEntity lacks its logicalId or its nameAlias")
        found.about(
            entry_id,
            kind=kind_of(_code(entity), KINDS),
            names=names,
            born=[_birth(each) for each in children(entity, "birthdate")],
            countries=[each.get("countryIso2Code", "") for each in children(entity, "citizenship")],
            programmes=[each.get("programme", "") for each in children(entity, "regulation")],
        )
    return found.done(published_on=day_of(root.get("generationDate", "")[:10]))


def _name(alias: Any) -> str:
    parts = (alias.get(part, "") for part in ("firstName", "middleName", "lastName"))
    return str(alias.get("wholeName", "")).strip() or " ".join(parts)


def _code(entity: Any) -> str:
    return next((str(each.get("code", "")) for each in children(entity, "subjectType")), "")


def _birth(element: Any) -> BirthDate | None:
    exact = birth_of(element.get("birthdate", ""))
    if exact is not None:
        return exact
    first, last = element.get("yearRangeFrom", ""), element.get("yearRangeTo", "")
    if first.isdigit() and last.isdigit():
        return year_of(int(first), int(last))
    return _year(element.get("year", ""))


def _year(text: str) -> BirthDate | None:
    return year_of(int(text)) if text.isascii() and text.isdigit() else None
