"""When versions of policies take effect, and in which language they are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.consents.rules import (
    MATERIAL_NOTICE,
    PolicyState,
    PolicyText,
    draft_problem,
    is_too_soon,
    policy_state,
    text_in,
)
from tests.make.policies import policy_draft

POSTED_AT = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ENGLISH, GERMAN = PolicyText("en", "Work."), PolicyText("de", "Arbeit.")
DRAFT = policy_draft(POSTED_AT)


@pytest.mark.parametrize(
    ("is_first", "is_material", "after", "expected"),
    [
        (False, True, MATERIAL_NOTICE - SECOND, True),
        (False, True, MATERIAL_NOTICE, False),
        (False, False, -SECOND, True),
        (False, False, timedelta(0), False),
        (True, True, timedelta(0), False),
    ],
)
def test_a_material_change_is_posted_thirty_days_ahead(
    *, is_first: bool, is_material: bool, after: timedelta, expected: bool
) -> None:
    """P29, R33: to the second; any other change may take effect at once, none in the past."""
    effective_at = POSTED_AT + after

    assert expected is is_too_soon(
        is_first=is_first, is_material=is_material, posted_at=POSTED_AT, effective_at=effective_at
    )


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (POSTED_AT - SECOND, PolicyState.POSTED),
        (POSTED_AT, PolicyState.EFFECTIVE),
        (POSTED_AT + MATERIAL_NOTICE - SECOND, PolicyState.EFFECTIVE),
        (POSTED_AT + MATERIAL_NOTICE, PolicyState.SUPERSEDED),
    ],
)
def test_a_version_holds_until_the_next_one(now: datetime, expected: PolicyState) -> None:
    """DOMAIN.md 3.1: POSTED, EFFECTIVE, SUPERSEDED, each from its instant on."""
    found = policy_state(
        posted_at=POSTED_AT - MATERIAL_NOTICE,
        effective_at=POSTED_AT,
        next_effective_at=POSTED_AT + MATERIAL_NOTICE,
        now=now,
    )

    assert found is expected


def test_a_text_is_read_in_the_language_asked_for_or_in_english() -> None:
    """Nobody agrees to an empty page."""
    assert text_in("de", (ENGLISH, GERMAN)) == GERMAN
    assert text_in("fr", (GERMAN, ENGLISH)) == ENGLISH
    assert text_in("fr", (GERMAN,)) == GERMAN


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"texts": ()}, "texts"),
        ({"texts": (ENGLISH, ENGLISH)}, "texts"),
        ({"texts": (PolicyText("xx", "Work."),)}, "texts"),
        ({"texts": (PolicyText("en", " "),)}, "texts"),
        ({"texts": (PolicyText("en", "Work\u202e."),)}, "texts"),
        ({"note": "\0"}, "note"),
        ({"data_regions": frozenset()}, "data_regions"),
    ],
)
def test_a_draft_that_says_nothing_is_no_draft(changed: dict[str, Any], field: str) -> None:
    """The field at fault is named."""
    problem = draft_problem(replace(DRAFT, **changed))

    assert draft_problem(DRAFT) is None
    assert problem is not None and problem.field == field
