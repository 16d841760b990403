"""One line of the bulk TIN matching file, there and back, and what its code says.

Out: `type;TIN;name;account`. Back: the same with a code behind it. IRS Publication 2108-A.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from re import fullmatch, sub
from typing import Final

from domain.verification.provider import CheckState, TaxNumber
from plugins.names import LETTERS

NAME_MAX: Final = 40
ACCOUNT_MAX: Final = 20
NUMBER_MAX: Final = 9
SEPARATOR: Final = ";"
PARTS: Final = 5  # of an answered line

TYPES: Final[Mapping[str, str]] = {"ein": "1", "ssn": "2", "itin": "2", "atin": "2"}
"""1 is an EIN, 2 an SSN or what the IRS gives instead; 3, unknown, where the member said nothing.

One public source has 1 and 2 the other way round; it is wrong.
"""
UNKNOWN_TYPE: Final = "3"


class CodeKind(StrEnum):
    ANSWER = "answer"
    AGAIN = "again"  # the line was wrong: ours to repair, and sent again
    REPEATED = "repeated"  # the first answer counts


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    state: CheckState
    code: str = ""  # for the member
    tax_number_kind: str = ""
    kind: CodeKind = CodeKind.ANSWER


CODES: Final[Mapping[str, CodeRow]] = {
    "0": CodeRow(state=CheckState.VERIFIED),
    "1": CodeRow(state=CheckState.MISMATCH, code="tax_number_malformed"),
    "2": CodeRow(state=CheckState.MISMATCH, code="tax_number_not_issued"),
    "3": CodeRow(state=CheckState.MISMATCH, code="name_and_tax_number_differ"),
    "4": CodeRow(state=CheckState.PENDING, code="request_refused", kind=CodeKind.AGAIN),
    "5": CodeRow(state=CheckState.PENDING, code="request_repeated", kind=CodeKind.REPEATED),
    "6": CodeRow(state=CheckState.VERIFIED, tax_number_kind="ssn"),
    "7": CodeRow(state=CheckState.VERIFIED, tax_number_kind="ein"),
    "8": CodeRow(state=CheckState.VERIFIED, tax_number_kind="ssn_or_ein"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredLine:
    account: str  # our check_ref
    code: str
    type: str
    number: str = field(repr=False)


def line_of(*, number: TaxNumber, name: str, account: str) -> str:
    """A number that is none goes as it is: the IRS answers that, and nothing waits for ever."""
    assert len(account) <= ACCOUNT_MAX and SEPARATOR not in account
    kept = sub(r"[^0-9A-Za-z]", "", unicodedata.normalize("NFKC", number.number))
    digits = kept.encode("ascii", "ignore").decode()[:NUMBER_MAX]
    type_ = TYPES.get(number.kind.lower(), UNKNOWN_TYPE)
    return SEPARATOR.join((type_, digits, cleaned_name(name), account))


def cleaned_name(name: str) -> str:
    """Letters, digits, `-` and `&`; accents go, since the IRS has no letters for them."""
    parted = unicodedata.normalize("NFKD", " ".join(name.split()))
    plain = "".join(each for each in parted if not unicodedata.combining(each))
    spelled = "".join(
        each.lower().translate(LETTERS).upper() if each.isupper() else each.translate(LETTERS)
        for each in plain
    )
    kept = sub(r"[^A-Za-z0-9&\- ]", "", sub(r"['\u2019.]", "", spelled.replace("/", " ")))
    return " ".join(kept.split())[:NAME_MAX].strip()


def read_line(line: str) -> AnsweredLine | None:
    """None for a line that is none. A name cannot hold the separator, so the places are fixed."""
    parts = [each.strip() for each in line.strip().split(SEPARATOR)]
    if len(parts) != PARTS:
        return None
    type_, number, _, account, code = parts
    is_line = (
        type_ in ("1", "2", "3")
        and code in CODES
        and fullmatch(r"[0-9A-Z]{1,20}", account) is not None
    )
    if not is_line:
        return None
    return AnsweredLine(account=account, code=code, type=type_, number=number)
