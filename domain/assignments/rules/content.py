"""What a worker may hand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ITEM_COUNT_MAX: Final = 50
PROOF_COUNT_MAX: Final = 4  # R30
TEXT_LENGTH_MAX: Final = 20_000
SCORE_MAX: Final = 1_000_000


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
