"""What readings promise besides equal answers: statements, and a start that explains itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

import pytest
from graphql import OperationType, parse
from graphql.execution.values import VariableValues

from gateway.providers import Providers
from schema import schema
from schema.execution.counting import READS
from schema.ids import IdCodec, Tag
from schema.prepared import Prepared
from schema.read_model import _MAPPED, BY_RESOLVERS, Unmapped, check
from tests.make.ask import SECRET, Ask, counted_statements
from tests.make.scene import made
from tests.schema.documents import FOLDER
from tests.tidy.source import ROOT

CORE: Final = schema._schema  # noqa: SLF001  # GRAPHQL.md appendix B


def test_a_field_without_a_mapping_stops_the_start() -> None:
    """The message names the field and what to write."""
    known = _MAPPED["Rating"]
    _MAPPED["Rating"] = replace(known, entity="Review")
    try:
        with pytest.raises(Unmapped, match=r"Rating\.author is not mapped: give the entity"):
            check(CORE)
    finally:
        _MAPPED["Rating"] = known


def test_a_mapping_without_a_field_stops_the_start() -> None:
    """What was renamed in the schema is renamed in the model too."""
    known = _MAPPED["Rating"]
    _MAPPED["Rating"] = replace(known, resolved=frozenset({"mood"}))
    try:
        with pytest.raises(Unmapped, match=r"Rating has no field 'mood'"):
            check(CORE)
    finally:
        _MAPPED["Rating"] = known


def test_a_type_that_is_read_from_nothing_stops_the_start() -> None:
    """A new type with an id has an entity, or says that it needs none."""
    known = _MAPPED.pop("Payout")
    try:
        with pytest.raises(Unmapped, match=r"Payout is read from no entity: declare one"):
            check(CORE)
    finally:
        _MAPPED["Payout"] = known


def test_ids_sealed_together_are_the_ids_sealed_alone() -> None:
    """One call for many is only quicker."""
    codec = IdCodec(SECRET)
    keys = [codec.decode(Tag.TASK, codec.encode(Tag.TASK, key)) for key in made_up_keys(50)]

    assert codec.encode_all(Tag.TASK, [key.bytes for key in keys]) == [
        codec.encode(Tag.TASK, key) for key in keys
    ]
    assert codec.encode_all(Tag.TASK, [keys[0].bytes]) == [codec.encode(Tag.TASK, keys[0])]
    assert codec.encode_all(Tag.TASK, []) == []


def made_up_keys(count: int) -> list[UUID]:
    return [UUID(int=number * 2**64 + 7) for number in range(count)]


def test_no_example_needs_the_reference() -> None:
    """docs/operating/reads.md says so; subscriptions are started by graphql-core."""
    for path in sorted(FOLDER.glob("*.graphql")):
        prepared = Prepared(CORE, parse(path.read_text()))
        operation = prepared.operation(None)
        assert operation is not None, path
        if operation.kind is not OperationType.SUBSCRIPTION:
            nothing = VariableValues({}, {})
            assert prepared.plan(operation, nothing) is not None, path


def test_the_page_names_all_types() -> None:
    """Each type with an id stands among the compiled ones or among the others."""
    page = (ROOT / "docs" / "operating" / "reads.md").read_text()
    compiled = page.partition("Read from entities: ")[2].partition(", with their")[0].split(", ")
    others = page.partition("Answered by resolvers: ")[2].partition(", and all")[0].split(", ")

    assert set(compiled) == _MAPPED.keys()
    assert set(others) == BY_RESOLVERS


@pytest.mark.asyncio
async def test_a_page_takes_one_statement_per_level(ask: Ask, providers: Providers) -> None:
    """Campaigns, their work, the workers and the ratings: four, and the session."""
    scene = await made(ask, providers)
    document = (
        "{ viewer { campaigns { nodes { id employer { id } assignments { nodes { id"
        " worker { id } ratings { stars } } } } } } }"
    )
    viewer = scene.people["employer_ann"]
    await ask(document, viewer=viewer)
    compiled = READS.compiled_count
    async with counted_statements() as sent:
        answer = await ask(document, viewer=viewer)

    assert answer.errors == [] and answer.data["viewer"]["campaigns"]["nodes"]
    assert READS.compiled_count == compiled + 1
    assert len(sent) == 6, sent
