"""The words of a document, by language. A new language is one more module, complete or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.finance.words.english import ENGLISH
from gateway.finance.words.french import FRENCH
from gateway.finance.words.german import GERMAN
from gateway.finance.words.portuguese import PORTUGUESE
from gateway.finance.words.spanish import SPANISH
from gateway.finance.words.words import Letter, Words

__all__ = ["WORDS", "Letter", "Words", "words_of"]

WORDS: Final[Mapping[str, Words]] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "pt": PORTUGUESE,
}


def words_of(language: str) -> Words:
    """English for a language that nobody has written yet."""
    return WORDS.get(language, ENGLISH)
