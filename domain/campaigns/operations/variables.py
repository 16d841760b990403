"""Keeps instructions and the variables of tasks together, so that every claim can be filled."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules.variables import open_problem
from domain.database import execute, fetch_value, in_transaction
from domain.errors import InvalidInput

_NAMES: Final = "select variable_names from campaign where id = $1"
_TEXT: Final = "select text from instruction_version where campaign_id = $1 and version = $2"


async def name_variables(*, campaign: CampaignRecord, names: Collection[str]) -> None:
    """Each new task of a locked draft has values of these names; so must its other tasks, and no
    name of the instructions may be without one.

    Refuses with `InvalidInput`.
    """
    assert in_transaction()
    before = await fetch_value(_NAMES, campaign.id)
    if before is not None and set(before) != set(names):
        said = ", ".join(sorted(before)) or "no variables"
        raise InvalidInput(f"its other tasks have: {said}", path=("tasks", "0", "variables"))
    text = await fetch_value(_TEXT, campaign.id, campaign.instruction_version)
    problem = open_problem(text, names)
    if problem is not None:
        raise InvalidInput(problem.message, path=("tasks", "0", "variables"))
    await execute(
        "update campaign set variable_names = $2 where id = $1", campaign.id, sorted(names)
    )


async def require_filled(*, campaign_id: UUID, text: str) -> None:
    """A new version of the instructions leaves nothing open that the tasks do not say.

    Refuses with `InvalidInput`; without tasks it is they that are held against it later.
    """
    names = await fetch_value(_NAMES, campaign_id)
    problem = None if names is None else open_problem(text, names)
    if problem is not None:
        raise InvalidInput(problem.message, path=problem.path)
