"""Who is found on a list, by how much, and what a contradiction does: it lowers, never clears."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.provider import ConfigError, FileRefused
from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    CheckState,
    Entity,
    ListFile,
    Subject,
)
from plugins.kyc.sanctions.entries import ListedKind, ListEntry
from plugins.kyc.sanctions.matching import Index, Sought
from plugins.kyc.sanctions.settings import ThresholdRow
from plugins.kyc.sanctions.verifier import HITS_MAX, Sanctions
from tests.plugins.kyc.make import Asking, asking
from tests.plugins.kyc.sanctions.make import EU_XML, UN_XML, list_files

LABELLED = Path(__file__).parent / "labelled.csv"
PRECISION_MIN = 0.8
VELDRANOV = {"name": "Ostap Veldranov", "born_on": date(1970, 3, 12), "country": "IR"}


def labelled() -> Iterator[tuple[str, str, bool]]:
    with LABELLED.open(newline="") as file:
        for row in csv.DictReader(file):
            yield row["listed"], row["asked"], row["is_same"] == "yes"


def found(listed: str, asked: str, **thresholds: Any) -> bool:
    row = ThresholdRow(valid_from=date(2026, 1, 1), **thresholds)
    entry = ListEntry(list_id="x", entry_id="1", names=(listed,), kind=ListedKind.PERSON)
    return bool(Index([entry], thresholds=row.values()).candidates(Sought(name=asked)))


def screened(house: Asking, **subject: Any) -> CheckOutcome:
    return house.check(CheckKind.SANCTIONS, Subject(**subject))


def loaded(house: Asking, *files: ListFile) -> None:
    house.bench.run(house.guarded.load(files or list_files(), house.bench.context()))


def test_the_thresholds_fit_the_labelled_names() -> None:
    """Nobody who is listed is missed; not every fifth hit is somebody else."""
    judged = [(found(listed, asked), is_same) for listed, asked, is_same in labelled()]
    hits = [is_same for is_hit, is_same in judged if is_hit]
    missed = [is_same for is_hit, is_same in judged if is_same and not is_hit]

    assert len(judged) > 120 and not missed
    assert sum(hits) / len(hits) >= PRECISION_MIN


def test_other_thresholds_would_not() -> None:
    """Lower ones find too many, exact spelling alone misses many."""
    low = [found(a, b, jaro_winkler=0.8, token_sort=70.0) for a, b, same in labelled() if not same]
    exact = [found(a, b, jaro_winkler=1.0, token_sort=100.0) for a, b, same in labelled() if same]

    assert sum(low) > len(low) / 3
    assert sum(exact) < len(exact) * 0.7


def test_a_listed_name_is_a_hit_with_score_and_why() -> None:
    """Which entry, how like, and what else is known about both."""
    with asking(Sanctions) as house:
        loaded(house)
        outcome = screened(house, **VELDRANOV)

    (hit,) = outcome.hits
    assert (outcome.state, outcome.is_for_people) == (CheckState.HIT, True)
    assert (hit.list_id, hit.entry_id, hit.name) == ("ofac_sdn", "101", "Ostap Jarek VELDRANOV")
    assert hit.score >= 90 and set(hit.why) >= {"birth_date_fits", "country_fits"}
    assert [each.list_id for each in outcome.lists] == ["eu", "ofac_sdn", "uk", "un"]
    assert "Veldranov" not in repr(outcome)


def test_a_contradiction_lowers_and_never_clears() -> None:
    """Another birth date, another country: told, and still for a person to decide."""
    with asking(Sanctions) as house:
        loaded(house)
        same = screened(house, **VELDRANOV)
        unknown = screened(house, name="Ostap Veldranov")
        younger = screened(house, **{**VELDRANOV, "born_on": date(1999, 1, 1)})
        both = screened(house, **{**VELDRANOV, "born_on": date(1999, 1, 1), "country": "PH"})

    scores = [each.hits[0].score for each in (same, unknown, younger, both)]
    assert scores[0] == scores[1] > scores[2] > scores[3]
    assert {each.state for each in (same, unknown, younger, both)} == {CheckState.HIT}
    assert set(both.hits[0].why) >= {"birth_date_contradicts", "country_contradicts"}


def test_lists_err_by_a_year() -> None:
    """A year next to the listed one fits; three do not."""
    with asking(Sanctions) as house:
        loaded(house)
        near, far = (
            screened(house, **{**VELDRANOV, "born_on": date(year, 7, 1)}).hits[0].why
            for year in (1969, 1966)
        )

    assert "birth_date_fits" in near and "birth_date_contradicts" in far


def test_companies_are_held_against_companies_and_persons_against_all() -> None:
    """A person may trade under a listed company's name; a company is no listed person."""
    with asking(Sanctions) as house:
        loaded(house)
        company = screened(house, name="Ostap Veldranov", entity=Entity.BUSINESS)
        trading = screened(house, name="Blue Quill Trading", entity=Entity.BUSINESS)
        person = screened(house, name="Blue Quill Trading")

    states = [each.state for each in (company, trading, person)]
    assert states == [CheckState.VERIFIED, CheckState.HIT, CheckState.HIT]


@pytest.mark.parametrize("name", ["Остап Велдранов", "...", "李小龙"])
def test_a_name_in_other_letters_waits_for_a_person(name: str) -> None:
    """The lists are in Latin letters: not found there would say nothing."""
    with asking(Sanctions) as house:
        loaded(house)
        outcome = screened(house, name=name)

    assert (outcome.state, outcome.is_for_people) == (CheckState.PENDING, True)
    assert outcome.lists


def test_a_name_that_a_person_has_compared_is_theirs_again_with_other_lists_only() -> None:
    """What they accepted is told apart by its facts: of this name, against these lists."""
    eu = ListFile(list_id="eu", name="eu.xml", content=EU_XML)
    un = ListFile(list_id="un", name="un.xml", content=UN_XML)
    with asking(Sanctions) as house:
        loaded(house, eu)
        first, same = [screened(house, name="Остап Велдранов").facts for _ in range(2)]
        other_name = screened(house, name="Остап").facts
        loaded(house, eu, un)
        other_lists = screened(house, name="Остап Велдранов").facts

    assert first
    assert first == same
    assert first not in (other_name, other_lists)


def test_a_required_list_must_be_there() -> None:
    """With one of two, nobody is screened; an unknown one stops the start."""
    eu_only = ListFile(list_id="eu", name="eu.xml", content=EU_XML)
    with asking(Sanctions, required_lists=["eu", "un"]) as house:
        loaded(house, eu_only)
        half = screened(house, name="Ada Quillern")
        loaded(house, eu_only, ListFile(list_id="un", name="un.xml", content=UN_XML))
        whole = screened(house, name="Ada Quillern")

    assert [half.state, whole.state] == [CheckState.UNAVAILABLE, CheckState.VERIFIED]
    with pytest.raises(ConfigError), asking(Sanctions, required_lists=["nato"]):
        pass


def test_a_list_that_nobody_reads_is_refused() -> None:
    """With all that came with it: then nothing changes."""
    with asking(Sanctions) as house:
        loaded(house)
        before = screened(house, **VELDRANOV)
        with pytest.raises(FileRefused, match="no reader"):
            loaded(house, ListFile(list_id="nato", name="x", content=b"x"))
        after = screened(house, **VELDRANOV)

    assert before == after


def test_versions_say_what_was_screened_against() -> None:
    """Digest, day and size; the same files give the same, another file another."""
    with asking(Sanctions) as house:
        loaded(house)
        first = screened(house, name="Ada Quillern")
        loaded(house, *reversed(list_files()))
        again = screened(house, name="Ada Quillern")
        changed = EU_XML.replace(b"Ashgrove", b"Elmgrove")
        loaded(house, *(e for e in list_files() if e.list_id != "eu"),
               ListFile(list_id="eu", name="eu.xml", content=changed))  # fmt: skip
        other = screened(house, name="Ada Quillern")

    assert first.lists == again.lists
    assert [each.entry_count for each in first.lists] == [2, 2, 2, 2]
    assert first.lists[0].published_on == date(2026, 11, 20)
    assert other.lists[0].digest != first.lists[0].digest
    assert other.lists[1:] == first.lists[1:]
    assert first.evidence is not None and other.evidence is not None
    assert first.evidence.digest != other.evidence.digest


def test_a_name_that_everybody_has() -> None:
    """More hits than a person can look at: the likeliest are told, and that there are more."""
    entries = b"".join(
        b'%d,"VELDRANOV, Ostap","individual",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
        % each
        for each in range(HITS_MAX + 5)
    )
    with asking(Sanctions) as house:
        loaded(house, ListFile(list_id="ofac_sdn", name="SDN.CSV", content=entries))
        outcome = screened(house, **VELDRANOV)

    assert len(outcome.hits) == HITS_MAX
    assert outcome.reasons[0].staff_detail == "55 entries, the likeliest are told"
