"""What an operator sets up by hand: refused in one sentence when it cannot be right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.invoices.rules import LegalEntity
from domain.members import queries as members
from domain.members.rules import Role
from gateway.refused import CommandRefused
from gateway.staff import grant, name_issuer
from tests.make.members import add_worker, email_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio

ENTITY = LegalEntity(
    code="ZZTEST",
    name="Acme Ltd",
    street="1 Way",
    postcode="1",
    city="Leeds",
    country="GB",
    vat_id=None,
)


async def test_a_member_is_let_in_to_finance(world: World) -> None:
    """The way the first finance member of a new platform gets the role."""
    worker = await add_worker(world)

    await grant(email=email_of(worker).upper(), role=Role.FINANCE)

    assert Role.FINANCE in (await members.members_by_id(ids=[worker]))[worker].roles


async def test_nobody_is_refused_by_name(database: str) -> None:
    """A typing error in an address grants nothing."""
    assert database
    with pytest.raises(CommandRefused, match="Nobody is registered"):
        await grant(email="nobody@nowhere.example", role=Role.FINANCE)


@pytest.mark.parametrize("change", [{"code": "bad code"}, {"country": "Germany"}, {"name": " "}])
async def test_an_issuer_nobody_could_print_is_refused(
    database: str, change: dict[str, Any]
) -> None:
    """The code begins every number and can never change."""
    assert database
    with pytest.raises(CommandRefused):
        await name_issuer(replace(ENTITY, **change))
