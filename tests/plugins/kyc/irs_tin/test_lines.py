"""The file for the IRS and what comes back: names, types, codes, repeated and strange lines."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.provider import FileRefused
from domain.verification.provider import (
    CheckFileReport,
    CheckKind,
    CheckRequest,
    CheckState,
    Subject,
    TaxNumber,
)
from plugins.kyc.irs_tin.lines import CODES, cleaned_name, line_of, read_line
from plugins.kyc.irs_tin.settings import LINES_MAX
from plugins.kyc.irs_tin.verifier import IrsTin
from tests.plugins.kyc.irs_tin.make import answered
from tests.plugins.kyc.make import Asking, asking

ADA = Subject(
    name="Ada Quillern", tax_number=TaxNumber(country="US", kind="ssn", number="536-22-8726")
)
STATES = {
    "0": (CheckState.VERIFIED, ""),
    "1": (CheckState.MISMATCH, "tax_number_malformed"),
    "2": (CheckState.MISMATCH, "tax_number_not_issued"),
    "3": (CheckState.MISMATCH, "name_and_tax_number_differ"),
    "4": (CheckState.PENDING, "request_refused"),
    "6": (CheckState.VERIFIED, ""),
    "7": (CheckState.VERIFIED, ""),
    "8": (CheckState.VERIFIED, ""),
}


def requests(house: Asking, count: int = 1) -> list[CheckRequest]:
    return [house.request(CheckKind.TAX_ID_ISSUED, ADA) for _ in range(count)]


def rendered(house: Asking, asked: list[CheckRequest]) -> bytes:
    content: bytes = house.bench.run(house.guarded.render(asked, house.bench.context())).content
    return content


def read(house: Asking, content: bytes) -> CheckFileReport:
    report: CheckFileReport = house.bench.run(
        house.guarded.read_file(content, house.bench.context())
    )
    return report


@pytest.mark.parametrize(
    ("kind", "type_"), [("ein", "1"), ("ssn", "2"), ("itin", "2"), ("", "3"), ("tin", "3")]
)
def test_a_line(kind: str, type_: str) -> None:
    """Type 1 is an EIN; a member who did not say which kind gets 3, and the answer tells."""
    number = TaxNumber(country="US", kind=kind, number="53-6228726")

    line = line_of(number=number, name="Quillern & Daughters, Inc.", account="CZZ000000000001")

    assert line == f"{type_};536228726;Quillern & Daughters Inc;CZZ000000000001"


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Łukasz Ñandú-O'Brien", "Lukasz Nandu-OBrien"),
        ("A" * 50, "A" * 40),
        ("Vasko; DROP", "Vasko DROP"),
        ("  Søren\tÆbler ", "Soren AEbler"),
        ("Quillern/Vasko", "Quillern Vasko"),
        ("Ада", ""),
    ],
)
def test_a_name_as_the_irs_reads_it(name: str, cleaned: str) -> None:
    """Letters, digits, hyphen and ampersand; at most 40."""
    assert cleaned_name(name) == cleaned


@given(name=st.text(max_size=80), number=st.text(max_size=30))
def test_no_member_writes_a_second_field_or_line(name: str, number: str) -> None:
    """Whatever was typed, the line has its four fields and one line."""
    tax_number = TaxNumber(country="US", kind="ssn", number=number)

    line = line_of(number=tax_number, name=name, account="CZZ000000000001")

    assert len(line.split(";")) == 4
    assert line.isascii() and line.isprintable()
    found = read_line(f"{line};3")
    assert found is not None and found.account == "CZZ000000000001"


@pytest.mark.parametrize("code", STATES)
def test_what_a_code_means(code: str) -> None:
    """For the member; and the reference says which line of which file it was."""
    with asking(IrsTin) as house:
        content = answered(rendered(house, requests(house)), code=lambda _: code)
        (answer,) = read(house, content).answers

    state, reason = STATES[code]
    outcome = answer.outcome
    assert outcome.state is state
    assert [each.code for each in outcome.reasons] == ([reason] if reason else [])
    assert (outcome.valid_until is not None) is (state is CheckState.VERIFIED)
    assert outcome.facts.get("tax_number_kind") == (CODES[code].tax_number_kind or None)
    assert outcome.evidence is not None
    assert outcome.evidence.reference == f"{hashlib.sha256(content).hexdigest()}:1"


def test_a_repeated_request_uses_the_first_answer() -> None:
    """Code 5 says nothing new, wherever it stands."""
    with asking(IrsTin) as house:
        asked = requests(house, 2)
        line, other = answered(rendered(house, asked), code=lambda _: "0").splitlines(keepends=True)
        again = line.replace(b";0\r\n", b";5\r\n")
        report = read(house, line + again + other)
        only_repeated = read(house, again + other)

    assert [each.outcome.state for each in report.answers] == [CheckState.VERIFIED] * 2
    assert [each.check_ref for each in only_repeated.answers] == [asked[1].check_ref]


def test_a_repeated_account_keeps_its_first_answer() -> None:
    """A line that was doubled by hand, with another code, decides nothing."""
    with asking(IrsTin) as house:
        line = answered(rendered(house, requests(house)), code=lambda _: "0")
        report = read(house, line + line.replace(b";0\r\n", b";3\r\n"))

    assert [each.outcome.state for each in report.answers] == [CheckState.VERIFIED]


def test_strange_lines_are_counted_and_never_quoted() -> None:
    """Staff see their numbers; what stood there may be a tax number."""
    with asking(IrsTin) as house:
        line = answered(rendered(house, requests(house)), code=lambda _: "0").decode()
        cut, unknown = line[:20] + "\r\n", line.replace(";0\r", ";9\r")
        report = read(house, f"{cut}\r\n{line}{unknown}".encode())

    assert len(report.answers) == 1
    assert report.unread_lines == (1, 4)
    assert "536228726" not in repr(report)


def test_a_file_has_at_most_a_hundred_thousand_lines() -> None:
    """One more is refused before anything is written."""
    assert IrsTin.manifest.file_lines_max == LINES_MAX == 100_000
    with asking(IrsTin, lines_max=2) as house, pytest.raises(FileRefused):
        house.bench.run(house.raw.render(requests(house, 3), house.bench.context()))


def test_a_full_file_there_and_back() -> None:
    """10,000 checks: each once, each answered."""
    with asking(IrsTin) as house:
        (first,) = requests(house)
        asked = [replace(first, check_ref=f"CZZ{each:012d}") for each in range(10_000)]
        content = house.bench.run(house.raw.render(asked, house.bench.context())).content
        report = house.bench.run(
            house.raw.read_file(answered(content, code=lambda _: "0"), house.bench.context())
        )

    assert content.count(b"\r\n") == len(report.answers) == 10_000
    assert report.unread_lines == ()


def test_what_cannot_be_right_is_asked_all_the_same() -> None:
    """The IRS says that it is wrong; left out, the check would wait for ever."""
    wrong = Subject(name="Ада", tax_number=TaxNumber(country="US", kind="", number="12-34"))
    with asking(IrsTin) as house:
        content = rendered(house, [house.request(CheckKind.TAX_ID_ISSUED, wrong)])
        (answer,) = read(house, answered(content, code=lambda _: "1")).answers

    assert content.startswith(b"3;1234;;")
    assert answer.outcome.state is CheckState.MISMATCH
