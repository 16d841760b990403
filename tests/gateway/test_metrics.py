"""What is counted, and who may see it."""

from __future__ import annotations

import httpx
import pytest

from tests.make.ask import Ask

pytestmark = pytest.mark.asyncio


async def test_reads_are_counted_by_their_way(ask: Ask) -> None:
    """An operator sees how much the compiled path carries, and why not the rest."""
    await ask("{ campaigns { nodes { id } } }")
    await ask("{ __typename __schema { queryType { name } } }")

    text = (await ask.client.get("/metrics")).text

    assert 'piecerate_reads_total{way="compiled"}' in text
    assert 'piecerate_reads_total{way="reference"}' in text


async def test_strangers_see_nothing(ask: Ask) -> None:
    """What a deployment does is nobody else's business."""
    served = httpx.ASGITransport(ask.app, client=("203.0.113.9", 4711))  # type: ignore[arg-type]  # httpx names the types of ASGI in another way
    async with httpx.AsyncClient(transport=served, base_url="http://testserver") as client:
        answer = await client.get("/metrics")

    assert (answer.status_code, answer.content) == (404, b"")
