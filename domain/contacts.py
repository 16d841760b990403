"""Contact data in a text: where it stands, and the text without it. Pure functions only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final
from unicodedata import category, normalize

MASK: Final = "•••"


class ContactKind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    HANDLE = "handle"  # of a messenger or a network


@dataclass(frozen=True, slots=True)
class Masked:
    text: str
    kinds: tuple[ContactKind, ...]  # what was in it, each once


_AT: Final = r"\s?(?:@|\(\s?at\s?\)|\[\s?at\s?\]|\{\s?at\s?\})\s?"
_DOT: Final = r"\s?(?:\.|\(\s?dot\s?\)|\[\s?dot\s?\]|\{\s?dot\s?\})\s?"
_EMAIL: Final = re.compile(
    rf"[\w.%+-]{{1,64}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{2,63}}){{1,5}}"
    r"|\b[\w.%+-]{1,64} at [\w-]{1,63} dot [a-z]{2,24}\b",
    re.IGNORECASE,
)
_DIGITS: Final = r"[\d\s().\-/]{5,24}\d"
_PHONE: Final = re.compile(
    rf"(?<![\w+])(?:\+\s?\d{_DIGITS}|00\d{_DIGITS}|\(?0\d{_DIGITS}|\(\d{{3}}\)\s?\d{_DIGITS})"
)
_PHONE_SAID: Final = re.compile(
    r"\b(?:phone|call|mobile|cell|tel|text)\b\W{0,3}"
    rf"(?:(?:me|is|at|on|no)\W{{1,3}}){{0,3}}(?P<number>\d{_DIGITS})",
    re.IGNORECASE,
)
_SERVICES: Final = (
    "skype|telegram|whats\\s?app|discord|signal|we\\s?chat|viber|instagram|insta|snapchat|snap"
    "|facebook|messenger|threema|line|icq|kakao|zalo|imo"
)
_HANDLE: Final = re.compile(
    rf"\b(?:{_SERVICES})\b(?:\s(?:id|name|user|username|handle|account|nick))?"
    r"\s?(?:[:=@]|\b(?:is|id)\b)\s?@?[\w.#+-]{3,64}"
    r"|(?<![\w/])@[a-z0-9_][\w.]{3,62}",
    re.IGNORECASE,
)
URL: Final = re.compile(r"https?://[^\s<>\"']{1,1000}", re.IGNORECASE)
_CONTACT_URL: Final = re.compile(
    r"(?:https?://)?(?:www\.)?(?:wa\.me|t\.me|telegram\.me|m\.me|discord\.gg|chat\.whatsapp\.com"
    r"|api\.whatsapp\.com|join\.skype\.com|line\.me|viber\.me|signal\.me|signal\.group)/\S{1,200}"
    r"|(?:mailto|tel|skype|tg|whatsapp|sms):\S{3,200}",
    re.IGNORECASE,
)
_PHONE_DIGITS: Final = range(8, 16)


def masked(text: str) -> Masked:
    """Without e-mail addresses, telephone numbers and names at messengers (P3).

    Other spellings of the same characters count as well: full width, or with something invisible
    in between. A link is left whole, unless it leads to a person. Masking what is masked changes
    nothing more.
    """
    found: list[tuple[int, int, ContactKind]] = []
    plain, places = _folded(text)
    links = [match.span() for match in URL.finditer(plain)]
    for kind, begin, end in _contacts(plain):
        is_in_link = any(first <= begin and end <= last for first, last in links)
        if not is_in_link or _CONTACT_URL.match(plain, begin):
            found.append((places[begin], places[end - 1] + 1, kind))
    spans = _joined(found)
    starts = [0, *(end for _, end in spans)]
    ends = [*(begin for begin, _ in spans), len(text)]
    kept = [text[begin:end] for begin, end in zip(starts, ends, strict=True)]
    return Masked(MASK.join(kept), tuple(sorted({kind for *_, kind in found})))


def _contacts(plain: str) -> Iterator[tuple[ContactKind, int, int]]:
    for match in _CONTACT_URL.finditer(plain):
        yield ContactKind.HANDLE, *match.span()
    for match in _EMAIL.finditer(plain):
        yield ContactKind.EMAIL, *match.span()
    for match in _PHONE.finditer(plain):
        if sum(each.isdigit() for each in match.group()) in _PHONE_DIGITS:
            yield ContactKind.PHONE, *match.span()
    for match in _PHONE_SAID.finditer(plain):
        if sum(each.isdigit() for each in match["number"]) in _PHONE_DIGITS:
            yield ContactKind.PHONE, *match.span("number")
    for match in _HANDLE.finditer(plain):
        yield ContactKind.HANDLE, *match.span()


def _folded(text: str) -> tuple[str, list[int]]:
    """In plain characters, without invisible ones; and where each of them stands in the text."""
    characters, places = [], []
    for place, character in enumerate(text):
        if category(character) == "Cf":
            continue
        plain = normalize("NFKC", character)
        characters.append(plain if len(plain) == 1 else character)
        places.append(place)
    return "".join(characters), places


def _joined(found: list[tuple[int, int, ContactKind]]) -> list[tuple[int, int]]:
    """Spans that touch or overlap become one."""
    spans: list[tuple[int, int]] = []
    for begin, end, _ in sorted(found):
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((begin, end))
    assert all(first[1] < second[0] for first, second in pairwise(spans))
    return spans
