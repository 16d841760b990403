"""What a worker may hand in, and what a rejection must say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ITEM_COUNT_MAX: Final = 50
PROOF_COUNT_MAX: Final = 4  # R30
TEXT_LENGTH_MAX: Final = 20_000
SCORE_MAX: Final = 1_000_000
REASON_LENGTH_MIN: Final = 20  # R10
REASON_LENGTH_MAX: Final = 4_096


class ItemKind(StrEnum):
    TEXT = "text"
    SCORE = "score"


class ItemRole(StrEnum):
    ANSWER = "answer"
    PROOF = "proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionItem:
    """One answer or proof; exactly one of `text` and `score` is set."""

    role: ItemRole = ItemRole.ANSWER
    text: str | None = None
    score: int | None = None

    @property
    def kind(self) -> ItemKind:
        return ItemKind.SCORE if self.text is None else ItemKind.TEXT


class Decision(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    ASK_REVISION = "ask_revision"


class ReasonCode(StrEnum):
    """The only valid reasons to refuse to pay (R10)."""

    TOO_FAST = "too_fast"
    FAILED_CHECKS = "failed_checks"
    SKIPPED_REQUIRED = "skipped_required"
    NOT_PER_INSTRUCTION = "not_per_instruction"
    DUPLICATE = "duplicate"
    SPAM = "spam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    reason_code: ReasonCode
    text: str
    clause_id: str | None = None


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
    if item.text is not None and not 1 <= len(item.text.strip()) <= TEXT_LENGTH_MAX:
        return "a text has 1 to 20,000 characters"
    if item.text is not None and "\0" in item.text:
        return "a text holds no NUL character"
    if item.score is not None and abs(item.score) > SCORE_MAX:
        return "a score lies between -1,000,000 and 1,000,000"
    return None


def rejection_problem(
    rejection: Rejection, *, clause_ids: Collection[str]
) -> tuple[str, tuple[str, ...]] | None:
    """A worker must be able to learn from it and to contest it: a code, a clause, a text."""
    if not REASON_LENGTH_MIN <= len(rejection.text.strip()) <= REASON_LENGTH_MAX:
        return "say in 20 to 4,096 characters what was wrong", ("text",)
    if "\0" in rejection.text:
        return "a text holds no NUL character", ("text",)
    if rejection.clause_id is not None and rejection.clause_id not in clause_ids:
        return "the instructions have no such clause", ("clause_id",)
    cites = rejection.reason_code is ReasonCode.NOT_PER_INSTRUCTION
    if cites and rejection.clause_id is None and clause_ids:
        return "name the clause that was not followed", ("clause_id",)
    return None
