"""Documents of other marketplaces, read as drafts. Pure functions only."""

from __future__ import annotations

from dataclasses import replace

from domain.campaigns.rules import Category
from domain.imports.rules.draft import (
    AgreedAnswer,
    Change,
    Difference,
    Draft,
    History,
    Source,
)
from domain.imports.rules.history import ANSWER_COUNT_MAX
from domain.imports.rules.mturk import from_mturk
from domain.imports.rules.reading import DOCUMENT_LENGTH_MAX, WARNING_COUNT_MAX, reader_of
from domain.imports.rules.sproutgigs import from_sproutgigs

__all__ = [
    "ANSWER_COUNT_MAX",
    "DOCUMENT_LENGTH_MAX",
    "WARNING_COUNT_MAX",
    "AgreedAnswer",
    "Change",
    "Difference",
    "Draft",
    "History",
    "Source",
    "draft_of",
]


def draft_of(document: str, *, source: Source, category: Category | None) -> Draft:
    """What the document asks for, as far as it is possible here.

    Refuses with `InvalidInput` whose path leads into the document.
    """
    reader = reader_of(document)
    read = from_mturk if source is Source.MTURK else from_sproutgigs
    draft = read(reader, category=category)
    return replace(draft, warnings=tuple(reader.warnings))
