"""Zones of invented documents, made digit by digit, and a picture of one."""

from __future__ import annotations

import hashlib
from datetime import date

from domain.verification.provider import EvidenceFile
from plugins.kyc.documents.mrz import check_digit

PICTURE = b"\x89PNG\r\n\x1a\n" + b"an invented picture"
TD1_SPECIMEN = (
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
)
TD2_SPECIMEN = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"
TD3_SPECIMEN = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
)


def picture(name: str = "front", content: bytes = PICTURE) -> EvidenceFile:
    digest = hashlib.sha256(content).hexdigest()
    return EvidenceFile(name=name, media_type="image/png", digest=digest, content=content)


def passport(*, surname: str, given: str, born_on: date, expires_on: date) -> str:
    """A consistent zone of a country that does not exist."""
    first = f"P<UTO{surname.upper().replace(' ', '<')}<<{given.upper().replace(' ', '<')}"
    number, optional = "X12345678", "<" * 14
    born, ends = f"{born_on:%y%m%d}", f"{expires_on:%y%m%d}"
    start = f"{number}{check_digit(number)}"
    dates = f"{born}{check_digit(born)}", f"{ends}{check_digit(ends)}"
    optional_digit = check_digit(optional)
    composite = check_digit(f"{start}{dates[0]}{dates[1]}{optional}{optional_digit}")
    second = f"{start}UTO{dates[0]}<{dates[1]}{optional}{optional_digit}{composite}"
    return f"{first[:44]:<<44}\n{second}"
