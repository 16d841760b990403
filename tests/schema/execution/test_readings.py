"""What readings promise besides equal answers: statements, and a start that explains itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

import pytest

from gateway.providers import Providers
from schema import schema
from schema.execution.counting import READS
from schema.ids import IdCodec, Tag
from schema.read_model import _MAPPED, Unmapped, check
from tests.make.ask import SECRET, Ask, counted_statements
from tests.make.scene import made

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


def test_ids_sealed_together_are_the_ids_sealed_alone() -> None:
    """One call for many is only quicker."""
    codec = IdCodec(SECRET)
    keys = [codec.decode(Tag.TASK, codec.encode(Tag.TASK, key)) for key in made_up_keys(50)]

    assert codec.encode_all(Tag.TASK, keys) == [codec.encode(Tag.TASK, key) for key in keys]
    assert codec.encode_all(Tag.TASK, []) == []


def made_up_keys(count: int) -> list[UUID]:
    return [UUID(int=number * 2**64 + 7) for number in range(count)]


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
