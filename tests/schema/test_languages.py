"""Messages in the language of the request: all there, right, and nobody else's."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from babel.dates import format_datetime
from graphql import GraphQLError

from domain.access.operations import PasswordTooWeak, TooManyAttempts
from domain.access.rules import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, PasswordProblem
from domain.assignments.operations import DeadlinePassed, NotEligible
from domain.assignments.rules import ClaimReason
from domain.errors import InvalidInput, NotAllowed
from domain.ledger.operations import BalanceTooLow
from domain.money import Money
from schema.errors import ErrorCode, UserError, message_in, user_error
from schema.languages.catalogue import CATALOGUES, names_in, say
from schema.languages.negotiation import HEADER_LENGTH_MAX, Language, language_of
from schema.money import CurrencyCode
from schema.money import Money as ShownMoney
from schema.public_errors import FOR_PEOPLE, PUBLIC_CODES, public_error
from tests.make.ask import Answer, Ask

TRANSLATED = [language for language in Language if language is not Language.EN]
CODES = set(ErrorCode.__members__) | PUBLIC_CODES
REASONS = {f"NOT_ELIGIBLE.{each.name}" for each in ClaimReason} | {
    f"PASSWORD_TOO_WEAK.{each.name}" for each in PasswordProblem
}
FROM_EXTENSIONS = {"THROTTLED": {"retry_after_seconds"}}
SIGN_IN = """mutation ($email: EmailAddress!) {
    sessionCreate(input: { email: $email, password: "not the password" }) {
        errors { code message path }
    }
}"""


def facts_of_types() -> Iterator[tuple[str, set[str]]]:
    """Each code whose refusal has a type of its own, and what that type can say."""
    for refusal, show in user_error.registry.items():
        kind: type[UserError] = get_type_hints(show)["return"]
        if kind is not UserError:
            yield refusal.code, set(kind.__annotations__)


async def sign_in(ask: Ask, accept_language: str) -> Answer:
    body = {"query": SIGN_IN, "variables": {"email": "nobody@example.org"}}
    return await ask.send("POST", json=body, headers={"accept-language": accept_language})


# -- the catalogues -----------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_every_code_has_a_sentence(language: Language) -> None:
    """A new code without one would fall back to English; a dead one misleads translators."""
    assert CATALOGUES[language].keys() == CODES | REASONS
    assert all(sentence.strip() for sentence in CATALOGUES[language].values())


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_language_says_the_same_facts(language: Language) -> None:
    """A misspelt brace would silence the sentence, a forgotten one its fact."""
    for code, sentence in CATALOGUES[language].items():
        assert names_in(sentence) == names_in(CATALOGUES[Language.EN][code]), code


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_in_english(language: Language) -> None:
    """A copied entry passes every other test."""
    for code, sentence in CATALOGUES[language].items():
        assert sentence != CATALOGUES[Language.EN][code], code


def test_facts_come_from_the_type_of_the_error() -> None:
    """A sentence whose fact nobody gives is never said."""
    known = {**FROM_EXTENSIONS, **dict(facts_of_types())}

    for code, sentence in CATALOGUES[Language.EN].items():
        assert names_in(sentence) <= known.get(code, set()) | {"path"}, code
    assert "available" in known["BALANCE_TOO_LOW"]


def test_the_page_names_what_people_read() -> None:
    """A frontend shows these as they come, and everything else to developers."""
    text = Path("docs/frontend/errors-and-languages.md").read_text()
    (row,) = (line for line in text.split("\n") if "that people meet" in line)

    assert set(re.findall(r"`(\w+)`", row)) == FOR_PEOPLE
    assert FOR_PEOPLE < PUBLIC_CODES


# -- what is said -------------------------------------------------------------


def test_amounts_are_written_as_the_language_writes_them() -> None:
    """Micros are never rounded away: half a cent is a reward here."""
    refusal = BalanceTooLow(
        available=Money(1_234_567_500_000, "EUR"), requested=Money(2_000_000_000_000, "EUR")
    )
    half_a_cent = ShownMoney(amount=Decimal("0.005"), currency=CurrencyCode.EUR)

    assert "1.234.567,50\N{NO-BREAK SPACE}€" in message_in(Language.DE, user_error(refusal))
    assert "€12,34,567.50" in message_in(Language.HI, user_error(refusal))
    assert message_in(Language.EN, user_error(refusal)) == str(refusal)
    assert "0,005" in str(say("BELOW_MINIMUM", Language.FR, {"minimum": half_a_cent}))


def test_times_are_written_as_the_language_writes_them() -> None:
    """Seconds with their plural; instants in UTC, and saying so."""
    end = datetime(2026, 3, 29, 1, tzinfo=UTC)
    late = message_in(Language.FR, user_error(DeadlinePassed(end)))

    one, two = (
        message_in(Language.ES, user_error(TooManyAttempts(retry_after_seconds=seconds)))
        for seconds in (1, 2)
    )
    assert "1 segundo." in one
    assert "2 segundos." in two
    assert format_datetime(end, "long", locale="fr") in late


def test_reasons_are_said_after_the_sentence() -> None:
    """All of them, so that a person need not try again for each."""
    refusal = NotEligible((ClaimReason.OWN_CAMPAIGN, ClaimReason.NO_PLACE_LEFT))

    assert message_in(Language.DE, user_error(refusal)) == (
        "Sie können derzeit keine Aufgabe dieser Kampagne übernehmen. "
        "Es ist Ihre eigene Kampagne. Es ist kein Platz mehr frei."
    )


@pytest.mark.parametrize("language", Language)
def test_the_lengths_of_passwords_are_those_of_the_rule(language: Language) -> None:
    """They stand in the sentences as numbers, for no field tells them."""
    for problem, length in (
        (PasswordProblem.TOO_SHORT, PASSWORD_LENGTH_MIN),
        (PasswordProblem.TOO_LONG, PASSWORD_LENGTH_MAX),
    ):
        assert str(length) in CATALOGUES[language][f"PASSWORD_TOO_WEAK.{problem.name}"]
    said = message_in(Language.DE, user_error(PasswordTooWeak(PasswordProblem.TOO_SHORT)))
    assert said.endswith("mindestens 15.")


def test_what_breaks_a_rule_is_named() -> None:
    """The rule itself is told in English only."""
    refusal = InvalidInput("1 to 200 characters", path=("tasks", "0", "title"))

    said = message_in(Language.DE, user_error(refusal))
    assert said == "Bitte prüfen Sie den Wert bei tasks.0.title. (1 to 200 characters)"
    assert "input" in message_in(Language.DE, user_error(InvalidInput("no")))


def test_a_refusal_of_a_read_is_translated_without_being_changed() -> None:
    """The error may lie in the cache of documents, and belong to everybody."""
    error = GraphQLError("English", path=["viewer"], original_error=NotAllowed("not yours"))

    german = public_error(error, "1", Language.DE)
    assert german.message == CATALOGUES[Language.DE]["NOT_ALLOWED"]
    assert public_error(error, "2", Language.EN).message == "not yours"
    assert (error.message, error.extensions) == ("English", {})


def test_a_sentence_without_its_facts_is_not_said() -> None:
    """Half a sentence is worse than an English one."""
    error = GraphQLError("Slow down.", extensions={"code": "THROTTLED"})

    assert public_error(error, "1", Language.DE).message == "Slow down."
    error = GraphQLError("No.", extensions={"code": "THROTTLED", "retryAfterSeconds": 90})
    assert "90 Sekunden" in public_error(error, "1", Language.DE).message


# -- which language -----------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, Language.EN),
        ("", Language.EN),
        ("de", Language.DE),
        ("DE-at", Language.DE),
        ("pt-PT", Language.PT),
        ("es-419,es;q=0.9", Language.ES),
        ("hi-Deva-IN", Language.HI),
        ("zh, fr;q=0.3, de;q=0.9", Language.DE),
        ("fr, de", Language.FR),
        ("en-GB, de;q=0.9", Language.EN),
        ("de;q=0, fr;q=0.001", Language.FR),
        ("*", Language.EN),
        ("zh, *;q=0.5", Language.EN),
        ("zh", Language.EN),
        ("de;q=abc", Language.EN),
        ("de_AT", Language.EN),
        (";;,,=;q=1", Language.EN),
        ("\0\N{SNOWMAN}", Language.EN),
        ("de," * HEADER_LENGTH_MAX, Language.EN),
        ("a" * 1_000_000, Language.EN),
    ],
    ids=lambda value: str(value)[:20],
)
def test_negotiation(header: str | None, language: Language) -> None:
    """Qualities count, regions fall back to their language, nonsense to English."""
    assert language_of(header) is language


# -- over HTTP ----------------------------------------------------------------


@pytest.mark.asyncio
async def test_user_errors_follow_the_request(ask: Ask) -> None:
    """The code is the same for all; caches are told what the answer depends on."""
    for language in Language:
        answer = await sign_in(ask, language)
        (error,) = answer.only()["errors"]
        assert error["code"] == "WRONG_CREDENTIALS"
        said = error["message"] == CATALOGUES[language]["WRONG_CREDENTIALS"]
        assert said is (language is not Language.EN)  # English is the refusal's own text
        assert answer.headers["content-language"] == language
        assert answer.headers["vary"] == "Accept, Accept-Language"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("SYNTAX_ERROR", {"json": {"query": "{"}}),
        ("VALIDATION_FAILED", {"json": {"query": "{ nope }"}}),
        ("QUERY_MISSING", {"json": {}}),
        ("INVALID_JSON", {"content": b"{"}),
        ("BODY_TOO_LARGE", {"content": b" " * 1_000_001}),
    ],
)
async def test_request_errors_keep_the_detail(ask: Ask, code: str, options: dict[str, Any]) -> None:
    """Asked twice in each language: what the first asked must not stick to the document."""
    headers = {"content-type": "application/json"}
    english = await ask.send("POST", headers=headers, **options)

    for language in TRANSLATED * 2:
        answer = await ask.send("POST", headers=headers | {"accept-language": language}, **options)
        assert answer.code == code
        message = answer.errors[0]["message"]
        assert message == f"{CATALOGUES[language][code]} ({english.errors[0]['message']})"
        assert answer.headers["content-language"] == language
    assert (await ask.send("POST", headers=headers, **options)).errors[0][
        "message"
    ] == english.errors[0]["message"]


@pytest.mark.asyncio
async def test_an_unknown_token_is_told_in_the_language(ask: Ask) -> None:
    """What is refused before GraphQL begins is for people too."""
    headers = {"authorization": "Bearer prs_unknown", "accept-language": "fr-CA"}
    answer = await ask.send("POST", json={"query": "{ viewer { id } }"}, headers=headers)

    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert answer.errors[0]["message"] == CATALOGUES[Language.FR]["UNAUTHENTICATED"]


@pytest.mark.asyncio
async def test_no_language_leaks_into_another_request(ask: Ask) -> None:
    """A hundred at once, all of the same document, in all languages."""
    languages = [list(Language)[number % len(Language)] for number in range(100)]
    body = json.dumps(
        {
            "query": 'mutation { sessionRevoke(input: { sessionId: "x" }) '
            "{ errors { code message } } }"
        }
    ).encode()

    async def asked(language: Language) -> Answer:
        headers = {"accept-language": language, "content-type": "application/json"}
        return await ask.send("POST", content=body, headers=headers)

    answers = await asyncio.gather(*map(asked, languages))
    for language, answer in zip(languages, answers, strict=True):
        (error,) = answer.only()["errors"]
        assert error["code"] == "SIGN_IN_REQUIRED"
        if language is not Language.EN:
            assert error["message"] == CATALOGUES[language]["SIGN_IN_REQUIRED"]
        else:
            assert error["message"].startswith("sign in first")
