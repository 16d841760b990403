"""The compiled executor answers what graphql-core answers: data, nulls, errors and their places."""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio
from graphql import DocumentNode, ExecutionResult, parse, print_ast
from strawberry.schema.schema import validate_document

from gateway.providers import Providers
from schema.execution.plans import CONDITIONS_MAX, conditions_in
from schema.prepared import Prepared
from tests.make.ask import Ask
from tests.schema.execution.documents import document
from tests.schema.execution.plain_lists import plain_list
from tests.schema.execution.stage import (
    CORE,
    PEOPLE,
    WHO,
    Stage,
    causes,
    full_stage,
    keys_of,
)

IS_CAMPAIGN: Final = bool(os.environ.get("PIECERATE_CAMPAIGN"))
pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(7200 if IS_CAMPAIGN else 900)]

START: Final = int(os.environ.get("PIECERATE_TEST_SEED", "0"))
LARGE: Final = 20  # keys in an answer
COUNT: Final = 20_000 if IS_CAMPAIGN else 1_000
WORDS: Final[dict[str, Callable[[Random], Any]]] = {
    "ID": lambda _: "mem1_AAAAAAAAAAAAAAAAAAAAAA",
    "Boolean": lambda random: random.random() < 0.5,
    "Decimal": lambda random: random.choice(["1.50", "12"]),
    "Int": lambda random: random.randint(1, 5),
    "String": lambda random: random.choice(["sandbox", "no such thing"]),
    "Date": lambda random: random.choice(["2026-03-29", "1999-12-31"]),
    "CountryCode": lambda random: random.choice(["DE", "PH"]),
    "if": lambda random: random.random() < 0.5,
    "first": lambda random: random.randint(1, 5),
    "last": lambda random: random.randint(1, 5),
    "before": lambda _: "no cursor",
    "currency": lambda random: random.choice(["USD", "EUR"]),
}


@pytest_asyncio.fixture
async def stage(ask: Ask, providers: Providers) -> Stage:
    return await full_stage(ask, providers)


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
        await written_alike(stage, person, parsed, variables, quick)
        sizes.append(len(list(keys_of(quick.data))))
        faults += bool(quick.errors)
    assert len(sizes) > COUNT / 2
    assert sum(size > LARGE for size in sizes) > COUNT / 10
    assert faults > COUNT / 50


async def test_the_database_writes_what_we_would(stage: Stage) -> None:
    """Lists of plain columns, several levels deep, and for most of them it really does."""
    texts, sizes = 0, []
    for seed in range(START, START + COUNT // 4):
        who, text = plain_list(seed)
        parsed, person = parse(text), WHO[who]
        assert validate_document(CORE, parsed, ()) == [], text
        quick = await stage.quick(person, parsed, {})
        assert quick is not None
        assert quick.errors is None, text
        texts += await written_alike(stage, person, parsed, {}, quick)
        sizes.append(len(list(keys_of(quick.data))))
    assert texts > COUNT / 10
    assert sum(size > LARGE for size in sizes) > COUNT / 20


async def written_alike(
    stage: Stage,
    person: str,
    document: DocumentNode,
    variables: dict[str, Any],
    quick: ExecutionResult,
) -> int:
    """Byte for byte, and charged the same; gives how many lists were written."""
    found = await stage.written(person, document, variables)
    if found is None:
        return 0
    written, texts = found
    assert msgspec.json.encode(written.data) == msgspec.json.encode(quick.data), print_ast(document)
    assert causes(written) == causes(quick)
    if written.data is not None:
        prepared = Prepared(CORE, document)
        operation = prepared.operation(None)
        assert operation is not None
        charged = prepared.charge(operation, written.data, texts).by_path()
        assert charged == prepared.charge(operation, quick.data or {}).by_path()
    return len(texts)
