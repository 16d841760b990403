"""The body of a SproutGigs job post as a draft (DOMAIN 2.5). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from domain.campaigns.rules import (
    CLAIM_MINUTES_DEFAULT,
    REVIEW_DAYS_DEFAULT,
    Audience,
    Category,
    Checks,
    Comparator,
    KeyedQuestion,
    Proof,
    Schedule,
    Target,
    TargetField,
    Terms,
)
from domain.campaigns.rules.schedule import COUNTRY_SHARE_MIN, HOUR_CLAIM_MAX
from domain.campaigns.rules.targeting import CODE_COUNT_MAX
from domain.campaigns.rules.terms import (
    CLAIM_MINUTES_MAX,
    CLAIM_MINUTES_MIN,
    INSTRUCTIONS_LENGTH_MAX,
    REVIEW_DAYS_MAX,
    REVIEW_DAYS_MIN,
    TITLE_LENGTH_MAX,
)
from domain.imports.rules.draft import Change, Draft
from domain.imports.rules.reading import Reader, variable_name, with_variables
from domain.tasks.rules import PLACE_COUNT_MAX, TASK_COUNT_MAX, NewTask

LEVELS: Final[Mapping[str, int]] = {"advanced": 4, "expert": 8}  # R13
PER_WORKER_MAX: Final = 10  # R15


def from_sproutgigs(document: Reader, *, category: Category | None) -> Draft:
    """Their categories are numbers of theirs: without a `category` it is `other`."""
    title = document.text("title", is_needed=True)
    values = _variables(document)
    names = {name: variable_name(name) for name in values}
    text = with_variables(_instructions(document), names)
    document.take("test")
    draft = Draft(
        terms=_terms(document, title, category),
        instructions=document.cut("instructions", text, INSTRUCTIONS_LENGTH_MAX),
        checks=Checks(proofs=_proofs(document), questions=_questions(document)),
        tasks=_tasks(document, title, values),
        warnings=(),
    )
    document.leave_rest()
    return draft


def _instructions(document: Reader) -> str:
    """Their steps are a list."""
    if isinstance(document.take("instructions"), str):
        return document.text("instructions", is_needed=True)
    steps = [each.strip() for each in document.words("instructions") if each.strip()]
    if not steps:
        raise document.wrong("a text, or a list of steps", "instructions")
    return "\n".join(f"{number}. {each}" for number, each in enumerate(steps, start=1))


def _terms(document: Reader, title: str, category: Category | None) -> Terms:
    document.take("category_id")
    if category is None:
        document.warn("category_id", Change.CHANGED, "the category other")
    claim = document.rounded(
        "hold_time", per=1, least=CLAIM_MINUTES_MIN, most=CLAIM_MINUTES_MAX, unit="minutes"
    )
    review = document.rounded(
        "ttr", per=1, least=REVIEW_DAYS_MIN, most=REVIEW_DAYS_MAX, unit="days"
    )
    each = document.rounded(
        "max_per_worker", per=1, least=1, most=PER_WORKER_MAX, unit="places per worker"
    )
    share = document.rounded(
        "country_distribution", per=1, least=COUNTRY_SHARE_MIN, most=100, unit="per cent"
    )
    speed = document.rounded("speed", per=1, least=1, most=HOUR_CLAIM_MAX, unit="claims an hour")
    if speed is not None:  # in what unit they count it, they do not say
        document.warn("speed", Change.CHANGED, f"at most {speed:,} claims an hour")
    return Terms(
        title=document.cut("title", title, TITLE_LENGTH_MAX),
        category=category or Category.OTHER,
        reward=document.dollars("task_value"),
        claim_minutes=CLAIM_MINUTES_DEFAULT if claim is None else claim,
        review_days=REVIEW_DAYS_DEFAULT if review is None else review,
        per_worker_max=1 if each is None else each,
        audience=Audience(targets=_targets(document)),
        schedule=Schedule(hour_claim_max=speed, country_share_max=share),
    )


def _targets(document: Reader) -> tuple[Target, ...]:
    targets = []
    codes = [each.strip().upper() for each in document.words("excluded_countries")]
    if len(codes) > CODE_COUNT_MAX:
        document.warn("excluded_countries", Change.CAPPED, f"the first {CODE_COUNT_MAX}")
    if codes:
        kept = tuple(codes[:CODE_COUNT_MAX])
        targets.append(Target(field=TargetField.COUNTRY, comparator=Comparator.NOT_IN, codes=kept))
    zone = document.text("zone_id")
    if zone not in {"", "int"}:
        document.warn("zone_id", Change.DROPPED, "name the countries in the draft's targets")
    level = LEVELS.get(document.text("workers_level").lower())
    if level is not None:
        document.warn("workers_level", Change.CHANGED, f"level {level} and higher")
        targets.append(Target(field=TargetField.LEVEL, comparator=Comparator.GE, numbers=(level,)))
    return tuple(targets)


def _proofs(document: Reader) -> tuple[Proof, ...]:
    """Ours may be a text or a file; which one they want is said in the text."""
    proofs = []
    for number, each in enumerate(document.parts("proofs"), start=1):
        kind = each.text("type")
        text = each.text("description", is_needed=True)
        each.leave_rest()
        said = f"{text} ({kind})" if kind else text
        proofs.append(Proof(id=str(number), text=said))
    return tuple(proofs)


def _questions(document: Reader) -> tuple[KeyedQuestion, ...]:
    questions = []
    for number, each in enumerate(document.parts("challenges"), start=1):
        text = each.text("question", is_needed=True)
        answers = tuple(each.words("answers")) or (each.text("answer", is_needed=True),)
        each.take("answer")
        each.leave_rest()
        questions.append(KeyedQuestion(id=str(number), text=text, answers=answers))
    return tuple(questions)


def _variables(document: Reader) -> dict[str, list[str]]:
    """Each name has as many values as the others, one per task."""
    given: Any = document.take("variables")
    if given is None or given == []:
        return {}
    if not isinstance(given, dict):
        raise document.wrong("an object of lists", "variables")
    inside = Reader(given, (*document.path, "variables"), document.warnings)
    values = {name: inside.words(name) for name in given}
    lengths = {len(each) for each in values.values()}
    if len(lengths) != 1 or not 1 <= min(lengths) <= TASK_COUNT_MAX:
        message = f"lists of one length, 1 to {TASK_COUNT_MAX:,}"
        raise document.wrong(message, "variables")
    if len({variable_name(name) for name in values}) != len(values):
        raise document.wrong("names that stay apart in a-z, 0-9 and _", "variables")
    return values


def _tasks(document: Reader, title: str, values: Mapping[str, list[str]]) -> tuple[NewTask, ...]:
    """All places in one task; with variables, as many tasks as there are values."""
    places = document.whole("num_tasks") or 0
    if places < 1:
        raise document.wrong("at least 1", "num_tasks")
    count = max((len(each) for each in values.values()), default=1)
    if places % count:
        document.warn("num_tasks", Change.CHANGED, f"rounded up to a multiple of {count}")
    each = document.capped("num_tasks", -(-places // count), 1, PLACE_COUNT_MAX, unit="places")
    return tuple(
        NewTask(
            text=title,
            place_count=each,
            variables={variable_name(name): row[number] for name, row in values.items()},
        )
        for number in range(count)
    )
