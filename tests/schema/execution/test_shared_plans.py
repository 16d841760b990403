"""A document made ready once serves whoever comes: nothing of one viewer stays for the next."""

from __future__ import annotations

from typing import Any, Final

import pytest
from graphql import DocumentNode, ExecutionResult, parse
from strawberry.schema.schema import validate_document

from gateway.providers import Providers
from schema.execution.compiled import compiled
from schema.prepared import Prepared
from tests.make.ask import Ask
from tests.make.scene import made
from tests.schema.execution.documents import document
from tests.schema.execution.stage import CORE, PEOPLE, Stage, causes, keys_of
from tests.schema.execution.test_differential import START, WORDS

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(900)]

COUNT: Final = 100  # each for everybody, and with the variables of all, one after another


async def run(
    stage: Stage, person: str, prepared: Prepared, parsed: DocumentNode, variables: dict[str, Any]
) -> ExecutionResult | None:
    context = await stage.context(person)
    context.prepared = prepared
    answer = compiled(CORE, parsed, context_value=context, variable_values=variables)
    return None if answer is None else await answer


async def test_the_next_viewer_gets_an_answer_of_his_own(ask: Ask, providers: Providers) -> None:
    """The same plans and readings, other eyes, other variables: as graphql-core says."""
    scene = await made(ask, providers)
    stage = Stage(ask, scene.people, sorted(scene.ids.values()))
    count = 0
    for seed in range(START, START + COUNT):
        text, variables = document(seed, CORE, WORDS | stage.words())
        parsed = parse(text)
        if validate_document(CORE, parsed, ()):
            continue
        prepared = Prepared(CORE, parsed, text)
        flipped = {
            name: not value if isinstance(value, bool) else value
            for name, value in variables.items()
        }
        for person in (*PEOPLE, *PEOPLE):
            for values in (variables, flipped):
                quick = await run(stage, person, prepared, parsed, values)
                if quick is None:
                    continue
                reference = await stage.reference(person, parsed, values)
                assert quick.data == reference.data, (seed, person, text)
                assert list(keys_of(quick.data)) == list(keys_of(reference.data)), (seed, text)
                assert causes(quick) == causes(reference), (seed, person, text)
                count += 1
    assert count > COUNT
