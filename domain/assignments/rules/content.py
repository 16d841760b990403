"""What a worker may hand in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.campaigns.rules import Proof
from domain.contacts import ContactKind, masked
from domain.texts import text_problem

ITEM_COUNT_MAX: Final = 50
PROOF_COUNT_MAX: Final = 4  # R30
TEXT_LENGTH_MAX: Final = 20_000
SCORE_MAX: Final = 1_000_000
CHECK_ANSWER_LENGTH_MAX: Final = 200


class ItemKind(StrEnum):
    TEXT = "text"
    SCORE = "score"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"


class ItemRole(StrEnum):
    ANSWER = "answer"
    PROOF = "proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionItem:
    """One answer or proof; exactly one of `text`, `score` and `upload_id` is set."""

    role: ItemRole = ItemRole.ANSWER
    text: str | None = None
    score: int | None = None
    upload_id: UUID | None = None
    file_kind: ItemKind | None = None  # of a file that is handed in already
    proof_id: str | None = None  # the demand of the instructions that it proves

    @property
    def kind(self) -> ItemKind:
        """Of what is no file."""
        assert self.upload_id is None
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
    answers = [item.text for item in items if item.role is ItemRole.ANSWER]
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
    kept = []
    for item in items:
        if item.text is None:
            kept.append(item)
            continue
        text = masked(item.text)
        found.update(text.kinds)
        kept.append(replace(item, text=text.text))
    return kept, tuple(sorted(found))
