"""Instructions that leave something open, and tasks that say what it is."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.campaigns import operations as campaigns
from domain.campaigns.rules.variables import filled, names_in, open_problem, variables_problem
from domain.errors import InvalidInput
from domain.paging import Page
from domain.tasks import operations as tasks
from domain.tasks.queries import tasks_of
from domain.tasks.rules import NewTask
from tests.make.campaigns import draft, rich_employer
from tests.make.world import World

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)


async def revise(world: World, employer: UUID, campaign: UUID, text: str) -> None:
    await campaigns.revise_instructions(
        employer_id=employer, campaign_id=campaign, instructions=text, clauses=(), now=world.now
    )


async def add(world: World, employer: UUID, campaign: UUID, *values: Mapping[str, str]) -> None:
    await tasks.add_tasks(
        employer_id=employer,
        campaign_id=campaign,
        tasks=[NewTask(text="Search", place_count=2, variables=each) for each in values],
        new_id=world.new_id,
    )


@pytest.mark.asyncio
async def test_no_claim_can_meet_a_name_without_a_value(world: World) -> None:
    """Whichever is written first, the instructions or the tasks."""
    employer = await rich_employer(world)
    campaign = await draft(world, employer)
    await revise(world, employer, campaign, "Find a baker in {{city}} near {{ street }}.")

    with pytest.raises(InvalidInput) as missing:
        await add(world, employer, campaign, {"city": "Kochi"})
    with pytest.raises(InvalidInput) as unequal:
        await add(world, employer, campaign, {"city": "Kochi", "street": "Hill"}, {"city": "Lima"})
    await add(world, employer, campaign, {"city": "Kochi", "street": "Hill", "more": "x"})
    with pytest.raises(InvalidInput) as other:
        await add(world, employer, campaign, {"city": "Lima", "street": "Sol"})
    with pytest.raises(InvalidInput) as revised:
        await revise(world, employer, campaign, "Find a baker in {{country}}.")
    await revise(world, employer, campaign, "Find a baker in {{city}}, {{more}}.")

    assert missing.value.path == other.value.path == ("tasks", "0", "variables")
    assert unequal.value.path == ("tasks", "1", "variables")
    assert revised.value.path == ("instructions",)
    (task,) = await tasks_of(campaign_id=campaign, employer_id=employer, page=Page(limit=9))
    assert task.variables == {"city": "Kochi", "street": "Hill", "more": "x"}


@given(values=st.dictionaries(NAMES, st.text(min_size=1), min_size=1, max_size=5))
def test_a_value_is_put_in_as_it_is(values: dict[str, str]) -> None:
    """Names inside of values are text: nobody writes another task's value into one."""
    sly = {name: f"{{{{{other}}}}}" for name, other in zip(values, [*values][::-1], strict=True)}
    text = " | ".join(f"{{{{{name}}}}}" for name in values)

    assert names_in(text) == set(values)
    assert open_problem(text, values) is None
    assert filled(text, values) == " | ".join(values.values())
    assert filled(text, sly) == " | ".join(sly.values())


@pytest.mark.parametrize("text", ["{{}}", "{{City}}", "{city}", "{{ci ty}}", "{{1}}", "{{city"])
def test_other_braces_are_text(text: str) -> None:
    """So that instructions about code read as they were written."""
    assert names_in(text) == frozenset()
    assert filled(text, {"city": "Kochi"}) == text


@pytest.mark.parametrize(
    "values",
    [
        {"City": "Kochi"},
        {"city": " "},
        {"city": "a" * 1_001},
        {"city": "\u202eKochi"},
        {f"n{number}": "x" for number in range(21)},
    ],
)
def test_what_a_variable_may_say(values: dict[str, str]) -> None:
    """Names are as in the instructions, and no value turns the text around it."""
    assert variables_problem(values) is not None
    assert variables_problem({"city": "Kochi"}) is None
