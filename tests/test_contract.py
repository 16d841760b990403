"""The gate between what was released and what the code exports."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from schema import sdl
from schema.contract import (
    NO_PERMISSIONS,
    MalformedPermission,
    Verdict,
    judge,
    permissions_in,
    removal_day,
)
from schema.export import ALLOWED, FILE, RELEASED, main
from schema.scalars import DOCUMENTATION, SCALARS

TODAY = date(2026, 3, 29)
SDL = """
type Query {{ tasks({argument}): [String!]! {field} }}
input TaskWhere {{ title: String {input_field} }}
enum Order {{ NEWEST {value} }}
type Mutation {{ add(where: TaskWhere, order: Order): String }}
"""
PLACES = {  # each kind of element that can be deprecated, and its schema coordinate
    "argument": ("old: Int", "Query.tasks(old:)"),
    "field": ("old: Int", "Query.old"),
    "input_field": ("old: Int", "TaskWhere.old"),
    "value": ("OLD", "Order.OLD"),
}


def text(*, place: str = "", reason: str | None = None) -> str:
    """With the old element at its place, deprecated if there is a reason, or without it."""
    said = dict.fromkeys(PLACES, "") | {"argument": "new: Int"}
    if place:
        deprecated = "" if reason is None else f' @deprecated(reason: "{reason}")'
        said[place] = f"{said[place]} {PLACES[place][0]}{deprecated}"
    return SDL.format(**said)


def verdict(old: str, new: str, *allowed: str, today: date = TODAY) -> Verdict:
    return judge(released=old, current=new, allowed=frozenset(allowed), today=today)


def test_the_code_keeps_what_was_released() -> None:
    """What `make contract` says of this very tree."""
    today = datetime.now(tz=UTC).date()
    allowed = permissions_in(ALLOWED.read_text(), today=today)

    assert (
        judge(released=RELEASED.read_text(), current=sdl(), allowed=allowed, today=today).faults
        == ()
    )


@pytest.mark.parametrize("place", PLACES)
def test_a_removal_breaks(place: str) -> None:
    """Whatever the kind of element: somebody's document or variables name it."""
    (fault,) = verdict(text(place=place), text()).faults

    assert fault.startswith("breaking: ")
    assert "old" in fault.lower()


def test_a_permission_is_for_one_change() -> None:
    """Word for word; and it goes when the change has gone."""
    removed = "Field Query.old was removed."

    assert verdict(text(place="field"), text(), removed).faults == ()
    assert verdict(text(), text(), removed).faults == (
        f"allowed, but no change any more: {removed}",
    )
    assert len(verdict(text(place="field"), text(), "Field Query.new was removed.").faults) == 2


def test_what_is_dangerous_is_told_only() -> None:
    """A new value of an enum surprises clients that list them all, but breaks no document."""
    told = verdict(text(), text(place="value"))

    assert told.faults == ()
    assert [remark[:10] for remark in told.remarks] == ["dangerous:"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        ("Use new.", "deprecated without `Removal YYYY-MM-DD`"),
        ("Use new. Removal 2026-02-31", "deprecated without `Removal YYYY-MM-DD`"),
        ("Use new. Removal 2026-09-27", "deprecated with less than six months of notice"),
        ("Use new. Removal 2026-09-28", None),
    ],
)
def test_a_deprecation_names_a_day_far_enough_ahead(
    place: str, reason: str, fault: str | None
) -> None:
    """Frontends in app stores need months until the last user has the new one."""
    faults = verdict(text(place=place), text(place=place, reason=reason)).faults

    expected = () if fault is None else (f"{fault}: {PLACES[place][1]} ({reason})",)
    assert faults == expected


def test_the_day_may_come_nearer_by_waiting_only() -> None:
    """What was promised at a release is kept, or put off."""
    promised, sooner, later = (
        text(place="field", reason=f"Use new. Removal {day}")
        for day in ("2026-06-01", "2026-05-31", "2026-07-01")
    )

    assert verdict(promised, promised).faults == ()
    assert verdict(promised, later).faults == ()
    assert verdict(promised, sooner).faults == (
        "deprecated with less than six months of notice: Query.old (Use new. Removal 2026-05-31)",
    )


@pytest.mark.parametrize("place", PLACES)
def test_nothing_goes_before_its_day(place: str) -> None:
    """No permission helps; on the day itself one is still needed, and says who counted."""
    old = text(place=place, reason="Use new. Removal 2026-06-01")
    (breaking, early) = verdict(old, text()).faults
    change = breaking.removeprefix("breaking: ")

    assert early.startswith(f"removed before its day: {PLACES[place][1]} ")
    assert verdict(old, text(), change).faults == (early,)
    assert verdict(old, text(), today=date(2026, 6, 1)).faults == (breaking,)
    assert verdict(old, text(), change, today=date(2026, 6, 1)).faults == ()


PERMISSION = """
[[allowed]]
change = "Field Query.old was removed."
reason = "before the first release"
date = 2026-03-29
"""


def test_permissions_are_read() -> None:
    """An empty file allows nothing."""
    assert permissions_in(PERMISSION, today=TODAY) == {"Field Query.old was removed."}
    assert permissions_in(NO_PERMISSIONS, today=TODAY) == frozenset()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('reason = "before the first release"', ""),
        ('reason = "before the first release"', 'reason = ""'),
        ("date = 2026-03-29", ""),
        ("date = 2026-03-29", 'date = "2026-03-29"'),
        ("date = 2026-03-29", "date = 2026-03-30"),
        ("date = 2026-03-29", "date = 2026-03-29\nuntil = 2027-01-01"),
    ],
)
def test_a_permission_says_why_and_when(old: str, new: str) -> None:
    """Who reads it in a year must be able to judge it."""
    with pytest.raises(MalformedPermission):
        permissions_in(PERMISSION.replace(old, new), today=TODAY)


def test_a_broken_file_allows_nothing() -> None:
    """Better no build than a permission nobody wrote."""
    with pytest.raises(tomllib.TOMLDecodeError):
        permissions_in("[[allowed", today=TODAY)


def test_the_day_is_found_in_the_reason() -> None:
    """Only in the words that the convention gives."""
    assert removal_day("Use `new`. Removal 2026-12-31.") == date(2026, 12, 31)
    assert removal_day("Gone by 2026-12-31") is None


def test_every_scalar_names_its_standard() -> None:
    """A standard of others, or a section of our own page."""
    sections = re.findall(r"^## (\w+)$", Path("docs/scalars.md").read_text(), re.MULTILINE)
    standards = (
        "https://www.rfc-editor.org/",
        "https://www.iso.org/",
        "https://html.spec.",
        "https://url.spec.",
    )

    for definition in SCALARS.values():
        url = definition.specified_by_url or ""
        page, _, section = url.partition("#")
        is_ours = page == DOCUMENTATION and section in {each.lower() for each in sections}
        assert is_ours or url.startswith(standards), definition.name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a project whose release had one more type than the code has."""
    (tmp_path / FILE.name).write_text(sdl())
    (tmp_path / RELEASED.name).write_text(sdl() + "\ntype Planted { id: ID! }\n")
    (tmp_path / ALLOWED.name).write_text(NO_PERMISSIONS)
    return tmp_path


def test_a_planted_break_fails_the_build(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command itself, as `make contract` calls it; nothing is released then."""
    before = (folder / RELEASED.name).read_text()

    assert main(["--check"], folder=folder) == 1
    assert "breaking: Planted was removed.\n" in capsys.readouterr().err
    assert main(["--release"], folder=folder) == 1
    assert (folder / RELEASED.name).read_text() == before


def test_a_release_promises_what_the_code_exports(folder: Path) -> None:
    """Its permissions are used up: the next check starts from nothing."""
    (folder / ALLOWED.name).write_text(
        PERMISSION.replace("Field Query.old was removed.", "Planted was removed.").replace(
            "2026-03-29", "2020-01-01"
        )
    )

    assert main(["--check"], folder=folder) == 0
    assert main(["--release"], folder=folder) == 0
    assert (folder / RELEASED.name).read_text() == sdl()
    assert (folder / ALLOWED.name).read_text() == NO_PERMISSIONS
    assert main(["--check"], folder=folder) == 0


@pytest.mark.parametrize("permissions", ["[[allowed", '[[allowed]]\nchange = "x"\n'])
def test_permissions_that_cannot_be_read_fail_the_build(
    folder: Path, permissions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said in one line, without a traceback."""
    (folder / ALLOWED.name).write_text(permissions)

    assert main(["--check"], folder=folder) == 1
    assert capsys.readouterr().err.startswith("schema.allowed_changes.toml: ")


def test_a_stale_file_fails_the_build(folder: Path) -> None:
    """What frontends read is what runs."""
    (folder / FILE.name).write_text("type Query { old: Int }")

    assert main(["--check"], folder=folder) == 1
