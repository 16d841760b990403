"""Members as clients may read them: the public row, what they show, and the viewer's mark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from domain.members.rules import AgeBand, Device, Gender, MemberState, ProfileField, age_band
from domain.reads import Entity, Leaf, Ruled, columns


def shown(value: str, field: ProfileField) -> str:
    """The value where its member shows the field, otherwise null."""
    return f"""(
        select {value} from member_profile p
        left join work_preference w on w.member_id = p.member_id
        where p.member_id = {{row}}.id and '{field}' = any(p.shown)
    )"""  # noqa: S608  # our own names


BORN_ON: Final = f"""
    (select e.born_on from member_person e join member_profile p on p.member_id = e.member_id
     where e.member_id = {{row}}.id and '{ProfileField.AGE_BAND}' = any(p.shown))
"""  # noqa: S608  # our own names


def band(born_on: date | None, now: datetime) -> AgeBand | None:
    return None if born_on is None else age_band(born_on=born_on, on=now.date())


def gender(value: str | None) -> Gender | None:
    return None if value is None else Gender(value)


def texts(values: list[str] | None) -> list[str] | None:
    return values


def devices(values: Sequence[str] | None) -> list[Device] | None:
    return None if values is None else [Device(each) for each in values]


MEMBER: Final = Entity(
    name="Member",
    source="from member",
    row="member",
    fields={
        **columns("country", "registered_at"),
        "is_erased": Leaf(f"({{row}}.state = '{MemberState.ERASED}')"),
        "viewer_mark": Leaf(
            "(select k.mark from member_mark k"
            " where k.owner_id = {viewer} and k.member_id = {row}.id)"
        ),
        "city": Leaf(shown("p.city", ProfileField.CITY)),
        "languages": Ruled(texts, (shown("coalesce(w.languages, '{}')", ProfileField.LANGUAGES),)),
        "interests": Ruled(texts, (shown("p.interests", ProfileField.INTERESTS),)),
        "gender": Ruled(gender, (shown("p.gender", ProfileField.GENDER),)),
        "devices": Ruled(devices, (shown("coalesce(w.devices, '{}')", ProfileField.DEVICES),)),
        "age_band": Ruled(band, (BORN_ON, "{now}")),
    },
)
