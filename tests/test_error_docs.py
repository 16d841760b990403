"""`docs/errors.md` and `docs/scalars.md` against the code; the examples against the schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from schema.errors import ErrorCode
from schema.export import FILE
from schema.public_errors import PUBLIC_CODES
from schema.scalars import SCALARS

EXAMPLES = sorted(Path("docs/operations").glob("*.graphql"))


def test_every_code_is_explained() -> None:
    """A client meets no code that the documentation does not know, and the other way round."""
    text = Path("docs/errors.md").read_text()
    payload_part, request_part = text.split("## Request and field errors")

    assert set(re.findall(r"^\| `(\w+)`", payload_part, re.MULTILINE)) == set(ErrorCode.__members__)
    assert set(re.findall(r"^\| `(\w+)`", request_part, re.MULTILINE)) == PUBLIC_CODES


def test_payloads_and_requests_share_no_code() -> None:
    """One code has one meaning and one place."""
    assert not set(ErrorCode.__members__) & PUBLIC_CODES


def test_every_scalar_is_explained() -> None:
    """`@specifiedBy` points here or to a standard."""
    text = Path("docs/scalars.md").read_text()
    for definition in SCALARS.values():
        assert f"`{definition.name}`" in text or f"## {definition.name}" in text


@pytest.fixture(scope="module")
def printed() -> GraphQLSchema:
    return build_schema(FILE.read_text())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_fit_the_schema(path: Path, printed: GraphQLSchema) -> None:
    """People copy them word for word."""
    document = parse(path.read_text())

    assert validate(printed, document) == []
    (operation,) = document.definitions
    (root,) = operation.selection_set.selections  # type: ignore[attr-defined]  # an operation
    assert path.stem.startswith(root.name.value)  # `financeRouting` is a part of `finance`
