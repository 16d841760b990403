"""`ensure_legal_entity`: at every start, and only the first time it matters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.database import fetch_value
from domain.errors import InvalidInput
from domain.invoices import operations
from tests.make.invoices import ENTITY
from tests.make.world import World

pytestmark = pytest.mark.asyncio


async def test_the_first_one_stays(world: World) -> None:
    """Documents name it, so a second start with another name does not rewrite it."""
    first = await operations.ensure_legal_entity(entity=ENTITY, new_id=world.new_id)

    again = await operations.ensure_legal_entity(
        entity=replace(ENTITY, name="Somebody else"), new_id=world.new_id
    )

    assert again == first
    name = await fetch_value("select name from legal_entity where id = $1", first)
    assert name == ENTITY.name


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"code": "de mo"}, ("code",)),
        ({"code": "NINECHARS"}, ("code",)),
        ({"country": "de"}, ("country",)),
        ({"name": " "}, ("name",)),
    ],
)
async def test_what_no_document_could_show_is_refused(
    world: World, change: dict[str, Any], path: tuple[str, ...]
) -> None:
    """The code begins every number, which may hold few characters (BR-FR-01)."""
    with pytest.raises(InvalidInput) as refusal:
        await operations.ensure_legal_entity(entity=replace(ENTITY, **change), new_id=world.new_id)

    assert refusal.value.path == path
