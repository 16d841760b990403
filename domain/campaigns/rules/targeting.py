"""For whom a campaign is: clauses about the worker, all of which must hold.

What a clause says of a worker is judged by the database, in `campaign_misses` of migrations 0043
and 0080: lists, the preview of a claim and the claim itself ask it, so that none can disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.campaigns.rules.problem import Problem
from domain.members.rules import COUNTRIES, LANGUAGES, Device

TARGET_COUNT_MAX: Final = 10  # R28
NUMBER_COUNT_MAX: Final = 15
CODE_COUNT_MAX: Final = 30
NUMBER_MAX: Final = 1_000_000_000


class ContentRating(StrEnum):
    GENERAL = "general"
    ADULT = "adult"  # for members from 21 on who want to see it (P6)


class Guard(StrEnum):
    """How much of a campaign those see whom it is not for."""

    CLAIM = "claim"  # everything; only the claim is refused
    PREVIEW = "preview"  # what it is called and pays, not what there is to do
    DISCOVER = "discover"  # nothing


class Visibility(StrEnum):
    """Before whose eyes a campaign may come at all (P22)."""

    PUBLIC = "public"
    MEMBERS = "members"  # nobody sees it without signing in


class TargetField(StrEnum):
    """What is asked about a worker."""

    COUNTRY = "country"
    AGE = "age"
    LANGUAGE = "language"
    DEVICE = "device"
    VERIFICATION_LEVEL = "verification_level"
    LEVEL = "level"
    SUCCESS_RATE = "success_rate"  # in whole per cent (R14)
    APPROVED_COUNT = "approved_count"
    FAVOURITE = "favourite"  # on the employer's list
    SKILL = "skill"  # the value of the latest test, while it counts


class Comparator(StrEnum):
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    EQ = "eq"
    NE = "ne"
    IN = "in"  # what holds of one of several languages holds
    NOT_IN = "not_in"
    EXISTS = "exists"
    NOT_EXISTS = "not_exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One clause: `codes` for countries, languages and devices, `numbers` for what is counted;
    `skill_id` says which skill.
    """

    field: TargetField
    comparator: Comparator
    numbers: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    skill_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """For whom a campaign is, and what the others see of it."""

    targets: tuple[Target, ...] = ()
    guard: Guard = Guard.CLAIM
    content_rating: ContentRating = ContentRating.GENERAL
    visibility: Visibility = Visibility.PUBLIC

    @property
    def is_targeted(self) -> bool:
        """Not for every worker."""
        return bool(self.targets) or self.content_rating is ContentRating.ADULT

    @property
    def effective_guard(self) -> Guard:
        """What is for grown-ups is never seen by others."""
        return Guard.DISCOVER if self.content_rating is ContentRating.ADULT else self.guard


FOR_ALL: Final = Audience()

_CODES: Final[Mapping[TargetField, tuple[Collection[str], str]]] = {
    TargetField.COUNTRY: (COUNTRIES, "an ISO 3166-1 code of two capital letters"),
    TargetField.LANGUAGE: (LANGUAGES, "an ISO 639-1 code of two small letters"),
    TargetField.DEVICE: (frozenset(Device), "phone, tablet or computer"),
}
_LISTING: Final = frozenset({Comparator.IN, Comparator.NOT_IN})
_ASKING: Final = frozenset({Comparator.EXISTS, Comparator.NOT_EXISTS})


def targeting_problem(targets: Sequence[Target]) -> Problem | None:
    """The first clause that says nothing."""
    if len(targets) > TARGET_COUNT_MAX:
        return Problem(f"at most {TARGET_COUNT_MAX} clauses", ("targets",))
    for index, target in enumerate(targets):
        demand = _demand(target)
        if demand is not None:
            return Problem(demand, ("targets", str(index)))
    return None


def _demand(target: Target) -> str | None:
    if (target.field is TargetField.SKILL) is (target.skill_id is None):
        return "a clause about a skill names it, and no other does"
    if target.comparator in _ASKING:
        return "this comparator takes no values" if target.numbers or target.codes else None
    if target.field is TargetField.FAVOURITE:
        return "somebody is a favourite, or is none"
    if target.field in _CODES:
        return _demand_of_codes(target)
    return _demand_of_numbers(target)


def _demand_of_codes(target: Target) -> str | None:
    known, meaning = _CODES[target.field]
    if target.comparator not in _LISTING or target.numbers:
        return "codes are in a list, or not in it"
    if not 1 <= len(target.codes) <= CODE_COUNT_MAX:
        return f"1 to {CODE_COUNT_MAX} codes"
    return None if all(each in known for each in target.codes) else f"a code is {meaning}"


def _demand_of_numbers(target: Target) -> str | None:
    if target.codes:
        return "this field takes numbers"
    count_max = NUMBER_COUNT_MAX if target.comparator in _LISTING else 1
    if not 1 <= len(target.numbers) <= count_max:
        return f"1 to {count_max} numbers" if count_max > 1 else "exactly one number"
    if not all(0 <= number <= NUMBER_MAX for number in target.numbers):
        return "a number lies between 0 and 1,000,000,000"
    return None
