"""One form for what different servers say, so that the answers can be held equal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from schema.ids import IdCodec
from tests.benchmarks.reads.questions import Dialect, Ours, Question


def plain(dialect: Dialect, question: Question, answer: Any) -> Any:
    """Of a whole answer: names, ids, instants and amounts as the rows have them."""
    assert answer.get("errors") is None, answer
    form = Form(dialect.ids if isinstance(dialect, Ours) else None)
    match question:
        case Question.Q1:
            return form.campaign(dialect.campaign(answer["data"]))
        case Question.Q2:
            return [form.full_campaign(each) for each in dialect.board(answer["data"])]
        case Question.M1:
            return form.claimed(dialect.claimed(answer["data"]))


class Form:
    def __init__(self, ids: IdCodec | None) -> None:
        self._ids = ids

    def campaign(self, node: Any) -> dict[str, Any]:
        return {
            "id": self._id(node["id"]),
            "title": node["title"],
            "category": node["category"].lower(),
            "state": node["state"].lower(),
            "reward": _reward(node),
            "created": _instant(node["createdAt"]),
        }

    def full_campaign(self, node: Any) -> dict[str, Any]:
        return {
            **self.campaign(node),
            "employer": self._member(node["employer"]),
            "assignments": [
                {
                    **self._assignment(each),
                    "worker": self._member(each["worker"]),
                    "ratings": [
                        {"stars": rating["stars"], "comment": rating["comment"]}
                        for rating in _nodes(each["ratings"])
                    ],
                }
                for each in _nodes(node["assignments"])
            ],
        }

    def claimed(self, node: Any) -> dict[str, Any]:
        """Everybody claims another place now: what is left of it must be the same."""
        held = _instant(node["deadlineAt"]) - _instant(node["claimedAt"])
        return {"state": node["state"].lower(), "reward": _reward(node), "held": held}

    def _assignment(self, node: Any) -> dict[str, Any]:
        return {
            "id": self._id(node["id"]),
            "state": node["state"].lower(),
            "claimed": _instant(node["claimedAt"]),
        }

    def _member(self, node: Any) -> dict[str, Any]:
        return {"id": self._id(node["id"]), "country": node["country"]}

    def _id(self, text: str) -> str:
        if self._ids is None:
            return text
        tag = self._ids.tag_of(text)
        assert tag is not None, text
        return str(self._ids.decode(tag, text))


def _nodes(found: Any) -> Sequence[Any]:
    """A list, or a connection."""
    nodes: Sequence[Any] = found["nodes"] if isinstance(found, dict) else found
    return nodes


def _reward(node: Any) -> tuple[int, str]:
    if "reward" not in node:
        return int(node["rewardMicros"]), node["currency"]
    return int(Decimal(node["reward"]["amount"]).scaleb(6)), node["reward"]["currency"]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
