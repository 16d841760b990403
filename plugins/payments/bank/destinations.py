"""What is wrong with a member's account, found before any file is made. Pure and offline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.exceptions import ValidationError
from stdnum.us import rtn

from domain.payouts.provider import Destination
from domain.provider import FieldProblem
from plugins.payments.bank.letters import ach_text, sepa_text
from plugins.payments.bank.settings import (
    ACH_ACCOUNT_MAX,
    ACH_NAME_MAX,
    SEPA_COUNTRIES,
    SEPA_NAME_MAX,
    TOWN_MAX,
)

_SEPA_FIELDS: Final = frozenset({"holder_name", "iban", "town", "address_country"})
_ACH_FIELDS: Final = frozenset({"holder_name", "routing_number", "account_number", "account_type"})
_ACCOUNT: Final = re.compile("[0-9A-Za-z-]+")
_COUNTRY: Final = re.compile("[A-Z]{2}")
TRANSACTION_CODES: Final[Mapping[str, str]] = {"checking": "22", "savings": "32"}


def iban_of(text: str) -> str | None:
    """Without spaces and in capitals, or None when it cannot be one."""
    try:
        return str(IBAN(text))
    except SchwiftyException:
        return None


def sepa_problems(destination: Destination) -> tuple[FieldProblem, ...]:
    fields = destination.fields
    found = [*_unknown(fields, _SEPA_FIELDS)]
    for name, length in (("holder_name", SEPA_NAME_MAX), ("town", TOWN_MAX)):
        text = fields.get(name, "")
        found += _text_problems(name, text, sepa_text(text, length=length), length)
    if not _COUNTRY.fullmatch(fields.get("address_country", "")):
        found.append(_problem("address_country", "country_code", "Two capital letters, as in FR."))
    return (*found, *_iban_problems(fields.get("iban", ""), destination.country))


def ach_problems(destination: Destination) -> tuple[FieldProblem, ...]:
    fields = destination.fields
    found = [*_unknown(fields, _ACH_FIELDS)]
    name = fields.get("holder_name", "")
    found += _text_problems("holder_name", name, ach_text(name, length=ACH_NAME_MAX), ACH_NAME_MAX)
    try:
        is_routed = rtn.validate(fields.get("routing_number", "")) == fields.get("routing_number")
    except ValidationError:
        is_routed = False
    if not is_routed:
        message = "This is no routing number: its last digit does not fit the others."
        found.append(_problem("routing_number", "routing_checksum", message))
    account = fields.get("account_number", "")
    if not _ACCOUNT.fullmatch(account):
        message = "Digits, letters and hyphens only."
        found.append(_problem("account_number", "account_characters", message))
    if len(account) > ACH_ACCOUNT_MAX:  # the file would end it there without a word
        message = f"No more than {ACH_ACCOUNT_MAX} characters."
        found.append(_problem("account_number", "account_too_long", message))
    if fields.get("account_type") not in TRANSACTION_CODES:
        found.append(_problem("account_type", "unknown", "Checking or savings."))
    return tuple(found)


def _iban_problems(text: str, country: str) -> Iterator[FieldProblem]:
    iban = iban_of(text)
    if iban is None:
        yield _problem("iban", "iban_checksum", "This IBAN has a typing error.")
        return
    if iban[:2] not in SEPA_COUNTRIES:
        yield _problem("iban", "country_not_served", "This bank is not part of SEPA.")
    elif iban[:2] != country:
        yield _problem("iban", "country_mismatch", "This account is in another country.")


def _text_problems(name: str, text: str, plain: str, length: int) -> Iterator[FieldProblem]:
    """Shows the member what a bank would read, to be confirmed by typing it."""
    if not plain:
        yield _problem(name, "missing", "In Latin letters, please.")
    elif len(text) > length:
        message = f"No more than {length} characters; the bank would read: {plain}"
        yield _problem(name, "too_long", message)
    elif plain != text:
        message = f"Banks' files cannot carry all of these characters. We would write: {plain}"
        yield _problem(name, "characters", message)


def _unknown(fields: Mapping[str, str], known: frozenset[str]) -> Iterator[FieldProblem]:
    for name in sorted(fields.keys() - known):
        yield _problem(name, "unknown", "There is no such field.")


def _problem(field: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(field=field, code=code, message=message)
