"""Frontends of a test, and what they register."""

from __future__ import annotations

from domain.trusted_documents.operations import store_manifest
from domain.trusted_documents.rules import Client
from tests.make.world import World


def client_of(world: World, version: str = "1.0") -> Client:
    """No other test has it."""
    return Client(f"web-{world.new_id().hex}", version)


def text_of(world: World, fields: str = "viewer { id }") -> str:
    """Not the text of any other test."""
    return f"query Look{world.new_id().hex} {{ {fields} }}"


async def stored(world: World, *texts: str, client: Client | None = None) -> Client:
    client = client or client_of(world)
    await store_manifest(client=client, texts=texts, now=world.now)
    return client
