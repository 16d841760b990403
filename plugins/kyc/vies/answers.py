"""What an answer of VIES means for the member, for us, or for nobody: one table of its words.

Names of fields and errors are those of the service's public description of its REST interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from re import fullmatch
from typing import Any, Final

from domain.provider import ConfigError, NoAnswer
from domain.verification.provider import CheckState


class Meaning(StrEnum):
    LATER = "later"  # says nothing about the number
    BUSY = "busy"  # the same again in some seconds
    MALFORMED = "malformed"  # the number, finally
    OURS = "ours"  # our own number, finally
    BLOCKED = "blocked"  # us, until an operator has spoken with them


ERRORS: Final[Mapping[str, Meaning]] = {
    "INVALID_INPUT": Meaning.MALFORMED,
    "INVALID_REQUESTER_INFO": Meaning.OURS,
    "VAT_BLOCKED": Meaning.BLOCKED,
    "IP_BLOCKED": Meaning.BLOCKED,
    "MS_UNAVAILABLE": Meaning.LATER,
    "SERVICE_UNAVAILABLE": Meaning.LATER,
    "TIMEOUT": Meaning.LATER,
    "IO_ERROR": Meaning.LATER,
    "TECHNICAL_ERROR": Meaning.LATER,
    "MS_MAX_CONCURRENT_REQ": Meaning.BUSY,
    "MS_MAX_CONCURRENT_REQ_TIME": Meaning.BUSY,
    "GLOBAL_MAX_CONCURRENT_REQ": Meaning.BUSY,
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": Meaning.BUSY,
}
NOT_SAID: Final = frozenset({"", "---"})  # a member state that gives no name
NUMBER_OF_CONSULTATION: Final = r"[A-Za-z0-9-]{1,64}"


class Busy(NoAnswer):
    """Too many ask at once, they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`consultation` is empty where our own number was not given with the question."""

    state: CheckState
    consultation: str = ""
    name: str = field(default="", repr=False)
    code: str = ""


def said_of(answer: Any) -> Said:
    """Raises what an answer without a verdict means: `NoAnswer`, `Busy` or `ConfigError`.

    Only a plain true or false is a verdict; an error beside it makes it none.
    """
    if not isinstance(answer, Mapping):
        raise NoAnswer("an answer that is no object")
    code = _error_of(answer)
    if code:
        return _refused(code)
    verdict = answer.get("valid")
    if not isinstance(verdict, bool):
        raise NoAnswer("an answer without a verdict")
    name = answer.get("name")
    consultation = answer.get("requestIdentifier")
    return Said(
        state=CheckState.VERIFIED if verdict else CheckState.MISMATCH,
        consultation=_consultation(consultation),
        name="" if not isinstance(name, str) or name.strip() in NOT_SAID else name,
        code="" if verdict else "vat_number_not_active",
    )


def _error_of(answer: Mapping[str, Any]) -> str:
    """In a list of its own, or as `userError`; VALID and INVALID in there are no errors."""
    wrappers = answer.get("errorWrappers")
    first = wrappers[0] if isinstance(wrappers, list) and wrappers else {}
    wrapped = first.get("error") if isinstance(first, Mapping) else None
    found = wrapped or answer.get("userError") or ""
    if found in ("VALID", "INVALID"):
        return ""
    if isinstance(found, str) and fullmatch(r"[A-Z_]{1,40}", found):
        return found
    is_error = bool(found or wrappers or answer.get("actionSucceed") is False)
    return "TECHNICAL_ERROR" if is_error else ""


def _refused(code: str) -> Said:
    match ERRORS.get(code, Meaning.LATER):
        case Meaning.MALFORMED:
            return Said(state=CheckState.MISMATCH, code="vat_number_malformed")
        case Meaning.OURS:
            raise ConfigError("VIES does not know our own number: own_number")
        case Meaning.BLOCKED:
            raise ConfigError(f"VIES does not let us in: {code}")
        case Meaning.BUSY:
            raise Busy(code)
        case Meaning.LATER:
            raise NoAnswer(code)


def _consultation(found: object) -> str:
    return found if isinstance(found, str) and fullmatch(NUMBER_OF_CONSULTATION, found) else ""
