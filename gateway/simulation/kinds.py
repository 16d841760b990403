"""The kinds of work that employers of a simulated marketplace ask for, and what is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.assignments.rules import CheckAnswer, ItemRole, SubmissionItem
from domain.campaigns.rules import (
    NO_CHECKS,
    Category,
    Checks,
    KeyedQuestion,
    Proof,
    QuestionKind,
    SurveyAnswer,
    SurveyQuestion,
    WorkMode,
)
from gateway.simulation.people import Habit
from gateway.simulation.virtual import Virtual

SEEN: Final = "The page opened, and the second picture was missing."
BLUE: Final = "blue"
MOODS: Final = ("good", "fair", "bad")
QUESTIONS: Final = (
    SurveyQuestion(id="mood", text="How was it?", kind=QuestionKind.SINGLE, options=MOODS),
    SurveyQuestion(id="seen", text="What was seen?", kind=QuestionKind.MULTIPLE, options=MOODS),
    SurveyQuestion(
        id="again", text="How gladly again?", kind=QuestionKind.SCALE, scale_min=0, scale_max=10
    ),
    SurveyQuestion(id="more", text="What else?", kind=QuestionKind.TEXT, is_required=False),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is asked, and how its answers look."""

    category: Category
    instructions: str
    mode: WorkMode = WorkMode.CREATE
    checks: Checks = NO_CHECKS
    is_scored: bool = False
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """All that is handed in at once; whoever sends it again sends the same."""

    items: tuple[SubmissionItem, ...]
    checks: tuple[CheckAnswer, ...] = ()


PICTURES: Final = Kind(Category.LABELING, "Look at the picture and say whether it shows a cat.")
SURVEY: Final = Kind(Category.SURVEY, "Say how your visit was.", checks=Checks(survey=QUESTIONS))
JUDGEMENT: Final = Kind(
    Category.DATA_ENTRY, "Say how likely both are the same.", WorkMode.CHECK, is_scored=True
)
ADDRESSES: Final = Kind(
    Category.OTHER, "Find the page of the shop.", WorkMode.COLLECT, is_address=True
)
TESTING: Final = Kind(
    Category.WEBSITE_TESTING,
    "Open the page and say what does not work.",
    checks=Checks(
        proofs=(Proof(id="page", text="The page."), Proof(id="note", text="?", is_required=False)),
        questions=(KeyedQuestion(id="colour", text="Which colour has it?", answers=(BLUE,)),),
    ),
)
KINDS: Final = ((PICTURES, 50), (SURVEY, 20), (JUDGEMENT, 10), (ADDRESSES, 10), (TESTING, 10))


def next_kind(virtual: Virtual) -> Kind:
    chosen = virtual.chance.choices([kind for kind, _ in KINDS], [share for _, share in KINDS])
    return chosen[0]


def next_answers(kind: Kind, habit: Habit, virtual: Virtual) -> Answers:
    """As well as their habit lets them; one in twenty leaves out what must not be left out."""
    is_rubbish = habit is Habit.CHEATING
    if virtual.chance.randrange(20) == 0 and kind.checks is not NO_CHECKS:
        return Answers((SubmissionItem(text="yes"),))
    if kind.checks.survey:
        return Answers((SubmissionItem(answers=_said(is_rubbish, virtual)),))
    if kind.is_scored:
        return Answers((SubmissionItem(score=0 if is_rubbish else virtual.chance.randrange(100)),))
    if kind.is_address:
        return Answers(
            (SubmissionItem(url=f"https://shop{virtual.chance.randrange(99)}.example/"),)
        )
    if kind.checks.proofs:
        proof = SubmissionItem(role=ItemRole.PROOF, text=SEEN, proof_id="page")
        colour = "asdf" if is_rubbish else BLUE
        return Answers((SubmissionItem(text=SEEN), proof), (CheckAnswer(id="colour", text=colour),))
    return Answers((SubmissionItem(text="asdf" if is_rubbish else "yes"),))


def _said(is_rubbish: bool, virtual: Virtual) -> tuple[SurveyAnswer, ...]:  # noqa: FBT001
    chance = virtual.chance
    written = () if is_rubbish else (SurveyAnswer(question_id="more", text=SEEN),)
    return (
        SurveyAnswer(question_id="mood", options=(chance.choice(MOODS),)),
        SurveyAnswer(question_id="seen", options=tuple(chance.sample(MOODS, 2))),
        SurveyAnswer(question_id="again", number=0 if is_rubbish else chance.randint(0, 10)),
        *written,
    )
