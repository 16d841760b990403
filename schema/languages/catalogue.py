"""What is said in each language, by the code of the refusal; the facts fill the braces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Final

from babel import Locale
from babel.dates import format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from schema.languages.negotiation import Language
from schema.money import Money

FOLDER: Final = Path(__file__).parent


def read(language: Language) -> dict[str, str]:
    with (FOLDER / f"{language}.po").open("rb") as file:
        entries = read_po(file, locale=language, abort_invalid=True)
    return {str(entry.id): str(entry.string) for entry in entries if entry.id}


# Read when the process starts: a missing or broken file is found then, not by a member.
CATALOGUES: Final = {language: read(language) for language in Language}
LOCALES: Final = {language: Locale.parse(language) for language in Language}


def names_in(sentence: str) -> frozenset[str]:
    """The facts that a sentence wants."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def say(code: str, language: Language, facts: Mapping[str, object]) -> str | None:
    """None when we have no sentence for the code, or not all of its facts."""
    sentence = CATALOGUES[language].get(code)
    if sentence is None or not names_in(sentence) <= facts.keys():
        return None
    locale = LOCALES[language]
    return sentence.format_map(
        {name: shown(name, facts[name], locale) for name in names_in(sentence)}
    )


def shown(name: str, fact: object, locale: Locale) -> str:
    match fact:
        case Money(amount=amount, currency=currency):
            # Micros are money too: never rounded to what the currency has coins for.
            return format_currency(amount, currency.name, locale=locale, decimal_quantization=False)
        case datetime():
            return format_datetime(fact, "long", tzinfo=UTC, locale=locale)
        case int() if name.endswith("_seconds"):
            return format_unit(fact, "second", locale=locale)
        case int():
            return format_decimal(fact, locale=locale)
        case list():
            return ".".join(map(str, fact)) or "input"  # a path, as `path` has it
        case _:
            return str(fact)
