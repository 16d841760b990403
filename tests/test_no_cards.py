"""Numbers of payment cards are typed at processors; nothing of ours takes or keeps one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Final

import pytest
from graphql import GraphQLInputObjectType

import plugins
from domain.database import fetch
from domain.payouts.provider import PayoutManifest
from domain.verification.provider import VerifierManifest
from gateway.logs import redact
from schema import schema

CARD: Final = re.compile(
    r"(?i)card|cvv|cvc|(?:^|_)pan(?:_|$)|security_?code|expiry_?(?:month|year)"
)
COLUMNS: Final = """
    select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = 'public'
"""
NUMBERS: Final = ("4111111111111111", "5555 5555 5555 4444", "3782-822463-10005")


def arguments() -> Iterator[str]:
    """Of every field, and of every input."""
    for kind in schema._schema.type_map.values():  # noqa: SLF001  # GRAPHQL.md appendix B
        for name, field in getattr(kind, "fields", {}).items():
            if isinstance(kind, GraphQLInputObjectType):
                yield f"{kind.name}.{name}"
            yield from (f"{kind.name}.{name}.{each}" for each in getattr(field, "args", {}))


def forms() -> Iterator[str]:
    """What plugins ask members for, as JSON Schema."""
    for module in walk_packages(plugins.__path__, "plugins."):
        for each in vars(import_module(module.name)).values():
            manifest = getattr(each, "manifest", None)
            if isinstance(manifest, VerifierManifest):
                yield from (json.dumps(needs.form) for needs in manifest.kinds.values())
            elif isinstance(manifest, PayoutManifest):
                kinds = manifest.destination_kinds.values()
                yield from (json.dumps(kind.schema, default=str) for kind in kinds)


@pytest.mark.asyncio
async def test_no_column_is_for_a_card(database: str) -> None:
    """P27: not even the last four digits."""
    assert database
    names = [row["name"] for row in await fetch(COLUMNS)]

    assert len(names) > 500
    assert [name for name in names if CARD.search(name.partition(".")[2])] == []


def test_no_argument_and_no_form_takes_a_card() -> None:
    """P27: of the API, and of the plugins that come with us."""
    names, schemas = list(arguments()), list(forms())

    assert len(names) > 300 and any('"iban"' in text for text in schemas)
    assert [name for name in names if CARD.search(name.rpartition(".")[2])] == []
    assert [text for text in schemas if re.search(r"(?i)card.?number|cvv|cvc", text)] == []


@pytest.mark.parametrize("number", NUMBERS)
def test_a_card_that_somebody_typed_elsewhere_is_in_no_log(number: str) -> None:
    """P27: in a title, a note, an error; other long numbers stay readable."""
    said = json.dumps(redact({"text": f"pay with {number}, please", "plain": number}))

    assert number not in said
    assert redact({"micros": "4111111111111112"}) == {"micros": "4111111111111112"}
