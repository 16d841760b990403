"""Letters that tell what happened: complete in each language, and about nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.events.rules import EventKind
from domain.invoices.rules import LANGUAGES
from domain.notifications.reads import is_mandatory
from domain.notifications.rules import NOTIFIED, Letter
from gateway.notices import letter_of, said_of
from gateway.notices.words import WORDS, Said

UNTIL = datetime(2026, 4, 5, 6, 7, tzinfo=UTC)


def test_every_language_has_every_line() -> None:
    """Of all languages that a member can choose."""
    assert set(WORDS) == set(LANGUAGES)
    assert all(set(words.lines) == set(Said) for words in WORDS.values())
    assert {said_of(kind) for kind in NOTIFIED} == set(Said)


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("kind", NOTIFIED)
def test_a_letter_says_what_happened_and_until_when(kind: EventKind, language: str) -> None:
    """In the member's language; whether it can be refused stands in it."""
    letter = Letter(kind=kind, deadline_at=UNTIL, to="ann@example.org", language=language)
    message = letter_of(letter, notification_id=UUID(int=7), sender="us@example.org")
    words, text = WORDS[language], message.get_content()
    assert words.lines[said_of(kind)] in text and "2026-04-05 06:07" in text
    assert (words.mandatory in text) is is_mandatory(kind)
    assert (words.optional in text) is not is_mandatory(kind)
    assert message["To"] == "ann@example.org"
    assert message["Message-ID"] == f"<{UUID(int=7)}@example.org>"


@pytest.mark.parametrize("language", WORDS)
def test_a_code_stands_in_the_letter_that_asks_for_it(language: str) -> None:
    """C12: in every language, and in no letter without one."""
    letter = Letter(
        kind=EventKind.DESTINATION_ADDED, deadline_at=None, to="ann@example.org", language=language
    )
    texts = [
        letter_of(each, notification_id=UUID(int=7), sender="us@example.org").get_content()
        for each in (letter, replace(letter, code="MFRGGZDFMZTWQ2LK"))
    ]
    assert ["MFRGGZDFMZTWQ2LK" in text for text in texts] == [False, True]


def test_an_unknown_language_is_english() -> None:
    """Somebody wrote a preference that a later release took back."""
    letter = Letter(
        kind=EventKind.PAYOUT_PAID, deadline_at=None, to="ann@example.org", language="xx"
    )
    message = letter_of(letter, notification_id=UUID(int=7), sender="us@example.org")
    assert "was paid" in message.get_content() and "UTC" not in message.get_content()
