"""The compiled executor answers what graphql-core answers: data, nulls, errors and their places."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import pytest
import pytest_asyncio
from graphql import DocumentNode, ExecutionResult, execute, parse
from strawberry.schema.schema import validate_document

from domain.access.queries import viewer_of
from gateway.providers import Providers
from schema import schema
from schema.context import Context
from schema.execution.compiled import compiled
from schema.execution.plans import CONDITIONS_MAX, conditions_in
from tests.make.ask import Ask
from tests.make.scene import NOBODY, Scene, made
from tests.schema.execution.documents import document

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(900)]

START: Final = int(os.environ.get("PIECERATE_TEST_SEED", "0"))
LARGE: Final = 20  # keys in an answer
COUNT: Final = 20_000 if os.environ.get("PIECERATE_CAMPAIGN") else 1_000
CORE: Final = schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B
PEOPLE: Final = (NOBODY, "worker_ann", "employer_ann", "worker_bob", "finance")
WORDS: Final[dict[str, Callable[[Random], Any]]] = {
    "ID": lambda _: "mem1_AAAAAAAAAAAAAAAAAAAAAA",
    "Boolean": lambda random: random.random() < 0.5,
    "Decimal": lambda random: random.choice(["1.50", "12"]),
    "Int": lambda random: random.randint(1, 5),
    "String": lambda random: random.choice(["sandbox", "no such thing"]),
    "CountryCode": lambda random: random.choice(["DE", "PH"]),
    "if": lambda random: random.random() < 0.5,
    "first": lambda random: random.randint(1, 5),
    "last": lambda random: random.randint(1, 5),
    "before": lambda _: "no cursor",
    "currency": lambda random: random.choice(["USD", "EUR"]),
}


@dataclass
class Stage:
    scene: Scene
    ids: list[str]

    async def context(self, person: str) -> Context:
        ask = self.scene.ask
        viewer = None
        if person != NOBODY:
            token = await ask.token_of(self.scene.people[person])
            viewer = await viewer_of(token=token, now=ask.world.now)
        return Context(
            request_id="r", viewer=viewer, now=ask.world.now, services=ask.services, network=None
        )

    async def reference(
        self, person: str, document: DocumentNode, variables: dict[str, Any]
    ) -> ExecutionResult:
        context = await self.context(person)
        answer = execute(CORE, document, context_value=context, variable_values=variables)
        return answer if isinstance(answer, ExecutionResult) else await answer

    async def quick(
        self, person: str, document: DocumentNode, variables: dict[str, Any]
    ) -> ExecutionResult | None:
        context = await self.context(person)
        answer = compiled(CORE, document, context_value=context, variable_values=variables)
        return None if answer is None else await answer

    def words(self) -> dict[str, Callable[[Random], Any]]:
        """Ids are those of the scene, whoever may see them."""
        return {name: lambda random: random.choice(self.ids) for name in ("id", "ids", "memberId")}


@pytest_asyncio.fixture
async def stage(ask: Ask, providers: Providers) -> Stage:
    scene = await made(ask, providers)
    return Stage(scene, sorted(scene.ids.values()))


def causes(result: ExecutionResult) -> set[tuple[Any, ...]]:
    return {(tuple(error.path or ()), error.message) for error in result.errors or []}


async def test_both_answer_alike(stage: Stage) -> None:
    """Whatever is asked, by whomever; and enough of it has an answer to compare."""
    sizes, faults = [], 0
    for seed in range(START, START + COUNT):
        text, variables = document(seed, CORE, WORDS | stage.words())
        parsed = parse(text)
        if validate_document(CORE, parsed, ()):
            continue  # two arguments under one key
        person = PEOPLE[seed % len(PEOPLE)]
        reference = await stage.reference(person, parsed, variables)
        quick = await stage.quick(person, parsed, variables)
        if quick is None:
            assert len(set(conditions_in(parsed))) > CONDITIONS_MAX
            continue
        assert quick.data == reference.data, (seed, text)
        assert list(keys_of(quick.data)) == list(keys_of(reference.data)), (seed, text)
        assert causes(quick) == causes(reference), (seed, text)
        sizes.append(len(list(keys_of(quick.data))))
        faults += bool(quick.errors)
    assert len(sizes) > COUNT / 2
    assert sum(size > LARGE for size in sizes) > COUNT / 10
    assert faults > COUNT / 50


def keys_of(data: Any) -> Any:
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from keys_of(value)
    elif isinstance(data, list):
        for each in data:
            yield from keys_of(each)
