"""Which consensus a campaign gets, and how far its confidence may be trusted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.quality.rules.consensus import Agreed, Answer, Priors, agree, majority

GOLD_MIN: Final = 20  # fewer say nothing about which is better
BANDS: Final = 10


class Aggregator(StrEnum):
    MAJORITY = "majority"
    DAWID_SKENE = "dawid_skene"
    DAWID_SKENE_CAUTIOUS = "dawid_skene_cautious"  # believes longer that workers are right


CAUTIOUS: Final = Priors(diagonal=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """With too little gold it is the default; `right` of `compared` gold tasks came out right."""

    aggregator: Aggregator
    agreed: Mapping[str, Agreed]
    right: int
    compared: int


def aggregate(answers: Sequence[Answer], by: Aggregator) -> Mapping[str, Agreed]:
    if by is Aggregator.MAJORITY:
        return majority(answers)
    priors = CAUTIOUS if by is Aggregator.DAWID_SKENE_CAUTIOUS else Priors()
    return agree(answers, priors=priors).agreed


def choose(answers: Sequence[Answer], *, gold: Mapping[str, str]) -> Chosen:
    """The most accurate on the campaign's own gold; a tie falls to Dawid and Skene's."""
    order = (Aggregator.DAWID_SKENE, Aggregator.DAWID_SKENE_CAUTIOUS, Aggregator.MAJORITY)
    answered = {answer.task_id for answer in answers} & gold.keys()
    candidates = [
        Chosen(
            aggregator=by,
            agreed=agreed,
            right=sum(agreed[task_id].label == gold[task_id] for task_id in answered),
            compared=len(answered),
        )
        for by in (order if len(answered) >= GOLD_MIN else order[:1])
        for agreed in (aggregate(answers, by),)
    ]
    return max(candidates, key=lambda each: each.right)


def calibrate(agreed: Mapping[str, Agreed], *, gold: Mapping[str, str]) -> dict[str, float | None]:
    """Per task the share of gold of the same band of confidence that came out right.

    None where the band holds no gold: an unchecked confidence is shown to nobody.
    """
    right, met = [0] * BANDS, [0] * BANDS
    for task_id in gold.keys() & agreed.keys():
        band = _band(agreed[task_id].confidence)
        met[band] += 1
        right[band] += agreed[task_id].label == gold[task_id]
    shares = [share / count if count else None for share, count in zip(right, met, strict=True)]
    return {task_id: shares[_band(each.confidence)] for task_id, each in agreed.items()}


def _band(confidence: float) -> int:
    return min(int(confidence * BANDS), BANDS - 1)
