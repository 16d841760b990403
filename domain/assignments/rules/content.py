"""What a worker may hand in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.campaigns.rules import Proof, SurveyAnswer, SurveyQuestion, WorkMode, answers_problem
from domain.contacts import ContactKind, masked
from domain.links import is_web_address
from domain.texts import text_problem

ITEM_COUNT_MAX: Final = 50
PROOF_COUNT_MAX: Final = 4  # R30
TEXT_LENGTH_MAX: Final = 20_000
SCORE_MAX: Final = 1_000_000
CHECK_ANSWER_LENGTH_MAX: Final = 200


class ItemKind(StrEnum):
    TEXT = "text"
    SCORE = "score"
    SURVEY = "survey"
    LINK = "link"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"


class ItemRole(StrEnum):
    ANSWER = "answer"
    PROOF = "proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionItem:
    """One answer or proof; exactly one of `text`, `score`, `answers`, `url`, `upload_id` is set."""

    role: ItemRole = ItemRole.ANSWER
    text: str | None = None
    score: int | None = None
    answers: tuple[SurveyAnswer, ...] | None = None  # to the survey of the instructions
    url: str | None = None
    upload_id: UUID | None = None
    file_kind: ItemKind | None = None  # of a file that is handed in already
    proof_id: str | None = None  # the demand of the instructions that it proves

    @property
    def kind(self) -> ItemKind:
        """Of what is no file."""
        assert self.upload_id is None
        if self.answers is not None:
            return ItemKind.SURVEY
        if self.url is not None:
            return ItemKind.LINK
        return ItemKind.SCORE if self.text is None else ItemKind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswer:
    """What the worker says to a question of the instructions."""

    id: str
    text: str


class Decision(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    ASK_REVISION = "ask_revision"


def items_problem(items: Sequence[SubmissionItem]) -> tuple[str, tuple[str, ...]] | None:
    """The first rule that what is handed in breaks, and where."""
    if not 1 <= len(items) <= ITEM_COUNT_MAX:
        return f"1 to {ITEM_COUNT_MAX} items", ("items",)
    if sum(item.role is ItemRole.PROOF for item in items) > PROOF_COUNT_MAX:
        return f"at most {PROOF_COUNT_MAX} proofs", ("items",)
    if not any(item.role is ItemRole.ANSWER for item in items):
        return "at least one answer", ("items",)
    for index, item in enumerate(items):
        found = _item_problem(item)
        if found is not None:
            return found, ("items", str(index))
    return None


def _item_problem(item: SubmissionItem) -> str | None:
    problem = None if item.text is None else text_problem(item.text, most=TEXT_LENGTH_MAX)
    if problem is not None:
        return f"a text: {problem}"
    if item.score is not None and abs(item.score) > SCORE_MAX:
        return "a score lies between -1,000,000 and 1,000,000"
    if item.url is not None and not is_web_address(item.url):
        return "an address begins with https:// or http:// and names a host"
    return None


def survey_item_problem(
    items: Sequence[SubmissionItem], *, questions: Sequence[SurveyQuestion]
) -> tuple[str, tuple[str, ...]] | None:
    """Where the instructions have a survey, one item answers it; elsewhere none does."""
    given = [index for index, item in enumerate(items) if item.answers is not None]
    if len(given) != bool(questions):
        asked = "one item answers the survey" if questions else "the instructions have no survey"
        return asked, ("items", *map(str, given[-1:]))
    for index in given:
        if items[index].role is not ItemRole.ANSWER:
            return "a survey is no proof", ("items", str(index))
        found = answers_problem(items[index].answers or (), questions=questions)
        if found is not None:
            message, path = found
            return message, ("items", str(index), "content", "survey", "answers", *path)
    return None


def mode_problem(
    items: Sequence[SubmissionItem], *, mode: WorkMode
) -> tuple[str, tuple[str, ...]] | None:
    """Who checks something says what they found, and not by a file or an address alone."""
    judges = (ItemRole.ANSWER, None, None)
    said = ((item.role, item.upload_id, item.url) for item in items)
    if mode is WorkMode.CHECK and judges not in said:
        return "say what you found: a text, a number or the survey", ("items",)
    return None


def proofs_problem(
    items: Sequence[SubmissionItem], *, proofs: Sequence[Proof]
) -> tuple[str, tuple[str, ...]] | None:
    """Whether what the instructions ask for as proof is there, each once."""
    known = {proof.id for proof in proofs}
    given = [item.proof_id for item in items if item.proof_id is not None]
    for index, item in enumerate(items):
        if item.proof_id is None:
            continue
        if item.role is not ItemRole.PROOF or item.proof_id not in known:
            return "the instructions ask for no such proof", ("items", str(index))
    if len(set(given)) != len(given):
        return "each proof once", ("items",)
    missing = [proof.id for proof in proofs if proof.is_required and proof.id not in given]
    return (f"the proof {missing[0]} is missing", ("items",)) if missing else None


def label_problem(
    items: Sequence[SubmissionItem], *, labels: Collection[str] | None
) -> tuple[str, tuple[str, ...]] | None:
    """Where answers are weighed against each other, there is one, and it is one of the labels."""
    if labels is None:
        return None
    answers = [item.text for item in items if item.role is ItemRole.ANSWER and item.answers is None]
    if len(answers) == 1 and answers[0] in labels:
        return None
    return "give one answer, which is one of the campaign's labels", ("items",)


def check_answers_problem(
    answers: Sequence[CheckAnswer], *, question_ids: Collection[str]
) -> tuple[str, tuple[str, ...]] | None:
    """Each question is answered once; whether rightly is nobody's business here."""
    if sorted(answer.id for answer in answers) != sorted(question_ids):
        return "answer every question of the instructions once", ("check_answers",)
    for index, answer in enumerate(answers):
        problem = text_problem(answer.text, most=CHECK_ANSWER_LENGTH_MAX)
        if problem is not None:
            return f"an answer: {problem}", ("check_answers", str(index))
    return None


def without_contacts(
    items: Sequence[SubmissionItem],
) -> tuple[list[SubmissionItem], tuple[ContactKind, ...]]:
    """The items with contact data masked, and what of it was found (P3)."""
    found: set[ContactKind] = set()

    def without(text: str | None) -> str | None:
        if text is None:
            return None
        plain = masked(text)
        found.update(plain.kinds)
        return plain.text

    kept = [
        replace(
            item,
            text=without(item.text),
            answers=None
            if item.answers is None
            else tuple(replace(each, text=without(each.text)) for each in item.answers),
        )
        for item in items
    ]
    return kept, tuple(sorted(found))


def contact_link_problem(
    items: Sequence[SubmissionItem],
) -> tuple[str, tuple[str, ...]] | None:
    """An address cannot be masked: one that leads to a person is not taken (P3)."""
    for index, item in enumerate(items):
        if item.url is not None and masked(item.url).kinds:
            return "the address leads to a person", ("items", str(index))
    return None
