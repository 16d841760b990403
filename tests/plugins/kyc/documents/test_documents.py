"""What a document check answers: never more than "a person may decide"."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest

from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    CheckState,
    EvidenceFile,
    Subject,
)
from plugins.ages import age_on
from plugins.kyc.documents.verifier import Documents
from tests.plugins.kyc.documents.make import passport, picture
from tests.plugins.kyc.make import asking

ADA = Subject(name="Ada Quillern", born_on=date(1990, 12, 10))
ZONE: dict[str, Any] = {
    "surname": "Quillern",
    "given": "Ada",
    "born_on": date(1990, 12, 10),
    "expires_on": date(2030, 1, 31),
}


def checked(
    *,
    kind: CheckKind = CheckKind.DOCUMENT,
    subject: Subject = ADA,
    files: tuple[EvidenceFile, ...] | None = None,
    typed: str | None = None,
    as_of: date = date(2026, 3, 29),
    **zone: Any,
) -> CheckOutcome:
    text = passport(**{**ZONE, **zone}) if typed is None else typed
    with asking(Documents) as house:
        return house.check(
            kind,
            subject,
            given={"zone": text},
            files=(picture(),) if files is None else files,
            as_of=as_of,
        )


def test_a_good_zone_waits_for_a_person() -> None:
    """It proves typing. What a decision would confirm is told, without number and name."""
    outcome = checked()

    assert (outcome.state, outcome.is_for_people) == (CheckState.PENDING, True)
    assert [each.code for each in outcome.reasons] == ["document_read"]
    assert outcome.facts == {
        "document_kind": "P",
        "document_issuer": "UTO",
        "document_expires_on": "2030-01-31",
        "age_over_18_at": "2026-03-29",
    }
    assert outcome.evidence is not None
    assert outcome.evidence.digest == hashlib.sha256(picture().digest.encode()).hexdigest()


@pytest.mark.parametrize(
    ("changes", "state", "code"),
    [
        ({"typed": ""}, CheckState.PENDING, "zone_missing"),
        ({"typed": "nonsense"}, CheckState.NEEDS_INPUT, "zone_unreadable"),
        ({"expires_on": date(2026, 3, 28)}, CheckState.NEEDS_INPUT, "document_expired"),
        ({"expires_on": date(2026, 3, 29)}, CheckState.PENDING, "document_read"),
        ({"born_on": date(1990, 12, 11)}, CheckState.MISMATCH, "birth_date_differs"),
        ({"given": "Tessaly", "surname": "Brandwyk"}, CheckState.MISMATCH, "name_differs"),
        ({"surname": "Quillerne"}, CheckState.PENDING, "name_unclear"),
        ({"given": "Ada Seraphine"}, CheckState.PENDING, "document_read"),
        ({"subject": Subject(name="Ада", born_on=ADA.born_on)}, CheckState.PENDING, "name_unclear"),
        ({"files": ()}, CheckState.NEEDS_INPUT, "file_unreadable"),
        ({"files": (picture("back"),)}, CheckState.NEEDS_INPUT, "file_unreadable"),
        ({"files": (picture(content=b"<html>"),)}, CheckState.NEEDS_INPUT, "file_unreadable"),
    ],
)
def test_what_is_held_against_the_profile(
    changes: dict[str, Any], state: CheckState, code: str
) -> None:
    """The member mends what can be mended; a person looks at what is unclear."""
    outcome = checked(**changes)

    assert (outcome.state, [each.code for each in outcome.reasons]) == (state, [code])


def test_a_mistyped_digit_is_asked_for_again() -> None:
    """Which field it is, for staff; not what stood there."""
    good = passport(**ZONE)
    wrong = good.replace("X12345678", "X12345679")

    outcome = checked(typed=wrong)

    assert outcome.state is CheckState.NEEDS_INPUT
    assert outcome.reasons[0].staff_detail == "number, composite"


def test_a_file_that_was_changed_on_the_way_is_refused() -> None:
    """Its digest is what the host stored."""
    other = EvidenceFile(
        name="front", media_type="image/png", digest="0" * 64, content=picture().content
    )

    assert checked(files=(other,)).state is CheckState.NEEDS_INPUT


def test_ages_on_a_day() -> None:
    """Born on a 29 February, of age on 1 March: the later day of both."""
    leap = date(2008, 2, 29)

    assert [age_on(leap, date(2026, *day)) for day in ((2, 28), (3, 1))] == [17, 18]
    assert [age_on(leap, date(2028, *day)) for day in ((2, 28), (2, 29))] == [19, 20]
    assert age_on(date(2008, 3, 29), date(2026, 3, 29)) == 18


@pytest.mark.parametrize(("day", "state"), [(28, CheckState.MISMATCH), (29, CheckState.PENDING)])
def test_who_is_too_young(day: int, state: CheckState) -> None:
    """On the day itself one is old enough; a document check alone does not ask for it."""
    young = Subject(name="Ada Quillern", born_on=date(2008, 3, 29))
    as_of = date(2026, 3, day)

    age = checked(kind=CheckKind.AGE, subject=young, born_on=young.born_on, as_of=as_of)
    document = checked(subject=young, born_on=young.born_on, as_of=as_of)

    assert age.state is state
    assert document.state is CheckState.PENDING
    assert ("age_over_18_at" in document.facts) is (day == 29)


def test_nothing_of_the_document_is_in_a_text() -> None:
    """Neither the picture nor the zone."""
    outcome = checked()

    assert "X12345678" not in repr(outcome) and "QUILLERN" not in repr(outcome)
    assert "X12345678" not in repr(outcome.facts)
