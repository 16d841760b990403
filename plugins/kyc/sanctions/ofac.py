"""The SDN list of the US Treasury: SDN.CSV with ALT.CSV, which have no header, or SDN.XML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from domain.provider import FileRefused
from plugins.kyc.sanctions.columns import Layout, Row, banner_and_rows
from plugins.kyc.sanctions.entries import ListedKind, birth_of, births_in
from plugins.kyc.sanctions.gathering import Gathering, ReadList, day_of, kind_of
from plugins.kyc.sanctions.xml import children, local_name, text_at, texts_at

LIST_ID: Final = "ofac_sdn"
KINDS: Final[Mapping[str, ListedKind]] = {
    "individual": ListedKind.PERSON,
    "": ListedKind.OTHER,  # as the table writes companies
    "entity": ListedKind.OTHER,
    "vessel": ListedKind.OTHER,
    "aircraft": ListedKind.OTHER,
}
SDN: Final = Layout(
    columns={
        "id": ("ent_num",),
        "name": ("SDN_Name",),
        "kind": ("SDN_Type",),
        "programmes": ("Program",),
        "title": ("Title",),
        "call_sign": ("Call_Sign",),
        "vessel_type": ("Vess_type",),
        "tonnage": ("Tonnage",),
        "gross_tonnage": ("GRT",),
        "flag": ("Vess_flag",),
        "owner": ("Vess_owner",),
        "remarks": ("Remarks",),
    },
    needed=frozenset({"id", "name", "kind", "remarks"}),
    unnamed=(
        *("id", "name", "kind", "programmes", "title", "call_sign"),
        *("vessel_type", "tonnage", "gross_tonnage", "flag", "owner", "remarks"),
    ),
)
ALT: Final = Layout(
    columns={
        "id": ("ent_num",),
        "alias_id": ("alt_num",),
        "alias_type": ("alt_type",),
        "name": ("alt_name",),
        "remarks": ("alt_remarks",),
    },
    needed=frozenset({"id", "alias_id", "name"}),
    unnamed=("id", "alias_id", "alias_type", "name", "remarks"),
)


def read(files: Sequence[bytes]) -> ReadList:
    """Either one XML, or the table of entries and, with it, the table of their other names."""
    if any(each.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<") for each in files):
        if len(files) > 1:
            raise FileRefused("one XML file is the whole list")
        return _xml(files[0])
    tables = [_table(each) for each in files]
    main = [rows for layout, rows in tables if layout is SDN]
    if len(main) != 1:
        raise FileRefused("of SDN.CSV there must be one, with ALT.CSV beside it")
    found = Gathering(LIST_ID)
    for row in main[0]:
        _entry(found, row)
    for layout, rows in tables:
        if layout is ALT:
            _aliases(found, rows)
    return found.done(published_on=None)  # the tables do not say when


def _table(content: bytes) -> tuple[Layout, list[Row]]:
    try:
        return SDN, list(banner_and_rows(content, SDN)[1])
    except FileRefused as refused:
        try:
            return ALT, list(banner_and_rows(content, ALT)[1])
        except FileRefused:
            raise refused from None


def _entry(found: Gathering, row: Row) -> None:
    remarks = row["remarks"]
    nationalities = [
        part.strip(" .")[len(word) :]
        for part in remarks.split(";")
        for word in ("nationality ", "citizen ")
        if part.strip(" .").lower().startswith(word)
    ]
    found.about(
        row["id"],
        kind=kind_of(row["kind"], KINDS),
        names=[_turned(row["name"])],
        born=births_in(remarks),
        countries=nationalities,
        programmes=row["programmes"].replace("[", "").split("]"),
    )


def _aliases(found: Gathering, rows: Sequence[Row]) -> None:
    for row in rows:
        if found.knows(row["id"]):
            found.about(row["id"], names=[_turned(row["name"])])


def _xml(content: bytes) -> ReadList:
    from plugins.safe_xml import parsed  # noqa: PLC0415  # loads lxml

    root = parsed(content)
    if local_name(root) != "sdnList":
        raise FileRefused("the file is no sdnList")
    found = Gathering(LIST_ID)
    for entry in children(root, "sdnEntry"):
        entry_id, last = text_at(entry, "uid"), text_at(entry, "lastName")
        if not entry_id or not last:
            raise FileRefused("an sdnEntry lacks its uid or its lastName")
        found.about(
            entry_id,
            kind=kind_of(text_at(entry, "sdnType"), KINDS),
            names=[_full(entry), *(_full(aka) for aka in children(entry, "akaList", "aka"))],
            born=[
                birth_of(each)
                for each in texts_at(entry, "dateOfBirthList", "dateOfBirthItem", "dateOfBirth")
            ],
            countries=[
                *texts_at(entry, "nationalityList", "nationality", "country"),
                *texts_at(entry, "citizenshipList", "citizenship", "country"),
            ],
            programmes=texts_at(entry, "programList", "program"),
        )
    said = texts_at(root, "publshInformation", "Publish_Date")  # spelt so by the publisher
    return found.done(published_on=day_of(said[0], formats=("%m/%d/%Y",)) if said else None)


def _full(element: Any) -> str:
    return f"{text_at(element, 'firstName')} {text_at(element, 'lastName')}"


def _turned(name: str) -> str:
    """`DOE, John` of the tables."""
    last, _, first = name.partition(",")
    return f"{first} {last}".strip()
