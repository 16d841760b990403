"""What an employer may do with the data that a campaign brings (C10)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.campaigns.rules.problem import Problem
from domain.texts import text_problem

DETAILS_LENGTH_MAX: Final = 300


class DataPurpose(StrEnum):
    SERVICE = "service"
    RESEARCH = "research"
    MODEL_TRAINING = "model_training"


class AnnotationLicence(StrEnum):
    """Under which others may use what workers annotated, once the employer gives it away."""

    CC0_1_0 = "cc0_1_0"
    CC_BY_4_0 = "cc_by_4_0"
    CC_BY_SA_4_0 = "cc_by_sa_4_0"
    CC_BY_NC_4_0 = "cc_by_nc_4_0"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataUse:
    """`details` say what exactly. Without a licence nothing is given to others."""

    purpose: DataPurpose = DataPurpose.SERVICE
    details: str | None = None
    licence: AnnotationLicence | None = None


OWN_SERVICE: Final = DataUse()


def use_problem(use: DataUse) -> Problem | None:
    """What goes beyond the employer's own service must be explained to those who work for it."""
    path = ("data_use", "details")
    if use.details is None:
        is_plain = use.purpose is DataPurpose.SERVICE and use.licence is None
        return None if is_plain else Problem("data use: what exactly it is for", path)
    problem = text_problem(use.details, most=DETAILS_LENGTH_MAX, is_line=True)
    return None if problem is None else Problem(f"data use: {problem}", path)
