"""What a campaign may say, and what one place of it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.campaigns.rules.fairness import SECONDS_MAX, SECONDS_MIN
from domain.campaigns.rules.problem import Problem
from domain.campaigns.rules.purpose import OWN_SERVICE, DataUse, use_problem
from domain.campaigns.rules.schedule import ANYTIME, Difficulty, Schedule, schedule_problem
from domain.campaigns.rules.targeting import FOR_ALL, Audience, targeting_problem
from domain.categories.rules import is_within
from domain.money import EXPONENTS, Money, share_micros
from domain.texts import text_problem

TITLE_LENGTH_MAX: Final = 200
INSTRUCTIONS_LENGTH_MAX: Final = 20_000
CLAUSE_COUNT_MAX: Final = 50
CLAUSE_LENGTH_MAX: Final = 500
CLAUSE_ID_LENGTH_MAX: Final = 50
REWARD_UNITS_MAX: Final = 10_000  # above it a typing error is likelier than a wish
CLAIM_MINUTES_MIN: Final = 5  # R1
CLAIM_MINUTES_MAX: Final = 90
CLAIM_MINUTES_DEFAULT: Final = 15
REVIEW_DAYS_MIN: Final = 1  # R4
REVIEW_DAYS_MAX: Final = 7
REVIEW_DAYS_DEFAULT: Final = 3
REVISION_COUNT_MAX: Final = 2  # R6


class Category(StrEnum):
    DATA_ENTRY = "data_entry"
    LABELING = "labeling"
    SURVEY = "survey"
    SOCIAL = "social"
    WEBSITE_TESTING = "website_testing"
    APP_DOWNLOAD = "app_download"
    CONTENT_CREATION = "content_creation"
    OTHER = "other"


class WorkMode(StrEnum):
    """Make something, judge what each task shows, or gather what is there."""

    CREATE = "create"
    CHECK = "check"
    COLLECT = "collect"


@dataclass(frozen=True, slots=True)
class Price:
    """What one place moves: the worker's reward, our fee on it, the VAT on the fee."""

    reward: Money
    fee: Money
    vat: Money

    @property
    def total(self) -> Money:
        return self.reward + self.fee + self.vat


def price(*, reward: Money, fee_basis_points: int, vat_basis_points: int) -> Price:
    """Each share is rounded half up to a whole micro."""
    fee = share_micros(reward.micros, fee_basis_points)
    return Price(
        reward=reward,
        fee=Money(fee, reward.currency),
        vat=Money(share_micros(fee, vat_basis_points), reward.currency),
    )


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered demand of the instructions that a rejection can cite."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an employer decides about a campaign before money is set aside."""

    title: str
    category: Category
    reward: Money
    claim_minutes: int = CLAIM_MINUTES_DEFAULT
    review_days: int = REVIEW_DAYS_DEFAULT
    revision_count_max: int = REVISION_COUNT_MAX
    per_worker_max: int | None = None
    difficulty: Difficulty = Difficulty.MEDIUM
    audience: Audience = FOR_ALL
    schedule: Schedule = ANYTIME
    estimated_seconds: int | None = None  # what one place takes
    collects_contacts: bool = False
    approves_by_rule: bool = False  # what is known to be right, or what the crowd agrees on
    work_mode: WorkMode = WorkMode.CREATE
    data_use: DataUse = OWN_SERVICE
    category_slug: str | None = None  # None: nothing more precise than the kind of work

    @property
    def place_in_tree(self) -> str:
        return self.category_slug or self.category.value


def reward_problem(reward: Money, *, currency: str) -> Problem | None:
    """Of another reward for a campaign of this currency."""
    if reward.currency != currency:
        return Problem(f"the campaign pays in {currency}", ("reward",))
    if not 0 < reward.micros <= REWARD_UNITS_MAX * 1_000_000:
        return Problem("above 0, at most 10,000 units", ("reward",))
    return None


def terms_problem(terms: Terms) -> Problem | None:
    """The first rule the terms break."""
    title = text_problem(terms.title, most=TITLE_LENGTH_MAX, is_line=True)
    if title is not None:
        return Problem(f"title: {title}", ("title",))
    reward_max = REWARD_UNITS_MAX * 1_000_000
    checks = (
        (terms.reward.currency in EXPONENTS, "reward", "in a currency that we hold accounts in"),
        (0 < terms.reward.micros <= reward_max, "reward", "above 0, at most 10,000 units"),
        (
            CLAIM_MINUTES_MIN <= terms.claim_minutes <= CLAIM_MINUTES_MAX,
            "claim_minutes",
            "5 to 90 minutes",
        ),
        (REVIEW_DAYS_MIN <= terms.review_days <= REVIEW_DAYS_MAX, "review_days", "1 to 7 days"),
        (0 <= terms.revision_count_max <= REVISION_COUNT_MAX, "revision_count_max", "0 to 2"),
        (terms.per_worker_max is None or terms.per_worker_max > 0, "per_worker_max", "at least 1"),
        (
            terms.estimated_seconds is None
            or SECONDS_MIN <= terms.estimated_seconds <= SECONDS_MAX,
            "estimated_seconds",
            "5 seconds to a day",
        ),
        (
            is_within(terms.place_in_tree, terms.category.value),
            "category_slug",
            "lies below the category",
        ),
    )
    for is_right, field, demand in checks:
        if not is_right:
            return Problem(f"{field.replace('_', ' ')}: {demand}", (field,))
    return (
        targeting_problem(terms.audience.targets)
        or schedule_problem(terms.schedule)
        or use_problem(terms.data_use)
    )


def instructions_problem(*, text: str, clauses: Sequence[Clause]) -> Problem | None:
    """Instructions must say something (P7); clause ids must be distinct to be citable."""
    problem = text_problem(text, most=INSTRUCTIONS_LENGTH_MAX)
    if problem is not None:
        return Problem(f"instructions: {problem}", ("instructions",))
    if len(clauses) > CLAUSE_COUNT_MAX:
        return Problem("at most 50 clauses", ("clauses",))
    if len({clause.id for clause in clauses}) != len(clauses):
        return Problem("every clause needs an id of its own", ("clauses",))
    for index, clause in enumerate(clauses):
        demand = _clause_demand(clause)
        if demand is not None:
            return Problem(demand, ("clauses", str(index)))
    return None


def _clause_demand(clause: Clause) -> str | None:
    problem = text_problem(clause.id, most=CLAUSE_ID_LENGTH_MAX, is_line=True)
    if problem is not None:
        return f"a clause's id: {problem}"
    problem = text_problem(clause.text, most=CLAUSE_LENGTH_MAX)
    return None if problem is None else f"a clause: {problem}"
