"""The request of MTurk's CreateHIT as a draft (DOMAIN 2.5). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from domain.campaigns.rules import (
    CLAIM_MINUTES_DEFAULT,
    REVIEW_DAYS_DEFAULT,
    Audience,
    Category,
    Checks,
    Comparator,
    ContentRating,
    Guard,
    Target,
    TargetField,
    Terms,
)
from domain.campaigns.rules.targeting import TARGET_COUNT_MAX
from domain.campaigns.rules.terms import (
    CLAIM_MINUTES_MAX,
    CLAIM_MINUTES_MIN,
    INSTRUCTIONS_LENGTH_MAX,
    REVIEW_DAYS_MAX,
    REVIEW_DAYS_MIN,
    TITLE_LENGTH_MAX,
)
from domain.campaigns.rules.variables import VARIABLE_COUNT_MAX, VARIABLE_LENGTH_MAX
from domain.imports.rules.draft import Change, Draft
from domain.imports.rules.history import history_of
from domain.imports.rules.question_form import asked_by
from domain.imports.rules.reading import Reader, variable_name, with_variables
from domain.tasks.rules import PLACE_COUNT_MAX, REFERENCE_LENGTH_MAX, NewTask

COUNTRY: Final = "00000000000000000071"
ADULT: Final = "00000000000000000060"
COUNTED: Final[Mapping[str, TargetField]] = {
    "000000000000000000L0": TargetField.SUCCESS_RATE,
    "00000000000000000040": TargetField.APPROVED_COUNT,
}
COMPARED: Final[Mapping[str, Comparator]] = {
    "LessThan": Comparator.LT,
    "LessThanOrEqualTo": Comparator.LE,
    "GreaterThan": Comparator.GT,
    "GreaterThanOrEqualTo": Comparator.GE,
    "EqualTo": Comparator.EQ,
    "NotEqualTo": Comparator.NE,
    "In": Comparator.IN,
    "NotIn": Comparator.NOT_IN,
}
LISTED: Final[Mapping[str, Comparator]] = {
    "EqualTo": Comparator.IN,
    "In": Comparator.IN,
    "NotEqualTo": Comparator.NOT_IN,
    "NotIn": Comparator.NOT_IN,
}
GUARDS: Final[Mapping[str, Guard]] = {
    "Accept": Guard.CLAIM,
    "PreviewAndAccept": Guard.PREVIEW,
    "DiscoverPreviewAndAccept": Guard.DISCOVER,
}
HINTS: Final[Mapping[str, Category]] = {
    "survey": Category.SURVEY,
    "image": Category.LABELING,
    "label": Category.LABELING,
    "categor": Category.LABELING,
    "transcri": Category.DATA_ENTRY,
    "data": Category.DATA_ENTRY,
    "website": Category.WEBSITE_TESTING,
    "writ": Category.CONTENT_CREATION,
}


def from_mturk(document: Reader, *, category: Category | None) -> Draft:
    """Without a `category` the keywords hint at one."""
    asked, history = asked_by(document), history_of(document)
    variables = _variables(document)
    description = document.text("Description")
    text = "\n\n".join(filter(None, (description, asked.text)))
    text = with_variables(text, {name: variable_name(name) for name in variables})
    title = document.text("Title", is_needed=True)
    task = NewTask(
        text=title,
        url=asked.url,
        place_count=document.capped(
            "MaxAssignments",
            document.whole("MaxAssignments") or 1,
            1,
            PLACE_COUNT_MAX,
            unit="places",
        ),
        external_reference=document.cut(
            "RequesterAnnotation", document.text("RequesterAnnotation"), REFERENCE_LENGTH_MAX
        )
        or None,
        variables={variable_name(name): value for name, value in variables.items()},
    )
    draft = Draft(
        terms=replace(
            _terms(document, title, category),
            estimated_seconds=None if history is None else history.estimated_seconds,
        ),
        instructions=document.cut("Description", text or title, INSTRUCTIONS_LENGTH_MAX),
        checks=Checks(survey=tuple(asked.survey)),
        tasks=(task,),
        token=document.text("UniqueRequestToken") or None,
        lifetime_seconds=_lifetime(document),
        history=history,
        warnings=(),
    )
    document.leave_rest()
    return draft


def _terms(document: Reader, title: str, category: Category | None) -> Terms:
    claim = document.rounded(
        "AssignmentDurationInSeconds",
        per=60,
        least=CLAIM_MINUTES_MIN,
        most=CLAIM_MINUTES_MAX,
        unit="minutes",
    )
    review = document.rounded(
        "AutoApprovalDelayInSeconds",
        per=86_400,
        least=REVIEW_DAYS_MIN,
        most=REVIEW_DAYS_MAX,
        unit="days",
    )
    return Terms(
        title=document.cut("Title", title, TITLE_LENGTH_MAX),
        category=_category(document, category),
        reward=document.dollars("Reward"),
        claim_minutes=CLAIM_MINUTES_DEFAULT if claim is None else claim,
        review_days=REVIEW_DAYS_DEFAULT if review is None else review,
        audience=_audience(document),
    )


def _category(document: Reader, category: Category | None) -> Category:
    said = document.text("Keywords").lower()
    if category is not None:
        return category
    hinted = next((kind for hint, kind in HINTS.items() if hint in said), Category.OTHER)
    document.warn("Keywords", Change.CHANGED, f"read as the category {hinted.value}")
    return hinted


def _variables(document: Reader) -> dict[str, str]:
    """By the name that the layout has for them."""
    found: dict[str, str] = {}
    for each in document.parts("HITLayoutParameters"):
        name = each.text("Name", is_needed=True)
        value = " ".join(each.text("Value", is_needed=True).split())
        each.leave_rest()
        if len(found) == VARIABLE_COUNT_MAX or variable_name(name) in map(variable_name, found):
            each.warn("Name", Change.DROPPED, f"{VARIABLE_COUNT_MAX} variables, each name once")
            continue
        found[name] = each.cut("Value", value, VARIABLE_LENGTH_MAX)
    return found


def _lifetime(document: Reader) -> int | None:
    seconds = document.whole("LifetimeInSeconds")
    if seconds is not None:
        document.warn("LifetimeInSeconds", Change.CHANGED, "say the end when you publish")
    return seconds


def _audience(document: Reader) -> Audience:
    targets: list[Target] = []
    guards = [Guard.CLAIM]
    rating = ContentRating.GENERAL
    for each in document.parts("QualificationRequirements"):
        kind = each.text("QualificationTypeId", is_needed=True)
        guards.append(_guard(each))
        if kind == ADULT:
            each.warn("QualificationTypeId", Change.CHANGED, "for members from 21 on")
            rating = ContentRating.ADULT
        elif len(targets) == TARGET_COUNT_MAX:
            each.warn("QualificationTypeId", Change.DROPPED, f"at most {TARGET_COUNT_MAX} clauses")
        elif (target := _target(each, kind)) is not None:
            targets.append(target)
        else:
            each.warn("QualificationTypeId", Change.DROPPED, "no such qualification here")
    return Audience(
        targets=tuple(targets), guard=max(guards, key=list(Guard).index), content_rating=rating
    )


def _guard(requirement: Reader) -> Guard:
    if requirement.take("RequiredToPreview") is True:
        return Guard.PREVIEW
    return GUARDS.get(requirement.text("ActionsGuarded"), Guard.CLAIM)


def _target(requirement: Reader, kind: str) -> Target | None:
    name = requirement.text("Comparator", is_needed=True)
    if kind in COUNTED and name in COMPARED:
        numbers = requirement.values("IntegerValues")
        if not all(isinstance(number, int) for number in numbers):
            raise requirement.wrong("whole numbers", "IntegerValues")
        return Target(field=COUNTED[kind], comparator=COMPARED[name], numbers=tuple(numbers))
    if kind == COUNTRY and name in LISTED:
        codes = tuple(_countries(requirement.parts("LocaleValues")))
        return Target(field=TargetField.COUNTRY, comparator=LISTED[name], codes=codes)
    return None


def _countries(locales: Iterable[Reader]) -> Iterable[str]:
    for each in locales:
        yield each.text("Country", is_needed=True)
        each.leave_rest()  # such as a part of the country
